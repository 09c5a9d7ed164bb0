package report

import (
	"bytes"
	"cmp"
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
	Style   template.CSS
	Again   int // seconds
	Clock   string
	Reason  string       // in the title's place
	Place   string       // where to look; "": nowhere
	Link    template.URL // to there
	Excerpt *Excerpt     // from there
	Lines   []line
}

// line is a line of output whose beginning may be a link.
type line struct {
	Place, Rest string
	Link        template.URL
}

func (h Handler) html() []byte {
	r := h.Report
	s := sheet{Report: r, Style: template.CSS(style), Again: int(again / time.Second), Clock: r.At.Format("15:04:05"), Reason: r.Title}
	lines, reason, place := r.look()
	for _, l := range lines {
		s.Lines = append(s.Lines, line{l.Place, strings.TrimPrefix(l.Text, l.Place), h.link(l)})
	}
	if place >= 0 {
		l := lines[place]
		s.Place, s.Link, s.Excerpt = strings.TrimSpace(l.Place), h.link(l), excerpt(l.File, l.Row, l.Col)
	}
	if reason >= 0 {
		s.Reason = cmp.Or(lines[reason].Message(), r.Title)
	}
	var b bytes.Buffer
	_ = page.Execute(&b, s) // cannot fail: its fields are sheet's, its writer is memory
	return b.Bytes()
}

func (h Handler) link(l gobuild.Line) template.URL {
	if l.Place == "" {
		return ""
	}
	return open(h.Editor, l.File, l.Row)
}
