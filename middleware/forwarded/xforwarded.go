package forwarded

import "strings"

// parseList parses the lines of X-Forwarded-For, the hop that was written first in
// front. A member that is no node is a malformed hop.
func parseList(lines []string) ([]hop, error) {
	members, err := split(lines)
	if err != nil || len(members) == 0 {
		return nil, err
	}
	hops := make([]hop, len(members))
	for i, m := range members {
		hops[i] = hop{from: parseNode(m), text: m}
	}
	return hops, nil
}

// beside returns what the lines of X-Forwarded-Proto or -Host say of the hop i of n. Most
// proxies overwrite these fields, some append to them as to X-Forwarded-For: a list of
// the same length is read in step, of any other the last member counts, which
// the nearest proxy wrote. read returns "" for what makes no sense.
func beside(lines []string, i, n int, read func(string) string) (string, error) {
	members, err := split(lines)
	if err != nil || len(members) == 0 {
		return "", err
	}
	if len(members) != n {
		i = len(members) - 1
	}
	return read(members[i]), nil
}

// split returns the members of a list field, empty ones left out.
func split(lines []string) ([]string, error) {
	var members []string
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			if member = strings.Trim(member, " \t"); member == "" {
				continue
			}
			if members = append(members, member); len(members) > maxHops {
				return nil, errLong
			}
		}
	}
	return members, nil
}
