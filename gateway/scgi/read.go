package scgi

import (
	"bufio"
	"errors"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/single"
)

// What is wrong with the head of a request. None is answered: what came is not SCGI.
var (
	errNoLength    = errors.New("scgi: the request does not begin with a length; is it HTTP?")
	errTooLong     = errors.New("scgi: the head is longer than MaxHeaderBytes")
	errNoComma     = errors.New("scgi: no comma after the head")
	errPairs       = errors.New("scgi: the head is not pairs of names and values")
	errFirst       = errors.New("scgi: the head does not begin with CONTENT_LENGTH")
	errNoSCGI      = errors.New(`scgi: SCGI is not "1"`)
	errLeadingZero = errors.New("scgi: the length begins with a zero")
)

// readHead reads the head of a request: a netstring of names and values, each ended by NUL
// (https://python.ca/scgi/protocol.txt). It takes memory only for what has come.
//
// The protocol forbids names that repeat; nginx sends header fields that repeat so.
func readHead(r *bufio.Reader, most int) (cgienv.Vars, error) {
	n, err := readLength(r, most)
	if err != nil {
		return nil, err
	}
	text, err := single.ReadText(r, n)
	if err != nil {
		return nil, err
	}
	comma, err := r.ReadByte()
	if err != nil {
		return nil, single.Unexpected(err)
	}
	if comma != ',' {
		return nil, errNoComma
	}
	if len(text)+strings.Count(text, "\x00")/2*perVariable > most {
		return nil, errTooLong
	}
	return pairs(text)
}

// perVariable is what a variable counts besides its bytes, as in HTTP/2 (RFC 9113 §6.5.2): short
// ones take several times the memory of what was sent.
const perVariable = 32

// readLength reads digits and the colon after them.
func readLength(r *bufio.Reader, most int) (n int, err error) {
	for digits := 0; ; digits++ {
		c, err := r.ReadByte()
		switch {
		case err != nil:
			return 0, single.Unexpected(err)
		case c == ':' && digits > 0:
			return n, nil
		case c < '0' || c > '9':
			return 0, errNoLength
		case digits == 1 && n == 0:
			return 0, errLeadingZero
		}
		if n = 10*n + int(c-'0'); n > most {
			return 0, errTooLong
		}
	}
}

// pairs splits a head. The strings share its memory.
func pairs(text string) (cgienv.Vars, error) {
	if text == "" || text[len(text)-1] != 0 {
		return nil, errPairs
	}
	vars := make(cgienv.Vars, 0, strings.Count(text, "\x00")/2)
	marked := false
	for text != "" {
		name, rest, _ := strings.Cut(text, "\x00")
		value, rest, ok := strings.Cut(rest, "\x00")
		if !ok || name == "" {
			return nil, errPairs
		}
		if len(vars) == 0 && (name != "CONTENT_LENGTH" || value == "") {
			return nil, errFirst
		}
		marked = marked || name == "SCGI" && value == "1"
		vars.Add(name, value)
		text = rest
	}
	if !marked {
		return nil, errNoSCGI
	}
	return vars, nil
}
