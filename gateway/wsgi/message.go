package wsgi

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
)

// A connection to a thread of a worker carries one request after the other. Numbers are
// big-endian.
//
// A request is a kind (1 byte), the length of the variables and that of the body's beginning (4
// bytes each), the variables as name NUL value NUL name NUL value, and the beginning of the body.
// After [whole] that is all of the body; after [more] the worker asks for pieces, each a kind
// ([whole]: the last), a length (4 bytes) and bytes. Nothing is sent that was not asked for, so
// nothing is on its way when an application does not read its input. [stop] ends the thread.
//
// The worker's messages are a kind, a length (4 bytes) and so many bytes: a head, which is the
// status, then names and values, each behind an LF; any number of data; and an end. A file's
// descriptor comes over the worker's other connection (control.go).
const (
	whole = 0
	more  = 1
	stop  = 2

	isHead     = 'H'
	isFileHead = 'h' // isFile follows
	isData     = 'D'
	isFile     = 'F' // the body is a file: offset and count, 8 bytes each
	isWanted   = 'W' // the next piece of the request's body
	isEnd      = 'E' // of the answer; the thread takes the next request now or very soon
	isAnswered = 'e' // of the answer; the thread may have a lot to do before the next request
	isIdle     = 'I' // after isAnswered: the thread waits for the next request
	isRaised   = 'X' // instead of an end: a traceback; the thread waits for the next request
)

// requestFrame is the length of what precedes a request's variables.
const requestFrame = 9

// Limits of what a worker can make this process keep.
const (
	maxHead      = 1 << 20
	maxTraceback = 64 << 10
)

// protocolError says what a worker must not have sent.
type protocolError struct{ reason string }

func (e *protocolError) Error() string { return "the worker's answer: " + e.reason }

func wrong(format string, args ...any) error {
	return &protocolError{fmt.Sprintf(format, args...)}
}

// message is the beginning of a message; its bytes are still to be read.
type message struct {
	kind   byte
	length uint32
}

// next reads the beginning of a message.
func next(r *bufio.Reader) (message, error) {
	b, err := r.Peek(5)
	if err != nil {
		if err == io.EOF && len(b) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return message{}, err
	}
	m := message{b[0], binary.BigEndian.Uint32(b[1:])}
	_, _ = r.Discard(5)
	most := uint32(0)
	switch m.kind {
	case isHead, isFileHead:
		most = maxHead
	case isRaised:
		most = maxTraceback
	case isFile:
		most = 16
	case isData:
		return m, nil
	case isWanted, isEnd, isAnswered, isIdle:
	default:
		return m, wrong("a message of kind %d", m.kind)
	}
	if m.length > most {
		return m, wrong("%d bytes in a message of kind %c", m.length, m.kind)
	}
	return m, nil
}

// take calls use with the bytes of m, which are r's.
func (m message) take(r *bufio.Reader, use func([]byte) error) error {
	if n := int(m.length); n <= r.Size() {
		b, err := r.Peek(n)
		if err != nil {
			return unexpected(err)
		}
		err = use(b)
		_, _ = r.Discard(n)
		return err
	}
	var b bytes.Buffer // grows with what comes, not with what was said to come
	if _, err := io.CopyN(&b, r, int64(m.length)); err != nil {
		return unexpected(err)
	}
	return use(b.Bytes())
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// head is an answer's head.
type head struct {
	status int
	header http.Header
	length int64 // Content-Length, -1 for none
}

// decodeHead believes nothing that could become something else on the way to the client, whatever
// the bridge has checked.
func decodeHead(b []byte) (h head, err error) {
	line, rest, _ := bytes.Cut(b, []byte("\n"))
	code, _, _ := bytes.Cut(line, []byte(" "))
	h.status, err = strconv.Atoi(string(code))
	if err != nil || len(code) != 3 || h.status < 200 {
		return h, wrong("the status is %.40q", line)
	}
	h.header, h.length = make(http.Header, 8), -1
	text := string(rest)
	for len(text) > 0 {
		var name, value string
		var paired bool
		name, text, paired = cut(text)
		value, text, _ = cut(text)
		if !paired || !fieldline.ValidName(name) || !fieldline.ValidValue(value) {
			return h, wrong("the header field %.40q: %.40q", name, value)
		}
		name = http.CanonicalHeaderKey(name)
		switch {
		case fieldline.HopByHop(name):
			continue
		case name == "Content-Length":
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil || h.length >= 0 || value[0] == '+' {
				return h, wrong("the Content-Length %.40q", value)
			}
			h.length = int64(n)
		}
		h.header[name] = append(h.header[name], value)
	}
	return h, nil
}

// cut is strings.Cut at LF.
func cut(s string) (before, after string, found bool) {
	for i := range len(s) {
		if s[i] == '\n' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// decodeFile reads the bytes of isFile.
func decodeFile(b []byte) (offset, count int64, err error) {
	if len(b) != 16 {
		return 0, 0, wrong("a file in %d bytes", len(b))
	}
	o, n := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	if o > 1<<62 || n > 1<<62 {
		return 0, 0, wrong("a file of %d bytes from %d", n, o)
	}
	return int64(o), int64(n), nil
}
