package urlpattern

import (
	"fmt"
	"strings"
)

// part is one piece of a component: fixed text, or a wildcard and the text that belongs to it.
type part struct {
	prefix   string // the whole text, when there is no wildcard
	wildcard kind   // name, star, or none: end
	name     string
	suffix   string
	modifier byte // '?', '*', '+', or none: 0
}

// parser reads the tokens of one component
// (https://urlpattern.spec.whatwg.org/#parse-a-pattern-string).
type parser struct {
	list    []token
	path    bool   // the component is the path, not the search
	pending []byte // fixed text that may go on
	parts   []part
}

// parse returns the parts of the path, or of the search.
func parse(list []token, path bool) ([]part, error) {
	p := parser{list: list, path: path}
	for p.kind() != end {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return p.parts, p.flush()
}

// kind returns what is next.
func (p *parser) kind() kind {
	if len(p.list) == 0 {
		return end
	}
	return p.list[0].kind
}

// take returns the next token.
func (p *parser) take() token {
	t := p.list[0]
	p.list = p.list[1:]
	return t
}

// next reads as much as makes one part, or one character of fixed text.
func (p *parser) next() error {
	switch t := p.take(); t.kind {
	case name, star:
		return p.add(t, part{wildcard: t.kind, name: t.name, modifier: p.modifier()})
	case char:
		if k := p.kind(); p.path && t.c == '/' && (k == name || k == star) {
			w := p.take()
			return p.add(w, part{prefix: "/", wildcard: k, name: w.name, modifier: p.modifier()})
		}
		p.pending = append(p.pending, t.c)
	case escaped:
		p.pending = append(p.pending, t.c)
	case open:
		return p.group(t)
	case colon:
		return fmt.Errorf(`no name follows the colon at byte %d; as a character it is written {\:}`, t.at)
	case mark:
		return fmt.Errorf(`the "%c" at byte %d modifies nothing; as a character it is written \%c`, t.c, t.at, t.c)
	default:
		return fmt.Errorf(`the "}" at byte %d closes nothing`, t.at)
	}
	return nil
}

// group reads a group, which can have text, a wildcard and text.
func (p *parser) group(t token) error {
	g := part{prefix: p.text()}
	if k := p.kind(); k == name || k == star {
		w := p.take()
		g.wildcard, g.name, g.suffix = k, w.name, p.text()
	}
	if p.kind() != closing {
		return fmt.Errorf(`the "{" at byte %d has no "}" behind text, at most one wildcard, and text`, t.at)
	}
	p.take()
	g.modifier = p.modifier()
	if g.wildcard == end && g.modifier == 0 {
		p.pending = append(p.pending, g.prefix...)
		return nil
	}
	return p.add(t, g)
}

// text returns what can be read as text.
func (p *parser) text() string {
	var b strings.Builder
	for p.kind() == char || p.kind() == escaped {
		b.WriteByte(p.take().c)
	}
	return b.String()
}

// modifier returns the modifier that is next.
func (p *parser) modifier() byte {
	if k := p.kind(); k == mark || k == star {
		return p.take().c
	}
	return 0
}

// add appends a part and, before it, the fixed text so far. t is where it is in the pattern.
func (p *parser) add(t token, next part) error {
	if err := p.flush(); err != nil {
		return err
	}
	if next.name != "" {
		for _, other := range p.parts {
			if other.name == next.name {
				return fmt.Errorf("there are two :%s, the second at byte %d", next.name, t.at)
			}
		}
	}
	if next.wildcard == end && next.prefix == "" {
		return nil
	}
	var err error
	if next.prefix, err = p.canonical(next.prefix); err != nil {
		return err
	}
	next.suffix, err = p.canonical(next.suffix)
	p.parts = append(p.parts, next)
	return err
}

// flush makes a part of the fixed text so far.
func (p *parser) flush() error {
	text, err := p.canonical(string(p.pending))
	if text != "" {
		p.parts = append(p.parts, part{prefix: text})
	}
	p.pending = p.pending[:0]
	return err
}

// canonical returns fixed text as it is in a URL.
func (p *parser) canonical(text string) (string, error) {
	if p.path {
		return canonicalPath(text)
	}
	return encode(text, ` "#<>'`), nil
}
