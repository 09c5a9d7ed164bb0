package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
	"github.com/surcoat/surcoat/internal/errpage"
)

//go:embed page.html
var pageText string

//go:embed style.css
var style string

// policy lets the page use its own style and nothing else.
var policy = "default-src 'none'; style-src " + errpage.StyleSource(style) +
	"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var page = template.Must(template.New("page").Parse(pageText))

// sheet is what the template is executed with.
type sheet struct {
	*Report
	Style  template.CSS
	Again  int // seconds
	Clock  string
	First  *place
	Source *Excerpt
	Lines  []shownLine
}

// place is a place in a file, and what is wrong there.
type place struct {
	Text    string
	Link    template.URL
	Message string
}

// shownLine is a line of output whose beginning may be a link.
type shownLine struct {
	Place, Rest string
	Link        template.URL
}

func (h Handler) html() []byte {
	r := h.Report
	s := sheet{Report: r, Style: template.CSS(style), Again: int(again / time.Second), Clock: r.At.Format("15:04:05")}
	for _, l := range gobuild.Lines(strings.TrimRight(r.Output, "\n"), r.Dir) {
		line := shownLine{Place: l.Place, Rest: strings.TrimPrefix(l.Text, l.Place)}
		if l.Place != "" {
			line.Link = open(h.Editor, l.File, l.Row)
		}
		s.Lines = append(s.Lines, line)
		if l.Place != "" && r.Lead && s.First == nil {
			s.First = &place{Text: strings.TrimSpace(l.Place), Link: line.Link, Message: l.Message()}
			s.Source = excerpt(l.File, l.Row, l.Col)
		}
	}
	var b bytes.Buffer
	_ = page.Execute(&b, s) // cannot fail: its fields are sheet's, its writer is memory
	return b.Bytes()
}
