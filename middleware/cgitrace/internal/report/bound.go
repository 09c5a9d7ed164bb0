//go:build dev

package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Limits of what is rendered, whatever a report was given: in bytes as HTML or JSON, in both
// of which one character of text can become six. Together they keep a page below a megabyte.
const (
	maxValues     = 320 << 10
	maxSource     = 120 << 10
	maxPairs      = 96 << 10 // of header, query, form and modules
	maxErrors     = 64 << 10
	maxMessage    = 48 << 10
	maxBody       = 64 << 10
	maxCurl       = 64 << 10
	maxGoroutines = 96 << 10
)

// full is said of what a limit has cost.
const full = "left out: the report is full"

// bounded returns r within the limits. What it has to shorten it copies: r stays as it is.
func (r *Report) bounded() *Report {
	b := *r
	b.Message = clip(r.Message, maxMessage)
	b.Reason = clip(r.Reason, maxMessage/4)
	b.Sections = boundSections(r.Sections)
	b.Request = boundRequest(r.Request)
	b.Build.Modules = boundPairs(r.Build.Modules, maxPairs/2)
	if r.Value != nil && weightOf(*r.Value) > maxValues/4 {
		a := allowance{maxValues / 4}
		n := a.node(*r.Value)
		b.Value = &n
	}
	if r.Chain != nil {
		a := allowance{maxErrors}
		chain := a.cause(*r.Chain)
		b.Chain = &chain
	}
	return &b
}

// allowance is what of a limit is left.
type allowance struct{ left int }

func boundSections(sections []Section) []Section {
	values, lines := allowance{maxValues}, allowance{maxSource}
	bounded := make([]Section, len(sections))
	for i, s := range sections {
		bounded[i] = s
		bounded[i].Frames = make([]Frame, len(s.Frames))
		for j, f := range s.Frames {
			f.Source = lines.lines(f.Source)
			f.Expressions = values.expressions(f.Expressions)
			f.Variables = values.variables(f.Variables)
			bounded[i].Frames[j] = f
		}
	}
	return bounded
}

func (a *allowance) expressions(all []Expression) []Expression {
	total := 0
	for _, e := range all {
		total += weightOf(e.Node) + weight(e.Source)
	}
	if total <= a.left {
		a.left -= total
		return all
	}
	bounded := make([]Expression, len(all))
	for i, e := range all {
		bounded[i] = Expression{clip(e.Source, 4096), a.node(e.Node)}
	}
	return bounded
}

func (a *allowance) variables(all []Variable) []Variable {
	total := 0
	for _, v := range all {
		total += weightOf(v.Node)
	}
	if total <= a.left {
		a.left -= total
		return all
	}
	bounded := make([]Variable, len(all))
	for i, v := range all {
		bounded[i] = Variable{a.node(v.Node), v.Role}
	}
	return bounded
}

// node returns of n what there is room for: at least its name.
func (a *allowance) node(n value.Node) value.Node {
	own := n
	own.Kids = nil
	if a.left -= weightOf(own); a.left <= 0 {
		return value.Absent(clip(n.Name, 128), clip(n.Type, 128), full)
	}
	for i, kid := range n.Kids {
		if a.left <= 0 {
			own.More += len(n.Kids) - i
			break
		}
		own.Kids = append(own.Kids, a.node(kid))
	}
	return own
}

func (a *allowance) cause(c Cause) Cause {
	c.Text = clip(c.Text, min(a.left, maxMessage/4))
	a.left -= weight(c.Text) + weight(c.Type)
	causes := c.Causes
	c.Causes = nil
	for _, inner := range causes {
		if a.left <= 0 {
			c.Causes = append(c.Causes, Cause{Text: full})
			break
		}
		c.Causes = append(c.Causes, a.cause(inner))
	}
	return c
}

// lines takes a frame's lines or none of them, for the wrong half would mislead.
func (a *allowance) lines(lines []source.Line) []source.Line {
	const wide = 2048 // a minified file, or data
	total, cloned := 0, false
	for i, l := range lines {
		width := 40
		for _, s := range l.Spans {
			width += weight(s.Text) + 20
		}
		if width > wide {
			if !cloned {
				lines, cloned = slices.Clone(lines), true
			}
			lines[i].Spans = []source.Span{{Text: clip(l.String(), wide/4)}}
			width = wide
		}
		total += width
	}
	if a.left -= total; a.left < 0 {
		return nil
	}
	return lines
}

func boundRequest(q Request) Request {
	q.URL = clip(q.URL, maxCurl)
	q.Header = boundPairs(q.Header, maxPairs)
	q.Query = boundPairs(q.Query, maxPairs)
	q.Form = boundPairs(q.Form, maxPairs)
	q.Body = clip(q.Body, maxBody)
	q.Curl = clip(q.Curl, maxCurl)
	return q
}

func boundPairs(pairs []Pair, limit int) []Pair {
	for i, p := range pairs {
		if limit -= weight(p.Name) + weight(p.Value) + 80; limit < 0 {
			return append(pairs[:i:i], Pair{"…", full})
		}
	}
	return pairs
}

// weightOf is what n takes in a page, markup included.
func weightOf(n value.Node) int {
	total := 160 + weight(n.Name) + weight(n.Type) + weight(n.Text) + weight(n.Note)
	for _, kid := range n.Kids {
		total += weightOf(kid)
	}
	return total
}

// weight is the size of s when it is escaped, as HTML or as JSON.
func weight(s string) int {
	total := len(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '<', c == '>', c == '&', c == '"', c == '\'', c == '\\', c == 0x7f:
			total += 5
		}
	}
	return total
}

// clip cuts s where its weight comes to limit, and says so.
func clip(s string, limit int) string {
	if len(s) <= limit/6 || weight(s) <= limit {
		return s
	}
	cut, left := 0, limit
	for cut < len(s) && left > 0 {
		left -= weight(s[cut : cut+1])
		cut++
	}
	for cut > 0 && cut < len(s) && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strings.ToValidUTF8(s[:cut], "\uFFFD") + "… (cut short)"
}
