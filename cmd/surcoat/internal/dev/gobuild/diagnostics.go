package gobuild

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Line is a line of what the go command said, or of a trace of goroutines.
type Line struct {
	Text string

	// Place is the part of Text at its beginning that names a place in a file; "": none.
	Place string
	File  string // its absolute path
	Row   int    // from 1
	Col   int    // in bytes from 1; 0: not said
}

// Message returns what Text says of its place.
func (l Line) Message() string {
	return strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(l.Text, l.Place), ":"), " ")
}

// maxLines is how much of an output is looked at. Nobody reads more.
const maxLines = 1000

var place = regexp.MustCompile(`^\s*((?:[A-Za-z]:)?[^:\s][^:]*\.[A-Za-z]\w*):(\d{1,7})(?::(\d{1,7}))?(?::|$| \+0x)`)

// Lines takes output apart, which names files relative to dir.
func Lines(output, dir string) []Line {
	var lines []Line
	for text := range strings.Lines(output) {
		if len(lines) == maxLines {
			return append(lines, Line{Text: "…"})
		}
		lines = append(lines, line(strings.TrimRight(text, "\r\n"), dir))
	}
	return lines
}

func line(text, dir string) Line {
	l := Line{Text: text}
	m := place.FindStringSubmatch(text)
	if m == nil {
		return l
	}
	l.Place, l.File = strings.TrimSuffix(strings.TrimSuffix(m[0], ":"), " +0x"), filepath.FromSlash(m[1])
	if !filepath.IsAbs(l.File) {
		l.File = filepath.Join(dir, l.File)
	}
	l.Row, _ = strconv.Atoi(m[2])
	l.Col, _ = strconv.Atoi(m[3])
	return l
}
