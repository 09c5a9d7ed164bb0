package fcgi

import (
	"encoding/binary"
	"errors"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

var errPairs = errors.New("fcgi: a name or value is longer than what was sent of it")

// pairs splits a stream of names and values (FastCGI 1.0 §3.4). The strings share its memory.
func pairs(text string) (cgienv.Vars, error) {
	count, err := countPairs(text)
	if err != nil {
		return nil, err
	}
	return appendPairs(make(cgienv.Vars, 0, count), text), nil
}

// countPairs returns how many there are, and an error where one is not whole.
func countPairs(text string) (count int, err error) {
	for ; text != ""; count++ {
		if _, _, text, err = cutPair(text); err != nil {
			return 0, err
		}
	}
	return count, nil
}

// appendPairs appends those of a stream in which all are whole.
func appendPairs(vars cgienv.Vars, text string) cgienv.Vars {
	for text != "" {
		var name, value string
		name, value, text, _ = cutPair(text)
		vars.Add(name, value)
	}
	return vars
}

// cutPair returns the first name and value, and what is behind.
func cutPair(text string) (name, value, rest string, err error) {
	n, rest, ok := cutLength(text)
	if !ok {
		return "", "", "", errPairs
	}
	m, rest, ok := cutLength(rest)
	if !ok || uint64(n)+uint64(m) > uint64(len(rest)) {
		return "", "", "", errPairs
	}
	return rest[:n], rest[n : n+m], rest[n+m:], nil
}

// cutLength reads a length: one byte below 128, or four with the first bit set.
func cutLength(text string) (n uint32, rest string, ok bool) {
	switch {
	case text == "":
		return 0, "", false
	case text[0] < 0x80:
		return uint32(text[0]), text[1:], true
	case len(text) < 4:
		return 0, "", false
	}
	n = uint32(text[0]&0x7f)<<24 | uint32(text[1])<<16 | uint32(text[2])<<8 | uint32(text[3])
	return n, text[4:], true
}

// appendPair appends a name and a value.
func appendPair(b []byte, name, value string) []byte {
	b = appendLength(appendLength(b, len(name)), len(value))
	return append(append(b, name...), value...)
}

func appendLength(b []byte, n int) []byte {
	if n < 0x80 {
		return append(b, byte(n))
	}
	return binary.BigEndian.AppendUint32(b, uint32(n)|1<<31)
}
