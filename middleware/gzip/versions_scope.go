package gzip

import (
	"cmp"
	"errors"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/internal/urlpattern"
)

// scope is the URLs that a dictionary is for: a pattern, and what it takes to read the
// pattern again.
type scope struct {
	match     string // as Use-As-Dictionary had it
	host, uri string // of the URL that match is relative to; empty if that makes no difference
	pattern   urlpattern.Pattern
}

// newScope reads match, which was in the response to a request for u at host.
func newScope(match, host string, u *url.URL) (scope, error) {
	s := scope{match: match}
	if !strings.HasPrefix(match, "/") || strings.HasPrefix(match, "//") {
		s.host, s.uri = host, u.RequestURI()
	}
	if len(s.match)+len(s.host)+len(s.uri) > maxScope {
		return s, errors.New("the pattern is too long")
	}
	return s, s.parse()
}

const maxScope = 2048 // bytes

// parse makes s.pattern from the rest.
func (s *scope) parse() error {
	base, err := url.ParseRequestURI(cmp.Or(s.uri, "/"))
	if err != nil {
		return err
	}
	base.Host = s.host
	s.pattern, err = urlpattern.Parse(s.match, base)
	return err
}

func (s scope) equal(other scope) bool {
	return s.match == other.match && s.host == other.host && s.uri == other.uri
}

// patterns are those of all dictionaries that are kept. They never change.
type patterns struct {
	exact map[string][]urlpattern.Pattern // without wildcards, by path
	wide  []wide
}

// wide is a pattern with what every path begins with that it can match.
type wide struct {
	prefix  string
	pattern urlpattern.Pattern
}

// match reports whether any of the patterns matches u.
func (p *patterns) match(u *url.URL) bool {
	for _, exact := range p.exact[u.Path] {
		if exact.Match(u) {
			return true
		}
	}
	for i := range p.wide {
		if w := &p.wide[i]; strings.HasPrefix(u.Path, w.prefix) && w.pattern.Match(u) {
			return true
		}
	}
	return false
}

// add adds the pattern of s.
func (p *patterns) add(s scope) {
	literal, rest := literalPrefix(s.match)
	if rest == "" && literal != "" {
		p.exact[literal] = append(p.exact[literal], s.pattern)
		return
	}
	p.wide = append(p.wide, wide{literal, s.pattern})
}

// literalPrefix returns how every path begins that match can match, as far as it is plain to see, and
// the rest of match. What a URL or a pattern could write in another way is not plain.
func literalPrefix(match string) (literal, rest string) {
	if !strings.HasPrefix(match, "/") || strings.HasPrefix(match, "//") || strings.Contains(match, "/.") {
		return "", match
	}
	i := strings.IndexFunc(match, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("/-_.~", c))
	})
	if i < 0 {
		return match, ""
	}
	// A modifier behind it makes the last character optional.
	return match[:max(i-1, 0)], match[i:]
}

// covers reports whether a dictionary is meant for u.
func (v *Versions) covers(u *url.URL) bool {
	p := v.covered.Load()
	return p != nil && p.match(u)
}

// cover makes v.covered that of what is kept now. The lock is held.
func (v *Versions) cover() {
	type key struct{ match, host, uri string }
	added := make(map[key]bool)
	all := &patterns{exact: make(map[string][]urlpattern.Pattern)}
	add := func(s scope) {
		if k := (key{s.match, s.host, s.uri}); !added[k] {
			added[k] = true
			all.add(s)
		}
	}
	for e := v.order.Front(); e != nil; e = e.Next() {
		add(e.Value.(*version).scope)
	}
	for _, f := range v.stored {
		add(f.scope)
	}
	if len(added) == 0 {
		all = nil
	}
	v.covered.Store(all)
}
