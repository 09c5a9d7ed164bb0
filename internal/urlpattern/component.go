package urlpattern

import (
	"fmt"
	"regexp"
	"strings"
)

// component matches the path, or the search.
type component struct {
	parts []part
	texts []string       // what is between stars, when there is nothing but text and stars
	re    *regexp.Regexp // otherwise
}

// maxWildcards bounds at how many places a regular expression can be at a time: each byte of a URL
// is looked at from all of them.
const maxWildcards = 16

func newComponent(list []token, path bool) (component, error) {
	parts, err := parse(list, path)
	if err != nil {
		return component{}, err
	}
	texts, wildcards, simple := []string{""}, 0, true
	for _, p := range parts {
		if p.wildcard != end || p.modifier != 0 {
			wildcards++
		}
		simple = simple && p.wildcard != name && p.modifier == 0
		texts[len(texts)-1] += p.prefix
		if p.wildcard == star {
			texts = append(texts, p.suffix)
		}
	}
	switch {
	case simple:
		return component{parts: parts, texts: texts}, nil
	case wildcards > maxWildcards:
		return component{}, fmt.Errorf("it has %d wildcards and groups; beside names and modifiers %d are allowed", wildcards, maxWildcards)
	}
	re, err := regexp.Compile(expression(parts, path))
	return component{parts: parts, re: re}, err
}

// match reports whether the whole of s is as the component says, in time proportional to its
// length.
func (c component) match(s string) bool {
	switch {
	case c.re != nil:
		return c.re.MatchString(s)
	case len(c.texts) < 2:
		return len(c.texts) == 1 && s == c.texts[0]
	}
	first, last := c.texts[0], c.texts[len(c.texts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	// The earliest place is the best one: a star can take what an earlier one leaves.
	for _, text := range c.texts[1 : len(c.texts)-1] {
		i := strings.Index(s, text)
		if i < 0 {
			return false
		}
		s = s[i+len(text):]
	}
	return true
}

// expression returns the regular expression by which the standard defines what parts match
// (https://urlpattern.spec.whatwg.org/#generate-a-regular-expression-and-name-list). Package regexp, unlike
// a browser, never tries anything twice.
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
