package gzip_test

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// FuzzDecompressor sends any bytes as a body in any of these codings. Nothing panics; no more
// comes out than MaxBytes; a body that ends without an error is what other decoders make
// of it; and neither how it is cut into pieces nor who used the decoders before makes a difference.
func FuzzDecompressor(f *testing.F) {
	all := []string{"gzip", "zstd", "gzip, zstd", "zstd, gzip", "gzip, gzip", "zstd, zstd"}
	for i, codings := range all {
		for _, plain := range []string{"", "a", prose[:3000], strings.Repeat("a", 5000)} {
			body := codedIn(plain, strings.Split(codings, ", ")...)
			f.Add(byte(i), body)
			f.Add(byte(i), append(body, body...))
			f.Add(byte(i), body[:len(body)-1])
		}
	}
	f.Add(byte(0), []byte("\x1f\x8b\x08\x1f\x00\x00\x00\x00\x00\xff\x01\x00xname\x00comment\x00"))
	f.Add(byte(1), []byte("\x50\x2a\x4d\x18\x01\x00\x00\x00x"))
	f.Add(byte(1), zstdZeros(1))
	const most = 4096
	rules := gzip.Decompressor{MaxBytes: most, MaxRatio: math.MaxInt64}
	used := new(reading)
	usedBefore := rules.Wrap(used)

	f.Fuzz(func(t *testing.T, codings byte, body []byte) {
		field := all[int(codings)%len(all)]
		fresh, rec := new(reading), httptest.NewRecorder()
		rules.Wrap(fresh).ServeHTTP(rec, posted(field, body))
		switch status := rec.Code; {
		case fresh.err == nil && status == http.StatusOK:
		case tooLarge(fresh.err) && status == http.StatusRequestEntityTooLarge:
		case fresh.err != nil && !tooLarge(fresh.err) && status == http.StatusBadRequest:
		default:
			t.Errorf("%v is answered with %d", fresh.err, status)
		}
		if len(fresh.body) > most {
			t.Errorf("%d bytes", len(fresh.body))
		}
		if fresh.err == nil {
			if want, err := elsewhere(field, body); fresh.body != string(want) || err != nil {
				t.Errorf("%d bytes %.60q; elsewhere it is %d bytes %.60q, %v", len(fresh.body), fresh.body, len(want), want, err)
			}
		}
		r := posted(field, nil)
		r.Body, r.ContentLength = io.NopCloser(iotest.OneByteReader(bytes.NewReader(body))), -1
		usedBefore.ServeHTTP(httptest.NewRecorder(), r)
		if (used.err == nil) != (fresh.err == nil) || tooLarge(used.err) != tooLarge(fresh.err) || used.body != fresh.body {
			t.Errorf("%d bytes, %v; byte by byte and with decoders used before: %d bytes, %v", len(fresh.body), fresh.err, len(used.body), used.err)
		}
	})
}

var wholeZstd, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(64<<20))

// elsewhere undoes codings with the standard library's gzip, and with zstd's decoder of whole
// bodies.
func elsewhere(codings string, body []byte) ([]byte, error) {
	names := strings.Split(codings, ", ")
	for i := len(names) - 1; i >= 0 && len(body) > 0; i-- {
		var err error
		if names[i] == "zstd" {
			body, err = wholeZstd.DecodeAll(body, nil)
		} else {
			body, err = decode("gzip", body)
		}
		if err != nil {
			return nil, err
		}
	}
	return body, nil
}
