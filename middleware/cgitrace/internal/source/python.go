//go:build dev

package source

import (
	"bytes"
	"path"
	"path/filepath"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// Python is [Reader.Around] for a file that a traceback of Python names, and quotes a line of. The
// text of a traceback is another program's, which could name any file: there are no lines of one
// that is not Python by its name or its first line, and none where the line does not read as it is
// quoted, for then the file is another one, or not what it was. What is masked in quoted can be
// anything in the file.
func (rd *Reader) Python(file string, number, context int, quoted string) []Line {
	if !filepath.IsAbs(file) || quoted == "" {
		return nil
	}
	pieces, ok := rd.scripts[file]
	if !ok {
		if src := load(file, func(head []byte) bool { return isPython(file, head) }); src != nil {
			pieces = rd.markPython(string(src))
		}
		rd.scripts[file] = pieces
	}
	if !reads(lineOf(pieces, number), quoted) {
		return nil
	}
	return rd.around(pieces, number, context)
}

// isPython goes by a file's name and its first line.
func isPython(file string, head []byte) bool {
	switch path.Ext(filepath.ToSlash(file)) {
	case ".py", ".pyw", ".wsgi":
		return true
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.HasPrefix(first, []byte("#!")) && bytes.Contains(first, []byte("python"))
}

// lineOf puts a line together again, as it is in the file: it is not for showing.
func lineOf(pieces []piece, number int) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.first > number {
			break
		}
		if p.last >= number {
			b.WriteString(strings.Split(p.text, "\n")[number-p.first])
		}
	}
	return b.String()
}

// reads reports whether a line of a file is the one that is quoted, without its indentation.
func reads(line, quoted string) bool {
	line, quoted = strings.TrimSpace(line), strings.TrimSpace(quoted)
	first, last := strings.Index(quoted, redact.Mask), strings.LastIndex(quoted, redact.Mask)
	if first < 0 {
		return line == quoted
	}
	before, after := quoted[:first], quoted[last+len(redact.Mask):]
	return len(before)+len(after) > 0 && len(line) >= len(before)+len(after) && strings.HasPrefix(line, before) && strings.HasSuffix(line, after)
}
