package gzip

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"weak"
)

// held stands for a request's body.
type held struct{ io.Reader }

// What an idle decoder holds would be somebody's request, kept until the next one.
func TestIdleDecodersHoldNothing(t *testing.T) {
	for _, d := range []Decoding{Gzip{}, Zstd{}} {
		for _, coded := range []string{
			"\x1f\x8b\x08\x1c\x00\x00\x00\x00\x00\xff\x01\x00xname\x00comment\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
			"\x1f\x8b\x08\x1c\x00\x00\x00\x00\x00\xff\x01\x00xname\x00comment\x00",
			"\x28\xb5\x2f\xfd\x00\x00\x09\x00\x00a",
			"\x28\xb5\x2f\xfd\x00\x00\x08\x00\x00a", // goes on
			"",
		} {
			ds := &decoders{decoding: d}
			decoder, err := ds.get()
			if err != nil {
				t.Fatal(err)
			}
			source := &held{strings.NewReader(coded)}
			was := weak.Make(source)
			if err := decoder.Reset(source); err != nil {
				t.Error(err)
			}
			_, _ = decoder.Read(make([]byte, 1))
			ds.put(decoder)
			source = nil
			runtime.GC()
			if was.Value() != nil {
				t.Errorf("%s holds the source of %q", d.Coding(), coded)
			}
			if g, ok := decoder.(*gzipDecoder); ok && (g.member.Name != "" || g.member.Extra != nil || g.member.Comment != "") {
				t.Errorf("gzip remembers %+v", g.member.Header)
			}
			if n, err := decoder.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Errorf("an idle decoder for %s: %d bytes, %v", d.Coding(), n, err)
			}
			runtime.KeepAlive(decoder)
		}
	}
}
