package cgianswer

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
)

// Limits of a head. Cookies and policies make lines of 8 KB; what is longer is no header.
const (
	maxLine = 64 << 10
	maxHead = 1 << 20
)

// Error says why what came is no answer: for the log, and for whoever looks for the fault.
type Error struct {
	Reason string
	// Text is the beginning of the line that is at fault, or of what came instead of a head.
	Text string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Text == "" {
		return "the answer's head: " + e.Reason
	}
	return "the answer's head: " + e.Reason + ": " + strconv.Quote(e.Text)
}

func fault(reason string, line []byte) error {
	if len(line) > 100 {
		line = line[:100]
	}
	return &Error{reason, string(line)}
}

// Head is the head of an answer.
type Head struct {
	// Status is 200 to 999, or 1xx for an interim answer, after which another head comes; only
	// one that begins with an HTTP status line can be that.
	Status int
	// Header is the client's: fields about the connection to the application are left out, and
	// Status is not one. Content-Length is in it.
	Header http.Header
	// Length is the body's, -1 where it was not said.
	Length int64
	// Redirect says that there was a Location and no status (RFC 3875 §6.2.2 to 6.2.4). Status is
	// then 302.
	Redirect bool
}

// New returns a head in which nothing is said yet, to which [Head.Add] and [Head.Finish] apply.
func New() *Head { return &Head{Header: make(http.Header, 8), Length: -1} }

// ReadHead reads a head and the empty line after it. Every error of it but those of r is an
// [*Error]. What ends before there was anything is io.EOF, what ends later io.ErrUnexpectedEOF.
func ReadHead(r *bufio.Reader) (*Head, error) {
	h := New()
	for left, first := maxHead, true; ; first = false {
		line, err := readLine(r)
		switch {
		case err == io.EOF && (!first || len(line) > 0):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		if left -= len(line) + 2; left < 0 {
			return nil, fault("longer than 1 MiB", nil)
		}
		if len(line) == 0 {
			return h, h.Finish()
		}
		if first && bytes.HasPrefix(line, []byte("HTTP/")) {
			_, status, _ := bytes.Cut(line, []byte(" "))
			if err := h.setStatus(status, line, 100); err != nil {
				return nil, err
			}
			continue
		}
		if err := h.add(line); err != nil {
			return nil, err
		}
	}
}

// readLine returns a line without its end, LF or CR LF. Its memory is r's, or new for a long one.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		whole := bytes.Clone(line)
		for err == bufio.ErrBufferFull && len(whole) <= maxLine {
			line, err = r.ReadSlice('\n')
			whole = append(whole, line...)
		}
		line = whole
	}
	if len(line) > maxLine {
		return nil, fault("a line longer than 64 KiB", line)
	}
	if err != nil {
		return line, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}

// spam is what the page of Python's cgitb begins with, in case the head was over already.
const spam = "<!--: spam"

// common are names that most answers have: they need no memory.
var common = func() map[string]string {
	names := make(map[string]string)
	for _, name := range []string{
		"Cache-Control", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Etag", "Expires", "Last-Modified", "Location",
		"Pragma", "Set-Cookie", "Status", "Vary", "X-Powered-By",
	} {
		names[name] = name
	}
	names["ETag"], names["Content-type"] = "Etag", "Content-Type" // PHP's
	return names
}()

func (h *Head) add(line []byte) error {
	if string(line) == spam {
		return nil
	}
	before, after, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return fault("a line that is no header field, before any empty line", line)
	}
	name, known := common[string(before)]
	if !known {
		name = string(before)
	}
	value := strings.Trim(string(after), " \t")
	if !fieldline.ValidName(name) || !fieldline.ValidValue(value) {
		return fault("a line that is no header field, before any empty line", line)
	}
	if !known {
		name = http.CanonicalHeaderKey(name)
	}
	if name == "Status" {
		if h.Status != 0 {
			return fault("a second status", line)
		}
		return h.setStatus([]byte(value), line, 200)
	}
	return h.field(name, value, line)
}

// Add adds a field, of which Status is none.
func (h *Head) Add(name, value string) error {
	value = strings.Trim(value, " \t")
	if !fieldline.ValidName(name) || !fieldline.ValidValue(value) {
		return fault("no header field", []byte(name+": "+value))
	}
	return h.field(http.CanonicalHeaderKey(name), value, []byte(value))
}

// field adds a field. line is for an error.
func (h *Head) field(name, value string, line []byte) error {
	if name == "Content-Length" {
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil || value[0] == '+' {
			return fault("a Content-Length that is none", line)
		}
		if h.Length >= 0 {
			return fault("a second Content-Length", line)
		}
		h.Length = int64(n)
	}
	h.Header[name] = append(h.Header[name], value)
	return nil
}

// setStatus reads "200 OK". The reason phrase is not used: HTTP/2 has none.
func (h *Head) setStatus(text, line []byte, least int) error {
	code, _, _ := bytes.Cut(text, []byte(" "))
	n, err := strconv.Atoi(string(code))
	if err != nil || len(code) != 3 || n < least {
		return fault("a status that is none", line)
	}
	h.Status = n
	return nil
}

// Finish is called when all fields are there.
func (h *Head) Finish() error {
	if h.Status != 0 && (h.Status < 100 || h.Status > 999) {
		return fault("a status that is none", []byte(strconv.Itoa(h.Status)))
	}
	if h.Status == http.StatusSwitchingProtocols {
		return fault("101, but the protocol cannot be switched", nil)
	}
	for name := range h.Header {
		if fieldline.HopByHop(name) {
			delete(h.Header, name)
		}
	}
	if h.Status != 0 {
		return nil
	}
	h.Status = http.StatusOK
	if h.Header["Location"] != nil {
		h.Status, h.Redirect = http.StatusFound, true
	}
	return nil
}
