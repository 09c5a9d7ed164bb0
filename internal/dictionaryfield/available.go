package dictionaryfield

import "encoding/base64"

// maxAvailable bounds the work that one request can cause. The hash takes 46 bytes; the
// rest is for parameters, of which none is defined.
const maxAvailable = 1024

// Available returns the SHA-256 of the dictionary that a client has, from the lines of
// Available-Dictionary (RFC 9842 §2.2). ok is false when they are not one byte sequence of 32
// bytes (RFC 9651 §3.3.5); its parameters do not matter. It allocates nothing for what clients send.
func Available(lines []string) (hash [32]byte, ok bool) {
	if len(lines) != 1 || len(lines[0]) > maxAvailable {
		return hash, false
	}
	p := parser{rest: lines[0]}
	p.skipSpaces()
	coded, ok := p.byteSequence()
	if !ok || !p.parameters() {
		return hash, false
	}
	p.skipSpaces()
	if p.rest != "" {
		return hash, false
	}
	// 32 bytes are 43 digits. The padding may be missing, and the last digit may have bits
	// that mean nothing: parsers should not mind either (§4.2.7).
	if len(coded) == 44 && coded[43] == '=' {
		coded = coded[:43]
	}
	if len(coded) != 43 {
		return hash, false
	}
	var digits [43]byte
	copy(digits[:], coded)
	n, err := base64.RawStdEncoding.Decode(hash[:], digits[:])
	return hash, err == nil && n == len(hash)
}
