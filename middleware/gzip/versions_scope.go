package gzip

import (
	"errors"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/internal/urlpattern"
)

// scope is the URLs that a dictionary is for.
type scope struct {
	text    string // that parses to pattern, whatever the base
	pattern urlpattern.Pattern
}

// newScope reads match, which was in the response to a request for u at host.
func newScope(match, host string, u *url.URL) (scope, error) {
	base := *u
	base.Host = host
	p, err := urlpattern.Parse(match, &base)
	if err != nil {
		return scope{}, err
	}
	s := scope{p.String(), p}
	if len(s.text) > maxScope {
		return scope{}, errors.New("the pattern is too long")
	}
	return s, nil
}

const maxScope = 1024 // bytes; no longer pattern can be parsed

// patterns are those of all dictionaries that are kept. They never change.
type patterns struct {
	exact map[string]urlpattern.Pattern // without wildcards, by path
	wide  []wide
}

// wide is a pattern with what every path begins and ends with that it can match: to compare that
// first takes a hundredth of the time.
type wide struct {
	prefix, suffix string
	pattern        urlpattern.Pattern
}

// match reports whether any of the patterns matches u.
func (p *patterns) match(u *url.URL) bool {
	if exact, ok := p.exact[u.Path]; ok && exact.Match(u) {
		return true
	}
	for i := range p.wide {
		w := &p.wide[i]
		if strings.HasPrefix(u.Path, w.prefix) && strings.HasSuffix(u.Path, w.suffix) && w.pattern.Match(u) {
			return true
		}
	}
	return false
}

// add adds the pattern of s.
func (p *patterns) add(s scope) {
	if literal, all := literalPrefix(s.text); all {
		p.exact[literal] = s.pattern
	} else {
		p.wide = append(p.wide, wide{literal, literalSuffix(s.text), s.pattern})
	}
}

// literalPrefix returns how every path begins that the pattern can match, as far as it is plain
// to see, and whether that is all of the pattern.
func literalPrefix(text string) (literal string, all bool) {
	i := strings.IndexFunc(text, special)
	if i < 0 {
		return text, true
	}
	// A slash before a wildcard belongs to it, and may be optional with it.
	return text[:max(i-1, 0)], false
}

// literalSuffix returns how every path ends that the pattern can match, as far as it is plain to see.
func literalSuffix(text string) string {
	i := strings.LastIndexFunc(text, special)
	switch {
	case strings.Contains(text, "?"): // perhaps the end of the path
		return ""
	case i >= 0 && strings.IndexByte("*}+", text[i]) >= 0:
		return text[i+1:]
	}
	// It may be the end of a name, or of an encoded character.
	rest := text[i+1:]
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		return rest[slash:]
	}
	return ""
}

// special reports whether c may mean something in a pattern, or be encoded in a URL.
func special(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("/-_.~", c)
}

// covers reports whether a dictionary is meant for u.
func (v *Versions) covers(u *url.URL) bool {
	p := v.covered.Load()
	return p != nil && p.match(u)
}

// cover makes v.covered that of what is kept now. The lock is held.
func (v *Versions) cover() {
	scopes := make(map[string]scope)
	for e := v.order.Front(); e != nil; e = e.Next() {
		s := e.Value.(*version).scope
		scopes[s.text] = s
	}
	for _, f := range v.stored {
		scopes[f.scope.text] = f.scope
	}
	if len(scopes) == 0 {
		v.covered.Store(nil)
		return
	}
	all := &patterns{exact: make(map[string]urlpattern.Pattern)}
	for _, s := range scopes {
		all.add(s)
	}
	v.covered.Store(all)
}
