package page

import (
	"strings"
	"unicode"
	"unicode/utf8"

	udiff "github.com/aymanbagabas/go-udiff"
)

// Op is what happened to a line.
type Op int

// A line stayed, was taken away or was put in.
const (
	Same Op = iota
	Deleted
	Inserted
)

// String returns "same", "deleted" or "inserted".
func (o Op) String() string { return [...]string{"same", "deleted", "inserted"}[o] }

// Hunk is a run of changed lines with a few unchanged ones around them.
type Hunk struct{ Lines []Line }

// Line is one line of a difference.
type Line struct {
	Op    Op
	Old   int // number in the old text; 0 for an inserted line
	New   int // number in the new text; 0 for a deleted line
	Spans []Span
}

// Span is a piece of a line. Changed pieces are marked where a line was rewritten
// in part.
type Span struct {
	Text    string
	Changed bool
}

// Diff returns what differs between two texts, line by line and word by word. It is
// empty where nothing does.
func Diff(before, after string) []Hunk {
	edits := udiff.Lines(before, after)
	u, err := udiff.ToUnifiedDiff("", "", before, edits, udiff.DefaultContextLines)
	if err != nil {
		return nil // Lines returns edits that fit its text
	}
	hunks := make([]Hunk, 0, len(u.Hunks))
	for _, h := range u.Hunks {
		o, n := h.FromLine, h.ToLine
		var lines []Line
		for _, l := range h.Lines {
			line := Line{Spans: []Span{{Text: strings.TrimSuffix(l.Content, "\n")}}}
			switch l.Kind {
			case udiff.Delete:
				line.Op, line.Old = Deleted, o
				o++
			case udiff.Insert:
				line.Op, line.New = Inserted, n
				n++
			default:
				line.Old, line.New = o, n
				o++
				n++
			}
			lines = append(lines, line)
		}
		markWords(lines)
		hunks = append(hunks, Hunk{lines})
	}
	return hunks
}

// markWords pairs the deleted lines of a change with the inserted ones that follow
// them and marks what differs inside each pair.
func markWords(lines []Line) {
	for i := 0; i < len(lines); {
		d := i
		for i < len(lines) && lines[i].Op == Deleted {
			i++
		}
		n := i
		for i < len(lines) && lines[i].Op == Inserted {
			i++
		}
		for k := 0; k < n-d && k < i-n; k++ {
			pair(&lines[d+k], &lines[n+k])
		}
		if i == d {
			i++ // an unchanged line
		}
	}
}

func pair(deleted, inserted *Line) {
	a, b := words(deleted.Spans[0].Text), words(inserted.Spans[0].Text)
	if len(a) == 0 || len(b) == 0 {
		return
	}
	// One word a line lets the line diff compare words.
	edits := udiff.Lines(strings.Join(a, "\n")+"\n", strings.Join(b, "\n")+"\n")
	oldChanged, newChanged := make([]bool, len(a)), make([]bool, len(b))
	var starts []int
	at := 0
	for _, w := range a {
		starts = append(starts, at)
		at += len(w) + 1
	}
	index := func(offset int) int {
		i := 0
		for i < len(starts) && starts[i] < offset {
			i++
		}
		return i
	}
	shift := 0
	for _, e := range edits {
		from, to, put := index(e.Start), index(e.End), strings.Count(e.New, "\n")
		for i := from; i < to; i++ {
			oldChanged[i] = true
		}
		for i := range put {
			newChanged[from+shift+i] = true
		}
		shift += put - (to - from)
	}
	if 3*kept(a, oldChanged) < kept(a, nil) {
		return // two different lines: marks would be noise
	}
	deleted.Spans, inserted.Spans = spans(a, oldChanged), spans(b, newChanged)
}

// kept counts the words that did not change.
func kept(words []string, changed []bool) (n int) {
	for i, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); (unicode.IsLetter(r) || unicode.IsDigit(r)) && (changed == nil || !changed[i]) {
			n++
		}
	}
	return n
}

// bridge marks a space between two changed words too: a rewritten phrase is one span.
func bridge(words []string, changed []bool) {
	for i := 1; i+1 < len(words); i++ {
		if words[i] == " " && changed[i-1] && changed[i+1] {
			changed[i] = true
		}
	}
}

// words cuts a line into words and what stands between them, so that joined they are
// the line.
func words(line string) []string {
	var ws []string
	start, inWord := 0, false
	for i, r := range line {
		word := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		if i > start && !(word && inWord) {
			ws = append(ws, line[start:i])
			start = i
		}
		inWord = word
	}
	if start < len(line) {
		ws = append(ws, line[start:])
	}
	return ws
}

func spans(words []string, changed []bool) []Span {
	bridge(words, changed)
	var out []Span
	for i, w := range words {
		if len(out) == 0 || out[len(out)-1].Changed != changed[i] {
			out = append(out, Span{Changed: changed[i]})
		}
		out[len(out)-1].Text += w
	}
	return out
}
