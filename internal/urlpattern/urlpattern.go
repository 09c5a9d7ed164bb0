// Package urlpattern has the part of the URL Pattern standard (https://urlpattern.spec.whatwg.org) by
// which a compression dictionary says for which requests it is meant (RFC 9842 §2.1.1).
//
// A pattern is text with wildcards: "*" is any characters, slashes too, and ":name" is one or more up
// to the next slash. A group "{…}" has text, or a wildcard with text around it. A "?", "*" or "+" behind a
// group or a wildcard makes it optional, or repeats it. A backslash makes a character mean itself.
//
//	/wiki/*                    everything below /wiki/
//	/app/:version/main.js      one segment
//	/app{/v:n}?/main.js        with or without it
//	*.css                      below the directory of the dictionary
//	/search?q=*                a path and a query
//
// There are no regular expressions, which RFC 9842 forbids, and no patterns in schemes and hosts, as a
// dictionary is for its own origin only.
package urlpattern

import (
	"fmt"
	"net/url"
)

const (
	// maxLength bounds a pattern, and the path of the URL that it is relative to.
	maxLength = 1024

	// maxURL bounds the path and the query that can match. A client can send a megabyte, to
	// be compared with the patterns of all dictionaries; net/http allows no less.
	maxURL = 8 << 10
)

// Pattern says which URLs of an origin are meant. It does not change, so any number of goroutines may
// use it. The zero Pattern matches nothing.
type Pattern struct {
	path, search component
	anySearch    bool
}

// Parse reads a pattern that came with the dictionary at base, of which the scheme and the host may be
// missing; nil stands for "/". A pattern that does not begin with a slash goes on from base's directory, one that
// begins with "?" from base's path. One with a scheme and a host has to have base's. The fragment does not
// matter, as no request has it; but what a pattern leaves out before it is empty, or base's.
//
// A pattern can have 1024 bytes, with base's path too, all of them printable ASCII. One with names or
// modifiers can have 16 wildcards and groups. Errors say what is wrong and at which byte.
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

// Match reports whether u is meant. It looks at the path and the query only, in their encoded form, so that
// u can be the URL of a server's request, which has no host: the caller knows that it is for the pattern's
// origin. A path and query of more than 8 KiB are never meant. The time is in proportion to their
// length. Nothing is allocated, unless the path has something encoded.
func (p Pattern) Match(u *url.URL) bool {
	if len(u.Path)+len(u.RawPath)+len(u.RawQuery) > maxURL {
		return false
	}
	return p.path.match(pathOf(u)) && (p.anySearch || p.search.match(u.RawQuery))
}
