//go:build dev

package source

import (
	"go/scanner"
	"go/token"
	"os"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// maxFile bounds the size of a file that is read.
const maxFile = 4 << 20

// Line is a line of source.
type Line struct {
	Number int
	Hot    bool // the line of the frame
	Spans  []Span
}

// Span is a piece of a line.
type Span struct {
	Class string // "k" keyword, "s" string, "n" number, "c" comment, "f" called function, "" other
	Text  string
}

// String is the text of the line.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l.Spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Reader reads the files of one report, each once.
type Reader struct {
	redact *redact.Redactor
	files  map[string][]Line
}

// NewReader returns a Reader that masks what red calls a secret.
func NewReader(red *redact.Redactor) *Reader {
	return &Reader{redact: red, files: make(map[string][]Line)}
}

// Around returns the lines of file from context lines before number to as many after
// it, and nothing where the file cannot be read or has no such line.
func (rd *Reader) Around(file string, number, context int) []Line {
	lines, ok := rd.files[file]
	if !ok {
		lines = rd.read(file)
		rd.files[file] = lines
	}
	if number < 1 || number > len(lines) {
		return nil
	}
	from, to := max(1, number-context), min(len(lines), number+context)
	around := make([]Line, 0, to-from+1)
	for _, l := range lines[from-1 : to] {
		l.Hot = l.Number == number
		around = append(around, l)
	}
	return around
}

func (rd *Reader) read(file string) []Line {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return rd.mark(src)
}

// mark splits src into lines of spans. It goes by tokens, so that it works on source
// that does not compile, and on whole files, so that a comment or string of several lines
// is known for what it is.
func (rd *Reader) mark(src []byte) []Line {
	m := marker{reader: rd, lines: []Line{{Number: 1}}}
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, func(token.Position, string) {}, scanner.ScanComments)
	end := 0
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			break
		}
		at := min(file.Offset(pos), len(src))
		if tok == token.SEMICOLON && literal == "\n" || at < end {
			m.secret = false // a statement ends, and with it what a name says of strings
			continue
		}
		gap := string(src[end:at])
		if strings.Contains(gap, "\n") && m.closed {
			m.secret = false
		}
		m.add("", gap)
		n := len(literal)
		if n == 0 {
			n = len(tok.String())
		}
		end = min(at+n, len(src))
		m.token(tok, string(src[at:end]))
	}
	m.add("", string(src[end:]))
	return m.lines
}

// marker puts tokens together to lines.
type marker struct {
	reader *Reader
	lines  []Line
	secret bool // a secret's name was read, and a value of it may follow
	closed bool // the last token was one after which a line end separates
	name   *Span
}

func (m *marker) token(tok token.Token, text string) {
	class := ""
	switch {
	case tok == token.COMMENT:
		class, text = "c", m.reader.redact.Text(text)
	case tok == token.STRING || tok == token.CHAR:
		class = "s"
		if inner := strings.Trim(text, "\"`'"); m.secret && len(inner) > 2 {
			text = text[:1] + redact.Mask + strings.Repeat("\n", strings.Count(inner, "\n")) + text[len(text)-1:]
		} else if redact.Name(inner) && !strings.Contains(inner, " ") {
			m.secret = true // "password": "…"
		}
	case tok == token.INT || tok == token.FLOAT || tok == token.IMAG:
		class = "n"
	case tok.IsKeyword():
		class = "k"
	case tok == token.IDENT:
		m.secret = m.secret || redact.Name(text)
	case tok == token.LPAREN && m.name != nil:
		m.name.Class = "f"
	case tok == token.SEMICOLON || tok == token.LBRACE || tok == token.RBRACE:
		m.secret = false
	}
	m.add(class, text)
	m.closed = tok == token.COMMA || tok == token.LPAREN || tok == token.LBRACK
	m.name = nil
	if tok == token.IDENT {
		spans := m.lines[len(m.lines)-1].Spans
		m.name = &spans[len(spans)-1]
	}
}

// add appends text to the last line, and begins new ones at its line ends. What is
// masked keeps its number of lines.
func (m *marker) add(class, text string) {
	if text == "" {
		return
	}
	shown := m.reader.redact.Code(text)
	if lost := strings.Count(text, "\n") - strings.Count(shown, "\n"); lost > 0 {
		shown += strings.Repeat("\n", lost)
	}
	for i, piece := range strings.Split(shown, "\n") {
		if i > 0 {
			m.lines = append(m.lines, Line{Number: len(m.lines) + 1})
		}
		if piece = strings.TrimSuffix(piece, "\r"); piece != "" {
			last := &m.lines[len(m.lines)-1]
			last.Spans = append(last.Spans, Span{class, piece})
		}
	}
}
