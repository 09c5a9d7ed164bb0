//go:build dev

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Text writes r for a terminal.
func (r *Report) Text(w io.Writer) {
	r = r.bounded()
	var b writer
	b.printf("%s: %s\n", r.what(), r.Message)
	if r.Reason != "" {
		b.printf("why: %s\n", r.Reason)
	}
	b.printf("%s in %s %s, incident %s\n", r.Type, r.Request.Method, line(r.Request.URL), r.Incident)
	for _, note := range r.Notes {
		b.printf("note: %s\n", note)
	}
	if r.Values != "" && r.Values != Exact {
		b.printf("values: %s\n", r.Values)
	}
	if len(r.Faults) > 0 {
		b.printf("\nbefore the panic:\n")
		for _, f := range r.Faults {
			b.printf("  %s\n", f)
		}
	}
	if r.Chain != nil && len(r.Chain.Causes) > 0 {
		b.printf("\nerrors:\n")
		b.cause(*r.Chain, "  ")
	}
	if r.Value != nil {
		b.printf("\nvalue:\n")
		b.node("  ", "", *r.Value, false)
	}
	if r.Outside != nil {
		b.outside(r.Outside)
		b.way(r.Sections)
	} else {
		for _, s := range r.Sections {
			b.section(s)
		}
	}
	b.printf("\nrepeat it:\n  %s\n", r.Request.Curl)
	if groups, leftOut := r.routines(); len(groups) > 1 {
		b.printf("\ngoroutines:\n")
		for _, g := range groups {
			b.printf("  %4d %s, %s\n", g.Count, g.State, g.Entry())
		}
		if leftOut > 0 {
			b.printf("  %4d more\n", leftOut)
		}
	}
	_, _ = io.WriteString(w, printable(b.String()))
}

// String is f as a compiler would say it.
func (f Fault) String() string {
	if f.File == "" {
		return f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// writer puts text together.
type writer struct{ strings.Builder }

func (b *writer) printf(format string, args ...any) { fmt.Fprintf(b, format, args...) }

func (b *writer) section(s Section) {
	b.title(s, "\n")
	for _, run := range s.Runs() {
		if run.LeftOut > 0 {
			b.printf("\n  … %d frames left out\n", run.LeftOut)
		}
		if run.Folded {
			b.printf("\n  … %d of %s\n", len(run.Frames), strings.Join(run.Packages(), ", "))
			continue
		}
		for i := range run.Frames {
			b.frame(&run.Frames[i])
		}
	}
}

// title writes, behind before, what s is of, if there is more than one section.
func (b *writer) title(s Section, before string) {
	if s.Title == "" {
		return
	}
	b.printf("%s%s", before, s.Title)
	if s.How != "" {
		b.printf(" (%s)", s.How)
	}
	b.printf(":\n")
}

func (b *writer) frame(f *Frame) {
	b.printf("\n%s\n  %s:%d\n", f.Name, f.File, f.Line)
	for _, l := range f.Source {
		mark := "  "
		if l.Hot {
			mark = "=>"
		}
		b.printf("  %s %4d  %s\n", mark, l.Number, strings.ReplaceAll(l.String(), "\t", "    "))
	}
	if f.Repeated > 0 {
		b.printf("  … %d more calls like this\n", f.Repeated)
	}
	b.values(f, "  ")
}

// indented writes the lines of a text, each behind indent.
func (b *writer) indented(indent, text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		b.printf("%s%s\n", indent, strings.TrimRight(line, "\r\n"))
	}
}

// values lists what the line of f evaluates and the variables that it sees.
func (b *writer) values(f *Frame, indent string) {
	if len(f.Expressions) > 0 {
		b.printf("%son this line:\n", indent)
		for _, e := range f.Expressions {
			b.node(indent+"  ", e.Source, e.Node, false)
		}
	}
	for _, g := range f.Groups() {
		b.printf("%s%s:\n", indent, strings.ToLower(g.Title))
		for _, n := range g.Nodes {
			b.node(indent+"  ", n.Name, n, false)
		}
	}
	if f.NoValues != "" {
		b.printf("%s%s\n", indent, f.NoValues)
	}
}

func (b *writer) cause(c Cause, indent string) {
	b.printf("%s%s: %s\n", indent, c.Type, strings.ReplaceAll(c.Text, "\n", "\n"+indent+"  "))
	for _, inner := range c.Causes {
		b.cause(inner, indent+"  ")
	}
}

// Limits of a value in text. JSON has it in full.
const (
	textDepth = 2 // down to which parts have lines of their own
	textWidth = 400
)

// node writes a value: on one line where all of it has room there, or else with a line for
// each of its parts. plain leaves its type out, which then stands elsewhere.
func (b *writer) node(indent, name string, n value.Node, plain bool) {
	b.nodeAt(0, indent, name, n, plain)
}

func (b *writer) nodeAt(depth int, indent, name string, n value.Node, plain bool) {
	text, open := shorten(n.Text, textWidth), false
	switch {
	case n.Text == "":
		text = "‹" + n.Note + "›"
	case n.Folded:
	case len(n.Kids) > 0:
		before, parts, whole := glance(n)
		if open = !whole && depth < textDepth; !open {
			text = before + parts
		}
	}
	label := name
	if n.Type != "" && !plain {
		label = strings.TrimSpace(label + " " + n.Type)
	}
	if label != "" {
		label += " = "
	}
	b.printf("%s%s%s%s\n", indent, label, text, aside(n))
	if !open {
		return
	}
	for _, kid := range n.Kids {
		b.nodeAt(depth+1, indent+"  ", kid.Name, kid, strings.HasSuffix(n.Type, "]"+kid.Type))
	}
	if n.More > 0 {
		b.printf("%s  … %d more\n", indent, n.More)
	}
}

// aside is n's note beside its text.
func aside(n value.Node) string {
	if n.Note == "" || n.Text == "" {
		return ""
	}
	return " (" + n.Note + ")"
}
