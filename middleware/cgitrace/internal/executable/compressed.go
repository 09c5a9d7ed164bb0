//go:build dev

package executable

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxRatio is to how many times its size DEFLATE can compress: a length of 258 takes two bits
// at least, one for the length and one for the distance (RFC 1951 §3.2.5).
const maxRatio = 1032

// uncompressed returns the contents of a section whose name begins with "z": "ZLIB", their size
// in eight bytes, the greatest first, and a zlib stream (RFC 1950). That is how debug
// information was compressed before ELF had a flag for it, and still is in PE and Mach-O.
func uncompressed(b []byte) ([]byte, error) {
	if len(b) < 12 || string(b[:4]) != "ZLIB" {
		return nil, errors.New("it is not compressed as its name says")
	}
	size := binary.BigEndian.Uint64(b[4:])
	switch {
	case size > maxSection:
		return nil, fmt.Errorf("it claims %d bytes; more than %d are not read", size, maxSection)
	case size > uint64(len(b))*maxRatio:
		return nil, fmt.Errorf("it claims %d bytes, which its %d cannot hold", size, len(b))
	}
	z, err := zlib.NewReader(bytes.NewReader(b[12:]))
	if err != nil {
		return nil, err
	}
	full := make([]byte, size)
	if _, err := io.ReadFull(z, full); err != nil {
		return nil, err
	}
	if n, err := z.Read(make([]byte, 1)); n != 0 || err != io.EOF { // only the end verifies the checksum
		return nil, errors.Join(errors.New("it does not end where it says"), err)
	}
	return full, nil
}
