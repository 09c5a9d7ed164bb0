package urlpattern

import (
	"fmt"
	"net/url"
	"strings"
)

// anyPath stands for the path where a pattern ends with the host.
var anyPath = []token{{kind: char, c: '/'}, {kind: star}}

// split finds the path and the search of a pattern
// (https://urlpattern.spec.whatwg.org/#constructor-string-parsing). What comes before the first thing
// that the pattern says is base's; what comes after the last can be anything, and said is false
// where that holds for the search.
func split(list []token, base *url.URL) (path, search []token, said bool, err error) {
	from := 0
	colon := find(list, 0, func(i int) bool { return list[i].is(':') })
	full := list[colon].kind != end
	if full {
		if from, err = origin(list, colon, base); err != nil {
			return nil, nil, false, err
		}
	}
	question := find(list, from, func(i int) bool { return searches(list, i) || list[i].is('#') })
	hash, asked := question, searches(list, question)
	if asked {
		hash = find(list, question+1, func(i int) bool { return list[i].is('#') })
		search = list[question+1 : hash]
		if len(search) > 0 && search[0].kind == mark && search[0].c == '?' {
			search = search[1:] // the standard lets the search have its question mark, as in "/a??b"
		}
	}
	hashed := list[hash].kind != end
	if hashed {
		// No request has it, but a mistake in it makes the pattern invalid.
		if _, err = parse(list[hash+1:], false); err != nil {
			return nil, nil, false, err
		}
	}
	path = list[from:question]
	switch {
	case len(path) > 0:
		if !full && !absolute(path) {
			path = append(literal(directory(base), path[0].at), path...)
		}
	case full && (asked || hashed):
		path = anyPath[:1]
	case full:
		path = anyPath
	case asked:
		path = literal(pathOf(base), 0)
	case hashed:
		path, search = literal(pathOf(base), 0), literal(base.RawQuery, 0)
	default:
		path = literal(directory(base), 0)
	}
	return path, search, asked || hashed, nil
}

// find returns the index of the first token from i on that is in no group and for which ok holds, else
// that of the end.
func find(list []token, i int, ok func(int) bool) int {
	depth := 0
	for ; list[i].kind != end; i++ {
		switch list[i].kind {
		case open:
			depth++
		case closing:
			depth = max(depth-1, 0)
		default:
			if depth == 0 && ok(i) {
				return i
			}
		}
	}
	return i
}

// searches reports whether the token at i begins the search: a "?" that modifies nothing.
func searches(list []token, i int) bool {
	if list[i].c != '?' || list[i].kind == end {
		return false
	}
	if list[i].kind != mark || i == 0 {
		return true
	}
	switch list[i-1].kind {
	case name, star, closing:
		return false
	}
	return true
}

// absolute reports whether a path begins with a slash, or with a group that does.
func absolute(path []token) bool {
	return path[0].is('/') || path[0].kind == open && len(path) > 1 && path[1].kind == char && path[1].c == '/'
}

// origin checks that the scheme, which ends at colon, and the host behind it are base's, and returns where
// the path begins.
func origin(list []token, colon int, base *url.URL) (int, error) {
	scheme, err := spelled(list[:colon])
	switch {
	case err != nil:
		return 0, err
	case scheme != "http" && scheme != "https":
		return 0, fmt.Errorf("the colon at byte %d ends a scheme which is not http or https; "+
			`as a character it is written {\:}`, list[colon].at)
	case !list[colon+1].is('/') || !list[colon+2].is('/'):
		return 0, fmt.Errorf("no // follows the scheme at byte %d", list[colon].at)
	}
	i := colon + 3
	from := i
	for list[i].kind != end && !list[i].is('/') && !list[i].is('#') && !searches(list, i) {
		i++
	}
	host, err := spelled(list[from:i])
	switch {
	case err != nil:
		return 0, err
	case host == "" || strings.Contains(host, "@"):
		return 0, fmt.Errorf("there is no host at byte %d, or a user", list[from].at)
	case base.Scheme != "" && !strings.EqualFold(base.Scheme, scheme):
		return 0, fmt.Errorf("the scheme is %s, and the dictionary's %s", scheme, base.Scheme)
	case base.Host != "" && withoutPort(strings.ToLower(base.Host), scheme) != withoutPort(host, scheme):
		return 0, fmt.Errorf("the host is %s, and the dictionary's %s", host, base.Host)
	}
	return i, nil
}

// spelled returns what tokens of an origin say, in lower case.
func spelled(list []token) (string, error) {
	var b strings.Builder
	for _, t := range list {
		switch t.kind {
		case char, escaped, colon:
			b.WriteByte(t.c)
		default:
			return "", fmt.Errorf("the pattern at byte %d is in the scheme or the host, where it is not supported", t.at)
		}
	}
	return strings.ToLower(b.String()), nil
}

// withoutPort returns host without the port that the scheme has anyway.
func withoutPort(host, scheme string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// pathOf returns the path of a URL as it is sent.
func pathOf(u *url.URL) string {
	if p := u.EscapedPath(); strings.HasPrefix(p, "/") {
		return p
	}
	return "/"
}

// directory returns the path of a URL up to its last slash.
func directory(u *url.URL) string {
	p := pathOf(u)
	return p[:strings.LastIndexByte(p, '/')+1]
}
