package fcgi

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// kind is the type of a record (FastCGI 1.0 §8).
type kind uint8

const (
	beginRequest kind = 1 + iota
	abortRequest
	endRequest
	params
	stdin
	stdout
	stderr
	data
	getValues
	getValuesResult
	unknownType
)

// Numbers of FastCGI 1.0 §8.
const (
	version       = 1
	headerLength  = 8
	beginLength   = 8
	responder     = 1 // the only role here
	flagKeepConn  = 1
	statusDone    = 0 // FCGI_REQUEST_COMPLETE
	statusOne     = 1 // FCGI_CANT_MPX_CONN
	statusFull    = 2 // FCGI_OVERLOADED
	statusUnknown = 3 // FCGI_UNKNOWN_ROLE
)

// maxContent is how much is put into one record: the most that its length can say, less what would
// put the next record off 8 bytes' alignment.
const maxContent = 0xffff &^ 7

var errVersion = errors.New("fcgi: a record that is not of version 1; is it HTTP?")

// header is the beginning of a record (§3.3).
type header struct {
	kind    kind
	id      uint16 // 0: about the connection, not a request
	content int    // bytes that follow
	padding int    // bytes after those, without meaning
}

// readHeader reads the beginning of a record. io.EOF is the end between two.
func readHeader(r *bufio.Reader) (h header, err error) {
	b, err := r.Peek(headerLength)
	if err != nil {
		if err == io.EOF && len(b) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if len(b) > 0 && b[0] != version {
			err = errVersion
		}
		return header{}, err
	}
	if h, err = parseHeader(b); err == nil {
		_, err = r.Discard(headerLength)
	}
	return h, err
}

func parseHeader(b []byte) (header, error) {
	if b[0] != version {
		return header{}, errVersion
	}
	return header{
		kind: kind(b[1]), id: binary.BigEndian.Uint16(b[2:]),
		content: int(binary.BigEndian.Uint16(b[4:])), padding: int(b[6]),
	}, nil
}

// buffered reports whether the whole next record can be read without waiting.
func buffered(r *bufio.Reader) bool {
	if r.Buffered() < headerLength {
		return false
	}
	b, _ := r.Peek(headerLength)
	h, err := parseHeader(b)
	return err != nil || r.Buffered() >= headerLength+h.content+h.padding
}

// putHeader writes the beginning of a record without padding to b.
func putHeader(b []byte, k kind, id uint16, content int) {
	b[0], b[1] = version, byte(k)
	binary.BigEndian.PutUint16(b[2:], id)
	binary.BigEndian.PutUint16(b[4:], uint16(content))
	b[6], b[7] = 0, 0
}

// appendRecord appends a whole record. Its content is at most 65,535 bytes.
func appendRecord(b []byte, k kind, id uint16, content ...byte) []byte {
	at := len(b)
	b = append(b, make([]byte, headerLength)...)
	putHeader(b[at:], k, id, len(content))
	return append(b, content...)
}

// appendEnd appends the record that ends a request (§5.5). app is what a program would have exited
// with.
func appendEnd(b []byte, id uint16, app uint32, status byte) []byte {
	return appendRecord(b, endRequest, id, byte(app>>24), byte(app>>16), byte(app>>8), byte(app), status, 0, 0, 0)
}
