package harness_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/bench/harness"
)

// TestWant shows that an answer which is not the right one is not measured.
func TestWant(t *testing.T) {
	want := []byte(strings.Repeat("the body of the answer, ", 40))
	dictionary := []byte(strings.Repeat("the body of the answer before; ", 40))
	hash := sha256.Sum256(dictionary)
	dcz := append([]byte("\x5e\x2a\x4d\x18\x20\x00\x00\x00"), hash[:]...)
	dcz = append(dcz, zstandard(t, want, zstd.WithEncoderDictRaw(0, dictionary))...)
	for _, c := range []struct {
		name, coding string
		body         []byte
		right        bool
	}{
		{"plain", "", want, true},
		{"gzip", "gzip", gzipped(t, want), true},
		{"zstd", "zstd", zstandard(t, want), true},
		{"dcz", "dcz", dcz, true},
		{"another body", "", want[1:], false},
		{"another body in gzip", "gzip", gzipped(t, want[1:]), false},
		{"cut short", "gzip", gzipped(t, want)[:30], false},
		{"not the coding it says", "zstd", gzipped(t, want), false},
		{"without the name of the dictionary", "dcz", dcz[40:], false},
		{"with another's name", "dcz", bytes.Replace(dcz, hash[:1], []byte{hash[0] ^ 1}, 1), false},
		{"a coding nobody asked for", "br", want, false},
	} {
		header := http.Header{"Content-Type": {"text/plain"}, "Content-Encoding": {c.coding}}
		check := harness.WantDifference(dictionary, harness.AnyCoding, "text/plain", want)
		if err := check(harness.Response{Status: 200, Header: header, Body: c.body}); (err == nil) != c.right {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.right && c.coding != "" {
			check = harness.WantBody("", "text/plain", want)
			if check(harness.Response{Status: 200, Header: header, Body: c.body}) == nil {
				t.Errorf("%s is taken where the plain body is wanted", c.name)
			}
		}
	}
}

func gzipped(t *testing.T, p []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	if _, err := zw.Write(p); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t *testing.T, p []byte, options ...zstd.EOption) []byte {
	t.Helper()
	zw, err := zstd.NewWriter(nil, options...)
	if err != nil {
		t.Fatal(err)
	}
	return zw.EncodeAll(p, nil)
}
