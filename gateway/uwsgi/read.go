package uwsgi

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/single"
)

// What is wrong with the head of a request. None is answered: what came is not a request in
// uwsgi.
var (
	errModifier = errors.New("uwsgi: the packet is none for a request (modifier 0); is it HTTP?")
	errTooLong  = errors.New("uwsgi: the variables are longer than MaxHeaderBytes")
	errShort    = errors.New("uwsgi: a name or a value is longer than what is left of the packet")
	errEmpty    = errors.New("uwsgi: a variable has no name")
)

// readHead reads the head of a request: the modifier 0, the length of what follows in two bytes, a
// second modifier, of no meaning here, and then names and values, each behind its length in two
// bytes. All lengths are little-endian.
func readHead(r *bufio.Reader, most int) (cgienv.Vars, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, single.Unexpected(err)
	}
	if first != 0 {
		return nil, errModifier
	}
	var rest [3]byte
	if _, err := io.ReadFull(r, rest[:]); err != nil {
		return nil, single.Unexpected(err)
	}
	n := int(binary.LittleEndian.Uint16(rest[:]))
	if n > most {
		return nil, errTooLong
	}
	text, err := single.ReadText(r, n)
	if err != nil {
		return nil, err
	}
	return pairs(text)
}

// pairs splits what is in a packet. The strings share its memory.
func pairs(text string) (vars cgienv.Vars, err error) {
	next := func() (s string) {
		if len(text) < 2 {
			err = errShort
			return ""
		}
		n := 2 + int(text[0]) + int(text[1])<<8
		if n > len(text) {
			err = errShort
			return ""
		}
		s, text = text[2:n], text[n:]
		return s
	}
	vars = make(cgienv.Vars, 0, count(text))
	for text != "" && err == nil {
		name := next()
		if err == nil && name == "" {
			err = errEmpty
		}
		if err == nil {
			vars.Add(name, next())
		}
	}
	if err != nil {
		return nil, err
	}
	return vars, nil
}

// count returns how many pairs there are as far as the lengths are right.
func count(text string) int {
	n := 0
	for ; len(text) >= 2; n++ {
		text = text[min(len(text), 2+int(text[0])+int(text[1])<<8):]
	}
	return n / 2
}
