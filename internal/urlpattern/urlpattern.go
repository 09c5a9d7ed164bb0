// Package urlpattern has the part of the URL Pattern standard (https://urlpattern.spec.whatwg.org) that
// says for which requests a compression dictionary is meant (RFC 9842 §2.1.1).
//
// A pattern is text with wildcards: "*" is any characters, slashes too, ":name" is one or more
// up to the next slash. A group "{…}" can have text, one wildcard and text; a "?", "*" or "+" behind a group or
// a wildcard makes it optional, or repeats it. A backslash takes the meaning from the character behind it.
//
//	/wiki/*                    everything below /wiki/
//	/app/:version/main.js      one segment
//	/app{/v:n}?/main.js        with or without it
//	*.css                      below the directory of the dictionary
//	/search?q=*                a path and a query
//
// There are no regular expressions, which RFC 9842 forbids, and no patterns in schemes and hosts, as
// a dictionary is for its own origin only.
package urlpattern

import (
	"fmt"
	"net/url"
)

// maxLength bounds a pattern, and the path of the URL that it is relative to.
const maxLength = 1024

// Pattern says which URLs of an origin are meant. It does not change, so any number of goroutines may use
// it. The zero Pattern matches nothing.
type Pattern struct {
	path, search component
	anySearch    bool
}

// Parse reads a pattern that came from base, or with a nil base from anywhere: the URL of the dictionary, of which
// the scheme and the host may be missing. A pattern that does not begin with a slash goes on from
// the directory of base, one that begins with "?" from its path. A pattern with scheme and host has to have those of base.
// The fragment is read and forgotten.
//
// It is an error when the pattern is longer than 1024 bytes, or will be with base's path before it, or has a character that
// is not printable ASCII. Errors say what is wrong, and at which byte.
func Parse(pattern string, base *url.URL) (Pattern, error) {
	p, err := parsePattern(pattern, base)
	if err != nil {
		return Pattern{}, fmt.Errorf("URL pattern %.80q: %w", pattern, err)
	}
	return p, nil
}

func parsePattern(pattern string, base *url.URL) (p Pattern, err error) {
	if len(pattern) > maxLength {
		return p, fmt.Errorf("it has %d bytes; %d are allowed", len(pattern), maxLength)
	}
	if base == nil {
		base = &url.URL{}
	}
	list, err := tokens(pattern)
	if err != nil {
		return p, err
	}
	path, search, said, err := split(list, base)
	if err != nil {
		return p, err
	}
	if n := len(path) + len(search); n > maxLength {
		return p, fmt.Errorf("it has %d characters with the dictionary's path; %d are allowed", n, maxLength)
	}
	if p.path, err = newComponent(path, true); err != nil {
		return p, err
	}
	p.anySearch = !said
	p.search, err = newComponent(search, false)
	return p, err
}

// Match reports whether u is meant. It looks at the path and the query only, in their encoded
// form, so u can be that of a request to a server; that the request is to the pattern's origin, the caller has to know. The
// time is in proportion to u's length.
func (p Pattern) Match(u *url.URL) bool {
	return p.path.match(pathOf(u)) && (p.anySearch || p.search.match(u.RawQuery))
}
