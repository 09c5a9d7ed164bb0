package accept

import "strings"

// Preferred returns the index of the coding that the client likes best by its
// Accept-Encoding lines, the earlier of equals, and -1 when it likes the plain body ("identity")
// better or takes none of them. Qualities are found as by [Coding]; a coding wins over identity at
// the same quality. There can be at most 64 codings, in lower case.
func Preferred(lines []string, codings []string) int {
	var (
		seen           uint64 // the codings that the list names
		best, bestQ    = -1, Quality(0)
		star, identity = Unset, Unset
	)
	members(lines, func(name string, q Quality) {
		if name == "*" {
			star = first(star, q)
			return
		}
		for i, coding := range codings {
			if !isCoding(name, coding) {
				continue
			}
			if seen&(1<<i) == 0 && (q > bestQ || q == bestQ && i < best) {
				best, bestQ = i, q
			}
			seen |= 1 << i
			return
		}
		if strings.EqualFold(name, "identity") {
			identity = first(identity, q)
		}
	})
	if star > 0 {
		for i := range codings {
			if seen&(1<<i) == 0 {
				if star > bestQ || star == bestQ && i < best {
					best, bestQ = i, star
				}
				break
			}
		}
	}
	if first(identity, star) > bestQ {
		return -1
	}
	return best
}
