package fcgi

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
)

// What is read of any bytes is records that are whole, or an error, and buffered knows.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{
		"", "\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00", "\x01\x05\x00\x01\x00\x00\xff\x00", "GET / HTTP/1.1\r\n", "\x01\x01", "\x09",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(sent), 64)
		for at := 0; ; {
			_, _ = r.Peek(1)
			whole := buffered(r)
			h, err := readHeader(r)
			switch {
			case err == io.EOF:
				if at != len(sent) {
					t.Errorf("a clean end at %d of %d", at, len(sent))
				}
				return
			case errors.Is(err, io.ErrUnexpectedEOF):
				if len(sent)-at >= headerLength || whole {
					t.Errorf("no header at %d of %d", at, len(sent))
				}
				return
			case err != nil:
				if sent[at] == version {
					t.Error(err)
				}
				return
			}
			back := make([]byte, headerLength)
			putHeader(back, h.kind, h.id, h.content)
			back[6], back[7] = byte(h.padding), sent[at+7]
			if !bytes.Equal(back, sent[at:at+headerLength]) {
				t.Errorf("% x became % x", sent[at:at+headerLength], back)
			}
			n, err := r.Discard(h.content + h.padding)
			at += headerLength + n
			if err != nil {
				if whole || at != len(sent) {
					t.Errorf("%v at %d of %d, whole %v", err, at, len(sent), whole)
				}
				return
			}
		}
	})
}
