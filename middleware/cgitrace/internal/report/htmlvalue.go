//go:build dev

package report

import (
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// maxShort is the length up to which a value stands in its line, where one click selects it.
const maxShort = 160

// node writes a value called name: on a line if it has no parts, or else folded, with a
// summary that says what is inside. plain leaves its type out, which then stands elsewhere.
func (m *markup) node(name string, n value.Node, plain, open bool) {
	switch {
	case len(n.Kids) > 0 || n.More > 0:
		m.tag("<details")
		if open {
			m.tag(" open")
		}
		m.tag("><summary>")
		m.label(name, n, plain)
		m.summary(n)
		m.tag("</summary><ul>")
		m.kids(n)
		m.tag("</ul></details>")
	case len(n.Text) > maxShort:
		m.tag("<details><summary>")
		m.label(name, n, plain)
		m.tag(`<span class="say `)
		m.tag(class(n))
		m.tag(`">`)
		m.shown(shorten(n.Text, maxShort/2))
		m.tag("</span>")
		m.note(n)
		m.tag(`</summary><p class="long">`)
		m.shown(n.Text)
		m.tag("</p></details>")
	default:
		m.label(name, n, plain)
		m.say(n)
		m.note(n)
	}
}

// label is what stands before a value.
func (m *markup) label(name string, n value.Node, plain bool) {
	m.element("<b>", name, "</b> ")
	if !plain {
		m.element(`<span class="type">`, n.Type, "</span> ")
	}
}

// say writes the text of a value that has no parts.
func (m *markup) say(n value.Node) {
	if n.Text == "" {
		return
	}
	m.tag(`<span class="say `)
	m.tag(class(n))
	m.tag(`">`)
	if n.Masked {
		m.text(n.Text)
	} else {
		m.shown(n.Text)
	}
	m.tag("</span>")
}

func (m *markup) note(n value.Node) {
	m.element(` <em>`, n.Note, "</em>")
}

// summary is what is seen of a value whose parts are folded: its own text, and the beginning
// of the parts unless they are seldom of interest.
func (m *markup) summary(n value.Node) {
	if n.Folded {
		m.element(`<span class="say">`, n.Text, "</span>")
	} else {
		text, parts, _ := glance(n)
		m.element(`<span class="say">`, text, "</span>")
		m.tag(`<span class="in">`)
		m.shown(parts)
		m.tag("</span>")
	}
	m.note(n)
}

// kids writes the parts of n. Those of a list say their type only where it is not
// in the list's.
func (m *markup) kids(n value.Node) {
	for _, kid := range n.Kids {
		m.tag("<li>")
		m.node(kid.Name, kid, strings.HasSuffix(n.Type, "]"+kid.Type), false)
		m.tag("</li>")
	}
	if n.More > 0 {
		m.tag("<li><em>… ")
		m.number(n.More)
		m.tag(" more</em></li>")
	}
}

// class is how a value's text is coloured.
func class(n value.Node) tag {
	text := n.Text
	switch {
	case n.Masked, text == redact.Mask:
		return "m"
	case text == "nil":
		return "z"
	case text == "true", text == "false":
		return "k"
	case text == "":
		return ""
	case text[0] == '"', text[0] == '`', text[0] == '\'', strings.HasPrefix(text, `&"`):
		return "s"
	case '0' <= text[0] && text[0] <= '9', len(text) > 1 && text[0] == '-':
		return "n"
	}
	return ""
}
