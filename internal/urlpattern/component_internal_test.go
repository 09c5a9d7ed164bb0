package urlpattern

import (
	"regexp"
	"strings"
	"testing"
)

// FuzzComponent holds both ways of matching to the regular expression by which the standard defines them
// (https://urlpattern.spec.whatwg.org/#generate-a-regular-expression-and-name-list).
func FuzzComponent(f *testing.F) {
	for _, s := range []string{"/a*b", "/:x/:y?", "/{a:x.}*b", "{*}*a", "/{a}+*{/:z}?", "/*{b*}**"} {
		f.Add(s, "/a/b/a.a.b", true)
		f.Add(s, "/ab/aabb", false)
	}
	f.Fuzz(func(t *testing.T, pattern, s string, path bool) {
		list, err := tokens(pattern)
		if err != nil || len(list) > 200 || len(s) > 200 || !isASCII(s) {
			return
		}
		c, err := newComponent(list[:len(list)-1], path)
		if err != nil {
			return
		}
		re, err := regexp.Compile(expression(c.parts, path))
		if err != nil {
			t.Skip(err) // too long a repetition, say
		}
		want := re.MatchString(s)
		if got := c.match(s); got != want {
			t.Errorf("%q matches %q: %v; the regular expression %s: %v", pattern, s, got, re, want)
		}
		if got := run(compile(c.parts, path), s); got != want {
			t.Errorf("%q, as an automaton, matches %q: %v; the regular expression %s: %v", pattern, s, got, re, want)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}

// expression returns the regular expression for parts.
func expression(parts []part, path bool) string {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for _, p := range parts {
		b.WriteString("(?:" + regexp.QuoteMeta(p.prefix))
		switch {
		case p.wildcard == star:
			b.WriteString(".*")
		case p.wildcard == name && path:
			b.WriteString("[^/]+")
		case p.wildcard == name:
			b.WriteString(".+")
		}
		b.WriteString(regexp.QuoteMeta(p.suffix) + ")")
		if p.modifier != 0 {
			b.WriteByte(p.modifier)
		}
	}
	return b.String() + `\z`
}
