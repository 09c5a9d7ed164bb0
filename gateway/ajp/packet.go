package ajp

import (
	"bufio"
	"encoding/binary"
	"errors"

	"github.com/surcoat/surcoat/gateway/internal/single"
)

// What is wrong with a packet. None is answered: what came is not AJP, or the two ends are out of
// step.
var (
	errMagic    = errors.New("ajp: a packet does not begin with 0x1234; is it HTTP?")
	errTooLong  = errors.New("ajp: a request is longer than MaxHeaderBytes")
	errShort    = errors.New("ajp: something in a packet is longer than the packet")
	errString   = errors.New("ajp: a string does not end where it should")
	errRest     = errors.New("ajp: a packet is longer than what is in it")
	errCode     = errors.New("ajp: a code that is not known")
	errBool     = errors.New("ajp: a truth value is neither 0 nor 1")
	errKind     = errors.New("ajp: a packet of a kind that is not served")
	errShutdown = errors.New("ajp: the server in front asks us to shut down, which it may not")
)

// readPacket reads a packet from a server in front and returns what is in it. It takes memory only
// for what has come. An end before the packet is io.EOF.
func readPacket(r *bufio.Reader, most int) (string, error) {
	n, err := readLength(r)
	switch {
	case err != nil:
		return "", err
	case n > most:
		return "", errTooLong
	}
	return single.ReadText(r, n)
}

// readLength reads the head of a packet.
func readLength(r *bufio.Reader) (int, error) {
	h, err := r.Peek(4)
	if len(h) > 0 && h[0] != 0x12 || len(h) > 1 && h[1] != 0x34 {
		return 0, errMagic // what is cut short may be no AJP at all
	}
	if err != nil {
		if len(h) > 0 {
			err = single.Unexpected(err)
		}
		return 0, err
	}
	n := int(binary.BigEndian.Uint16(h[2:]))
	_, _ = r.Discard(4)
	return n, nil
}

// reader takes a packet apart. After an error it gives zeros.
type reader struct {
	rest string
	err  error
	// control: a string had a CR, LF or NUL.
	control bool
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err, r.rest = err, ""
	}
}

// take returns the next n bytes.
func (r *reader) take(n int) string {
	if n > len(r.rest) {
		r.fail(errShort)
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *reader) byte() byte {
	if s := r.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (r *reader) bool() bool {
	b := r.byte()
	if b > 1 {
		r.fail(errBool)
	}
	return b == 1
}

func (r *reader) int() int {
	if s := r.take(2); s != "" {
		return int(s[0])<<8 | int(s[1])
	}
	return 0
}

// noString is the length of a string that is not there.
const noString = 0xffff

// text reads a string, which is "" where it is not there. It may have any byte.
func (r *reader) text() string {
	n := r.int()
	if n == noString {
		return ""
	}
	return r.textOf(n)
}

// textOf reads a string after its length, and the NUL that ends it.
func (r *reader) textOf(n int) string {
	s := r.take(n)
	if end := r.take(1); end != "" && end[0] != 0 {
		r.fail(errString)
	}
	return s
}

// line reads a string that must fit on a line.
func (r *reader) line() string { return r.check(r.text()) }

func (r *reader) check(s string) string {
	for i := range len(s) {
		if c := s[i]; c == '\r' || c == '\n' || c == 0 {
			r.control = true
		}
	}
	return s
}
