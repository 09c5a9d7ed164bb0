package report

import (
	"bufio"
	"os"
	"strings"
)

// around is how many lines stand before and after the one that is meant.
const around = 4

// maxWidth is how much of a line is shown, in bytes.
const maxWidth = 400

// Excerpt is the source around a place.
type Excerpt struct {
	Rows []Row
}

// Row is a line of source.
type Row struct {
	Number int
	Text   string
	Hot    bool   // the line that is meant
	Caret  string // what stands before the column that is meant, as blanks; only of a hot line
	Marked bool   // Caret is known
}

// excerpt reads the source around row and col of file; nil: it cannot be read.
func excerpt(file string, row, col int) *Excerpt {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	var e Excerpt
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; n <= row+around && lines.Scan(); n++ {
		if n < row-around {
			continue
		}
		text := strings.ToValidUTF8(lines.Text(), "\uFFFD")
		r := Row{Number: n, Text: text[:min(len(text), maxWidth)], Hot: n == row}
		if r.Hot && col > 0 && col <= len(r.Text)+1 {
			r.Caret, r.Marked = blank(r.Text[:col-1]), true
		}
		e.Rows = append(e.Rows, r)
	}
	if len(e.Rows) == 0 || e.Rows[len(e.Rows)-1].Number < row {
		return nil
	}
	return &e
}

// blank is as wide as s.
func blank(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' {
			return c
		}
		return ' '
	}, s)
}
