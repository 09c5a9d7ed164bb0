//go:build dev

package report

import (
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
)

// Stack is the frames of all sections of the program that failed, as HTML.
func (s sheet) Stack() template.HTML {
	var m markup
	m.out.Grow(64 << 10) // of a usual one
	sections := s.Sections
	if s.Outside != nil {
		sections = s.Outside.Sections
	}
	blamed, _ := s.blamed()
	for i, section := range sections {
		if section.Title != "" {
			m.tag(`<h3 class="origin"><b>`)
			m.number(i + 1)
			m.tag("</b> ")
			m.shown(section.Title)
			m.element(" <small>", section.How, "</small>")
			m.tag("</h3>\n")
		}
		for _, run := range section.Runs() {
			m.run(run, &blamed, s.Reason)
		}
	}
	return m.html()
}

// run writes frames. blamed is the one that reason is about, until it was written.
func (m *markup) run(run Run, blamed **Frame, reason string) {
	if run.LeftOut > 0 {
		m.tag(`<p class="gap">`)
		m.number(run.LeftOut)
		m.tag(" frames left out</p>\n")
	}
	if run.Folded {
		m.tag("<details class=\"fold\">\n<summary>")
		m.number(len(run.Frames))
		if len(run.Frames) == 1 {
			m.tag(" hidden frame <span>")
		} else {
			m.tag(" hidden frames <span>")
		}
		m.text(strings.Join(run.Packages(), ", "))
		m.tag("</span></summary>\n")
	}
	for i := range run.Frames {
		f := &run.Frames[i]
		if b := *blamed; b != nil && f.Function == b.Function && f.Line == b.Line && f.File == b.File {
			m.frame(f, f.failing(reason))
			*blamed = nil
		} else {
			m.frame(f, f.Marked)
		}
	}
	if run.Folded {
		m.tag("</details>\n")
	}
}

// frame writes a call. failing is the expression to mark in its line, "" for none.
func (m *markup) frame(f *Frame, failing string) {
	if f.App {
		m.tag(`<article class="app">`)
	} else {
		m.tag("<article>")
	}
	m.tag(`<h3 class="frame"><span class="name">`)
	m.element(`<span class="folder">`, f.Folder(), "</span>")
	m.text(f.Name)
	m.tag("</span> ")
	m.place(f.Link, f.File, f.Line)
	m.tag("</h3>\n")
	if f.Stale {
		m.tag(`<p class="gap">The file is newer than the binary: the lines may have moved.</p>`)
	}
	if len(f.Source) > 0 {
		m.tag(`<pre class="src" tabindex="0"><code>`)
		for _, l := range f.Source {
			m.line(l, failing)
		}
		m.tag("</code></pre>\n")
	}
	if f.Repeated > 0 {
		m.tag(`<p class="gap">`)
		m.number(f.Repeated)
		m.tag(" more calls like this</p>\n")
	}
	m.values(f)
	m.tag("</article>\n")
}

// place is a line of a file, with a link to it where there is one.
func (m *markup) place(link, file string, number int) {
	end := tag("</a>")
	if link == "" {
		m.tag(`<code title="`)
		end = "</code>"
	} else {
		m.tag(`<a href="`)
		m.text(link)
		m.tag(`" title="`)
	}
	m.text(file)
	m.tag(`">`)
	m.text(base(file))
	m.tag(":")
	m.number(number)
	m.tag(end)
}

// line writes a line of source. In the one at fault the expression failing is marked.
func (m *markup) line(l source.Line, failing string) {
	m.tag(`<span class="l`)
	from, to := 0, 0
	if l.Hot {
		m.tag(" hot")
		from, to = find(l.String(), failing)
	}
	m.tag(`" data-n="`)
	m.number(l.Number)
	m.tag(`">`)
	at := 0
	for _, s := range l.Spans {
		// The marked part may begin or end within a token.
		begin := min(max(from-at, 0), len(s.Text))
		end := min(max(to-at, 0), len(s.Text))
		m.span(s.Class, s.Text[:begin], false)
		m.span(s.Class, s.Text[begin:end], true)
		m.span(s.Class, s.Text[end:], false)
		at += len(s.Text)
	}
	m.tag("\n</span>")
}

// classes are those of [source.Span], as attributes.
var classes = map[string]tag{"k": "k", "s": "s", "n": "n", "c": "c", "f": "f"}

func (m *markup) span(class, text string, marked bool) {
	if text == "" {
		return
	}
	if marked {
		m.tag("<mark>")
	}
	if c := classes[class]; c == "" {
		m.shown(text)
	} else {
		m.tag(`<i class="`)
		m.tag(c)
		m.tag(`">`)
		m.shown(text)
		m.tag("</i>")
	}
	if marked {
		m.tag("</mark>")
	}
}

// find returns where in line expr stands by itself, not as a part of a longer name.
func find(line, expr string) (from, to int) {
	if expr == "" {
		return 0, 0
	}
	for at := 0; ; {
		i := strings.Index(line[at:], expr)
		if i < 0 {
			return 0, 0
		}
		from, to = at+i, at+i+len(expr)
		before, _ := utf8.DecodeLastRuneInString(line[:from])
		after, _ := utf8.DecodeRuneInString(line[to:])
		if !inName(before) && before != '.' && !inName(after) {
			return from, to
		}
		at = to
	}
}

func inName(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// values writes what the line of f evaluates and the variables that it sees.
func (m *markup) values(f *Frame) {
	if len(f.Expressions) > 0 {
		m.tag(`<div class="vars hotvars"><h4>On this line</h4><ul>`)
		for _, e := range f.Expressions {
			m.tag("<li>")
			m.node(e.Source, e.Node, false, false)
			m.tag("</li>\n")
		}
		m.tag("</ul></div>\n")
	}
	for _, g := range f.Groups() {
		m.tag(`<div class="vars"><h4>`)
		m.text(g.Title)
		m.tag("</h4><ul>")
		for _, n := range g.Nodes {
			m.tag("<li>")
			m.node(n.Name, n, false, false)
			m.tag("</li>\n")
		}
		m.tag("</ul></div>\n")
	}
	m.element(`<p class="gap">`, f.NoValues, "</p>\n")
}
