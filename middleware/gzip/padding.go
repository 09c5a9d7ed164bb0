package gzip

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"strings"
)

// A body's length tells something about its content, and where an attacker has a part in the
// content, what he put there beside a secret (BREACH, https://breachattack.com). A random
// number of bytes that decoders skip makes one look worthless, though not a thousand.
// That is the idea of Heal the Breach (https://doi.org/10.1109/ACCESS.2022.3185239).

// maxPadding bounds Compressor.Padding.
const maxPadding = 32 << 10

// padded is an [Encoder] that can put bytes into the coded form that mean nothing.
type padded interface {
	// pad adds about n bytes. It is called once a body, right after Reset.
	pad(n int) error
}

// paddingOf returns a number of bytes from 0 to most, which cannot be foreseen (ChaCha8, seeded by the
// system). It is the sum of two dice. By one alone all numbers would be equally likely, also the
// least and the greatest, and by these lengths are told apart soonest: with a padding of 300, one byte is
// seen in 570 requests, by two dice in 16,000.
func paddingOf(most int) int { return rand.N(most/2+1) + rand.N(most-most/2+1) }

// pad makes the body that is about to be encoded longer.
func (r *response) pad() error {
	n := paddingOf(r.rules.padding)
	if n == 0 {
		return nil
	}
	return r.encoder.(padded).pad(n)
}

// pad puts an extra field into the header (RFC 1952 §2.3.1.1). A comment would do as well, but
// Go's own decoder takes none longer than 511 bytes.
func (e *gzipEncoder) pad(n int) error {
	e.Extra = extraField(n)
	return nil
}

// extraField returns a subfield of n bytes that nobody knows.
func extraField(n int) []byte {
	field := append(make([]byte, 0, 4+n), 'P', 'D')
	field = binary.LittleEndian.AppendUint16(field, uint16(n))
	return append(field, padding[:n]...)
}

var padding = strings.Repeat("-", maxPadding)

// writeSkippable writes a frame that decoders of Zstandard skip (RFC 8878 §3.1.2). It has
// eight bytes beside the n. Chromium 156 and the zstd command take one before the frame of
// the body, and between that and the header of dcz.
func writeSkippable(w io.Writer, n int) error {
	frame := make([]byte, 0, skippableHeader+n)
	frame = binary.LittleEndian.AppendUint32(frame, skippableMagic)
	frame = binary.LittleEndian.AppendUint32(frame, uint32(n))
	frame = append(frame, padding[:n]...)
	_, err := w.Write(frame)
	return err
}

const (
	skippableMagic  = 0x184D2A50
	skippableHeader = 8
)
