//go:build dev

package report

import (
	"html/template"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// markup puts HTML together where there is so much of it that html/template, which
// looks at every value anew, would be most of the time a traceback takes. What keeps it safe
// is the type of tags: only a constant of this package is a [tag]; a string that comes from
// elsewhere can but go through text, which escapes it.
type markup struct{ out strings.Builder }

// tag is HTML that stands in this package's source.
type tag string

// html is what was put together, for a template.
func (m *markup) html() template.HTML { return template.HTML(m.out.String()) }

func (m *markup) tag(t tag) { m.out.WriteString(string(t)) }

func (m *markup) number(n int) { m.out.WriteString(strconv.Itoa(n)) }

// text writes s escaped, for the content of an element or a quoted attribute. Characters that
// could be mistaken for nothing or for others are made visible, as in [visible].
func (m *markup) text(s string) {
	clean := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != 0x7f {
			if escape := escapes[c]; escape != "" {
				m.out.WriteString(s[clean:i])
				m.out.WriteString(escape)
				clean = i + 1
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if v := visible(r); v != r || r == utf8.RuneError && size == 1 {
			m.out.WriteString(s[clean:i])
			m.out.WriteRune(v)
			clean = i + size
		}
		i += size
	}
	m.out.WriteString(s[clean:])
}

var escapes = [utf8.RuneSelf]string{'<': "&lt;", '>': "&gt;", '&': "&amp;", '"': "&#34;", '\'': "&#39;"}

// shown writes s as text does, with what stands for secrets set off.
func (m *markup) shown(s string) {
	for {
		before, after, found := strings.Cut(s, redact.Mask)
		m.text(before)
		if !found {
			return
		}
		m.tag(`<i class="m">` + redact.Mask + `</i>`)
		s = after
	}
}

// element writes text between two tags, and nothing at all where it is "".
func (m *markup) element(open tag, text string, end tag) {
	if text != "" {
		m.tag(open)
		m.text(text)
		m.tag(end)
	}
}
