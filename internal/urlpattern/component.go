package urlpattern

import "strings"

// component matches the path, or the search.
type component struct {
	parts []part
	texts []string // what is between stars, when there is nothing but text and stars
	steps []step   // otherwise
}

func newComponent(list []token, path bool) (component, error) {
	parts, err := parse(list, path)
	if err != nil {
		return component{}, err
	}
	texts := []string{""}
	for _, p := range parts {
		if p.wildcard == name || p.modifier != 0 {
			return component{parts: parts, steps: compile(parts, path)}, nil
		}
		texts[len(texts)-1] += p.prefix
		if p.wildcard == star {
			texts = append(texts, p.suffix)
		}
	}
	return component{parts: parts, texts: texts}, nil
}

// match reports whether the whole of s is as the component says, in time proportional to its
// length.
func (c component) match(s string) bool {
	switch {
	case c.steps != nil:
		return run(c.steps, s)
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
