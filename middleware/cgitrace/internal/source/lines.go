//go:build dev

package source

import (
	"go/scanner"
	"go/token"
	"io"
	"os"
	"sort"
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
	redact  *redact.Redactor
	files   map[string][]piece
	scripts map[string][]piece // those of Python
	names   map[string]bool    // what Name has said of identifiers
}

// NewReader returns a Reader that masks what red calls a secret.
func NewReader(red *redact.Redactor) *Reader {
	return &Reader{redact: red, files: make(map[string][]piece), scripts: make(map[string][]piece), names: make(map[string]bool)}
}

// Around returns the lines of file from context lines before number to as many after
// it, and nothing where the file cannot be read or has no such line.
func (rd *Reader) Around(file string, number, context int) []Line {
	pieces, ok := rd.files[file]
	if !ok {
		if src := load(file, nil); src != nil {
			pieces = rd.mark(src)
		}
		rd.files[file] = pieces
	}
	return rd.around(pieces, number, context)
}

func (rd *Reader) around(pieces []piece, number, context int) []Line {
	if number < 1 || len(pieces) == 0 || number > pieces[len(pieces)-1].last {
		return nil
	}
	from, to := max(1, number-context), min(pieces[len(pieces)-1].last, number+context)
	lines := make([]Line, to-from+1)
	for i := range lines {
		lines[i] = Line{Number: from + i, Hot: from+i == number}
	}
	// Masking is the dear part: only pieces that show are masked, but these as a whole, as
	// a key may go over many lines of which few show.
	first := sort.Search(len(pieces), func(i int) bool { return pieces[i].last >= from })
	for _, p := range pieces[first:] {
		if p.first > to {
			break
		}
		for i, text := range strings.Split(rd.mask(p), "\n") {
			if n := p.first + i; n >= from && n <= to {
				l := &lines[n-from]
				if text = strings.TrimSuffix(text, "\r"); text != "" {
					l.Spans = append(l.Spans, Span{p.class, text})
				}
			}
		}
	}
	for i, l := range lines {
		// A secret can go over several tokens.
		if text := l.String(); rd.redact.Code(text) != text {
			lines[i].Spans = []Span{{"", rd.redact.Code(text)}}
		}
	}
	return lines
}

// mask returns p's text as it may be shown, of as many lines as it has.
func (rd *Reader) mask(p piece) string {
	text := p.text
	switch {
	case p.class == "" && strings.TrimSpace(text) == "":
		return text
	case p.secret && p.class == "n":
		text = redact.Mask
	case p.secret:
		text = text[:1] + redact.Mask + text[len(text)-1:]
	case p.class == "c":
		text = rd.redact.Text(text)
	default:
		text = rd.redact.Code(text)
	}
	if lost := p.last - p.first - strings.Count(text, "\n"); lost > 0 {
		text += strings.Repeat("\n", lost)
	}
	return text
}

// piece is a token, or what stands between two.
type piece struct {
	class       string
	text        string
	first, last int  // its lines
	secret      bool // it is a literal that belongs to a secret's name
}

// load returns what is in file, nil where it cannot be read, has nothing, or is refused by wanted,
// which is given its beginning. nil: any file is wanted.
func load(file string, wanted func(head []byte) bool) []byte {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || info.Size() > maxFile {
		return nil // without a size are the files of /proc, of which one can wait for ever
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	src := make([]byte, info.Size())
	n, err := io.ReadFull(f, src)
	if src = src[:n]; n == 0 || err != nil && err != io.ErrUnexpectedEOF || wanted != nil && !wanted(src) {
		return nil
	}
	return src
}

// mark goes by tokens, so that it works on source that does not compile, and over the
// whole file, so that a comment or string of several lines is known for what it is.
func (rd *Reader) mark(src []byte) []piece {
	text := string(src)
	m := marker{reader: rd, line: 1, pieces: make([]piece, 0, len(src)/3)}
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
		m.gap(text[end:at])
		n := len(literal)
		if n == 0 {
			n = len(tok.String())
		}
		end = min(at+n, len(src))
		m.token(tok, text[at:end])
	}
	m.gap(text[end:])
	return m.pieces
}

// marker puts the pieces of a file together.
type marker struct {
	reader *Reader
	pieces []piece
	line   int
	secret bool // a secret's name was read, and a value of it may follow
	pair   bool // that name is a key's or field's, whose value ends with a comma
	closed bool // the last token was one after which a line end separates
	ident  bool // the last token was an identifier
}

func (m *marker) token(tok token.Token, text string) {
	class, secret := "", false
	switch {
	case tok == token.COMMENT:
		class = "c"
	case tok == token.STRING || tok == token.CHAR:
		class = "s"
		inner := strings.Trim(text, "\"`'")
		secret = m.secret && len(inner) > 2 && len(text) > 2
		m.secret = m.secret || !strings.Contains(inner, " ") && m.reader.name(inner) // "password": "…"
	case tok == token.INT || tok == token.FLOAT || tok == token.IMAG:
		class = "n"
		secret = m.secret && len(text) > 3 // a length or an index is no secret
	case tok.IsKeyword():
		class = "k"
	case tok == token.IDENT:
		m.secret = m.secret || m.reader.name(text)
	case tok == token.LPAREN && m.ident && len(m.pieces) > 0:
		m.pieces[len(m.pieces)-1].class = "f"
	case tok == token.COLON:
		m.pair = m.secret
	case tok == token.SEMICOLON || tok == token.LBRACE || tok == token.RBRACE || tok == token.COMMA && m.pair:
		m.secret, m.pair = false, false
	}
	m.add(class, text, secret)
	m.closed = tok == token.COMMA || tok == token.LPAREN || tok == token.LBRACK
	m.ident = tok == token.IDENT
}

func (m *marker) gap(text string) {
	if text == "" {
		return
	}
	m.ident = false
	if m.closed && strings.Contains(text, "\n") {
		m.secret = false
	}
	m.add("", text, false)
}

func (m *marker) add(class, text string, secret bool) {
	p := piece{class: class, text: text, first: m.line, secret: secret}
	m.line += strings.Count(text, "\n")
	p.last = m.line
	m.pieces = append(m.pieces, p)
}

// name is redact.Name with a memory.
func (rd *Reader) name(s string) bool {
	secret, ok := rd.names[s]
	if !ok {
		secret = redact.Name(s)
		rd.names[s] = secret
	}
	return secret
}
