//go:build dev

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Text writes r for a terminal.
func (r *Report) Text(w io.Writer) {
	fmt.Fprintf(w, "panic: %s\n", printable(r.Message))
	fmt.Fprintf(w, "%s in %s %s, incident %s\n", r.Type, r.Request.Method, r.Request.URL, r.Incident)
	for _, note := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	if r.Chain != nil && len(r.Chain.Causes) > 0 {
		fmt.Fprint(w, "\nerrors:\n")
		r.Chain.text(w, "  ")
	}
	if r.Value != nil {
		fmt.Fprint(w, "\nvalue:\n")
		textNode(w, *r.Value, "  ")
	}
	for _, s := range r.Sections {
		if s.Title != "" {
			fmt.Fprintf(w, "\n%s:\n", s.Title)
		}
		for _, run := range s.Runs() {
			if run.LeftOut > 0 {
				fmt.Fprintf(w, "\n  … %d frames left out\n", run.LeftOut)
			}
			if run.Folded {
				fmt.Fprintf(w, "\n  … %d of %s\n", len(run.Frames), strings.Join(run.Packages(), ", "))
				continue
			}
			for _, f := range run.Frames {
				f.text(w)
			}
		}
	}
	fmt.Fprintf(w, "\nrepeat it:\n  %s\n", r.Request.Curl)
}

func (f *Frame) text(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n  %s:%d\n", f.Name, f.File, f.Line)
	for _, l := range f.Source {
		mark := "  "
		if l.Hot {
			mark = "=>"
		}
		fmt.Fprintf(w, "  %s %4d  %s\n", mark, l.Number, strings.ReplaceAll(l.String(), "\t", "    "))
	}
}

func (c *Cause) text(w io.Writer, indent string) {
	fmt.Fprintf(w, "%s%s: %s\n", indent, c.Type, printable(c.Text))
	for i := range c.Causes {
		c.Causes[i].text(w, indent+"  ")
	}
}

func textNode(w io.Writer, n value.Node, indent string) {
	name := ""
	if n.Name != "" {
		name = n.Name + " "
	}
	fmt.Fprintf(w, "%s%s%s = %s\n", indent, name, n.Type, n.Text)
	for _, kid := range n.Kids {
		textNode(w, kid, indent+"  ")
	}
	if n.More > 0 {
		fmt.Fprintf(w, "%s  … %d more\n", indent, n.More)
	}
}

// printable takes out what would steer a terminal.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || 0x80 <= c && c < 0xa0 {
			return '\uFFFD'
		}
		return c
	}, s)
}

// JSON writes r as the problem details (RFC 9457) that a production build would have
// sent, with the report as an extension.
func (r *Report) JSON(w io.Writer) {
	type plainFrame struct {
		Frame
		Source []string `json:"source,omitempty"`
	}
	type plainSection struct {
		Title   string       `json:"title,omitempty"`
		Frames  []plainFrame `json:"frames"`
		LeftOut int          `json:"left_out,omitempty"`
	}
	sections := make([]plainSection, len(r.Sections))
	for i, s := range r.Sections {
		sections[i] = plainSection{Title: s.Title, LeftOut: s.LeftOut}
		for _, f := range s.Frames {
			p := plainFrame{Frame: f}
			if f.Open {
				for _, l := range f.Source {
					p.Source = append(p.Source, fmt.Sprintf("%d\t%s", l.Number, l))
				}
			}
			sections[i].Frames = append(sections[i].Frames, p)
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(struct {
		Type     string `json:"type"`
		Title    string `json:"title"`
		Status   int    `json:"status"`
		Detail   string `json:"detail"`
		Incident string `json:"incident"`
		Panic    any    `json:"panic"`
	}{"about:blank", http.StatusText(500), 500, r.Message, r.Incident, struct {
		Report
		Sections []plainSection `json:"stack"`
	}{*r, sections}})
}

// Markdown is r as it would be put into an issue.
func (r *Report) Markdown() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "### panic: %s\n\n", strings.ReplaceAll(printable(r.Message), "\n", " "))
	fmt.Fprintf(&b, "`%s` in `%s %s`, incident %s\n", r.Type, r.Request.Method, r.Request.URL, r.Incident)
	if r.Chain != nil && len(r.Chain.Causes) > 0 {
		b.WriteString("\n```text\n")
		r.Chain.text(&b, "")
		b.WriteString("```\n")
	}
	if f := r.Culprit(); f != nil && len(f.Source) > 0 {
		fmt.Fprintf(&b, "\n`%s` at `%s:%d`\n\n````go\n", f.Name, base(f.File), f.Line)
		for _, l := range f.Source {
			mark := ""
			if l.Hot {
				mark = " // <- here"
			}
			fmt.Fprintf(&b, "%s%s\n", l, mark)
		}
		b.WriteString("````\n")
	}
	b.WriteString("\n```text\n")
	for _, s := range r.Sections {
		if s.Title != "" {
			b.WriteString(s.Title + ":\n")
		}
		for _, f := range s.Frames {
			fmt.Fprintf(&b, "%s\n    %s:%d\n", f.Function, base(f.File), f.Line)
		}
	}
	fmt.Fprintf(&b, "```\n\n```sh\n%s\n```\n\n%s %s", r.Request.Curl, r.Build.Go, r.Build.Platform)
	for _, s := range r.Build.Settings {
		if strings.HasPrefix(s.Name, "vcs.") {
			fmt.Fprintf(&b, ", %s %s", s.Name, s.Value)
		}
	}
	b.WriteString("\n")
	return b.String()
}

// base is the end of a path: an issue has no use for the folders of somebody's machine.
func base(file string) string {
	parts := strings.Split(strings.ReplaceAll(file, `\`, "/"), "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}
