//go:build dev

package report

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Limits of what is rendered, whatever a report was given: in bytes as HTML or JSON, in both
// of which one character of text can become six. Together, and with what the text for an
// issue repeats, they keep a page below a megabyte.
const (
	maxValues     = 320 << 10
	maxValue      = 48 << 10 // any one of them, and the panic's own
	maxSource     = 96 << 10
	maxPairs      = 64 << 10 // of header, query and form; of modules
	maxErrors     = 32 << 10
	maxMessage    = 16 << 10
	maxURL        = 8 << 10
	maxBody       = 32 << 10
	maxCurl       = 32 << 10
	maxGoroutines = 64 << 10
	maxIssue      = 24 << 10 // the values in the text for an issue
	maxBlock      = 48 << 10 // a text of another program
	maxBlocks     = 96 << 10 // all of them
)

// full is said of what a limit has cost.
const full = "left out: the report is full"

// bounded returns r within the limits. What it has to shorten it copies: r stays as it is.
func (r *Report) bounded() *Report {
	b := *r
	b.Message = clip(r.Message, maxMessage)
	b.Reason = clip(r.Reason, maxMessage/4)
	values, lines := allowance{maxValues}, allowance{maxSource}
	if r.Outside != nil {
		b.Outside = boundOutside(r.Outside, &values, &lines)
	}
	b.Sections = boundSections(r.Sections, &values, &lines)
	b.Request = boundRequest(r.Request)
	b.Build.Modules = (&allowance{maxPairs}).pairs(r.Build.Modules)
	if r.Value != nil {
		n, _ := (&allowance{maxValue}).value(*r.Value)
		b.Value = &n
	}
	if r.Chain != nil {
		chain := (&allowance{maxErrors}).cause(*r.Chain)
		b.Chain = &chain
	}
	return &b
}

// allowance is what of a limit is left.
type allowance struct{ left int }

func boundSections(sections []Section, values, lines *allowance) []Section {
	bounded := make([]Section, len(sections))
	for i, s := range sections {
		bounded[i] = s
		bounded[i].Title = clip(s.Title, maxName)
		bounded[i].Frames = make([]Frame, len(s.Frames))
		for j, f := range s.Frames {
			f.Source = lines.lines(f.Source)
			values.values(&f)
			bounded[i].Frames[j] = f
		}
	}
	return bounded
}

// values bounds what f shows of expressions and variables.
func (a *allowance) values(f *Frame) {
	for i, e := range f.Expressions {
		if n, cut := a.value(e.Node); cut || len(e.Source) > maxName {
			f.Expressions = slices.Clone(f.Expressions)
			f.Expressions[i] = Expression{clip(e.Source, maxName), n}
		}
	}
	for i, v := range f.Variables {
		if a.left == 0 {
			f.NoValues = strconv.Itoa(len(f.Variables)-i) + " variables " + full
			f.Variables = f.Variables[:i]
			break
		}
		if n, cut := a.value(v.Node); cut {
			f.Variables = slices.Clone(f.Variables)
			f.Variables[i].Node = n
		}
	}
}

// value returns of n what there is room for, and whether that is not all of it. No value
// gets more than maxValue, so that others have a chance.
func (a *allowance) value(n value.Node) (shown value.Node, cut bool) {
	share := min(a.left, maxValue)
	s := allowance{share}
	if s.fits(n) {
		a.left -= share - s.left
		return n, false
	}
	n = s.node(n)
	a.left -= share - s.left
	return n, true
}

// fits takes n off the allowance if there is room for all of it.
func (a *allowance) fits(n value.Node) bool {
	left := a.left - ownWeight(n)
	for _, kid := range n.Kids {
		if left < 0 {
			return false
		}
		inner := allowance{left}
		if !inner.fits(kid) {
			return false
		}
		left = inner.left
	}
	if left < 0 {
		return false
	}
	a.left = left
	return true
}

// node returns of n what there is room for: at least its name.
func (a *allowance) node(n value.Node) value.Node {
	if a.left -= ownWeight(n); a.left < 0 {
		a.left = 0
		return value.Absent(clip(n.Name, maxName), clip(n.Type, maxName), full)
	}
	kids := n.Kids
	n.Kids = nil
	for i, kid := range kids {
		if a.left == 0 {
			n.More += len(kids) - i
			break
		}
		n.Kids = append(n.Kids, a.node(kid))
	}
	return n
}

// maxName bounds names and types where there is room for nothing else.
const maxName = 1024

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
	q.URL = clip(q.URL, maxURL)
	a := allowance{maxPairs}
	q.Query = a.pairs(q.Query)
	q.Form = a.pairs(q.Form)
	q.Header = a.pairs(q.Header)
	q.Body = clip(q.Body, maxBody)
	q.Curl = clip(q.Curl, maxCurl)
	return q
}

func (a *allowance) pairs(pairs []Pair) []Pair {
	for i, p := range pairs {
		if a.left -= weight(p.Name) + weight(p.Value) + 80; a.left < 0 {
			a.left = 0
			return append(pairs[:i:i], Pair{"…", full})
		}
	}
	return pairs
}

// ownWeight is what n takes in a page without its parts, markup included.
func ownWeight(n value.Node) int {
	return 160 + weight(n.Name) + weight(n.Type) + weight(n.Text) + weight(n.Note)
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
