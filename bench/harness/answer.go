package harness

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/klauspost/compress/zstd"
)

// Response is what a client saw of one answer.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Get returns a function that makes a GET request with the given header fields.
func Get(path string, fields ...string) func() *http.Request {
	return func() *http.Request {
		r := httptest.NewRequest("GET", "https://bench.example"+path, nil)
		r.RequestURI = path // as on a server
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		return r
	}
}

// Visit serves a copy of r and returns the answer.
func Visit(h http.Handler, r *http.Request) Response {
	rec := NewRecorder()
	rec.keep = true
	own := *r
	h.ServeHTTP(rec, &own)
	rec.finish()
	return Response{rec.status, rec.sent, rec.body}
}

// AnyCoding lets WantBody take the body as it comes.
const AnyCoding = "any"

// WantBody checks for status 200, the coding, the media type and the decoded body. A body in
// the coding dcz needs [WantDifference].
func WantBody(coding, mediaType string, want []byte) func(Response) error {
	return WantDifference(nil, coding, mediaType, want)
}

// WantDifference is WantBody for a client that has a dictionary (RFC 9842).
func WantDifference(dictionary []byte, coding, mediaType string, want []byte) func(Response) error {
	return func(res Response) error {
		if res.Status != http.StatusOK {
			return fmt.Errorf("status %d, body %.80q", res.Status, res.Body)
		}
		got := res.Header.Get("Content-Encoding")
		if got != coding && coding != AnyCoding {
			return fmt.Errorf("Content-Encoding %q, want %q", got, coding)
		}
		if got := res.Header.Get("Content-Type"); got != mediaType {
			return fmt.Errorf("Content-Type %q, want %q", got, mediaType)
		}
		body, err := decode(res.Body, got, dictionary)
		if err != nil {
			return fmt.Errorf("the body does not decode: %w", err)
		}
		if !bytes.Equal(body, want) {
			return fmt.Errorf("body of %d bytes, want %d: %.80q", len(body), len(want), body)
		}
		return nil
	}
}

// decode undoes one content coding.
func decode(body []byte, coding string, dictionary []byte) ([]byte, error) {
	switch coding {
	case "":
		return body, nil
	case "gzip":
		zr, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(zr)
	case "zstd":
		return decodeZstd(body)
	case "dcz":
		hash := sha256.Sum256(dictionary)
		frame, found := bytes.CutPrefix(body, append([]byte("\x5e\x2a\x4d\x18\x20\x00\x00\x00"), hash[:]...))
		if dictionary == nil || !found {
			return nil, fmt.Errorf("not a difference from the dictionary at hand: %.40x", body)
		}
		return decodeZstd(frame, zstd.WithDecoderDictRaw(0, dictionary))
	}
	return nil, fmt.Errorf("unknown coding %q", coding)
}

func decodeZstd(body []byte, options ...zstd.DOption) ([]byte, error) {
	zr, err := zstd.NewReader(nil, append(options, zstd.WithDecoderConcurrency(1))...)
	if err != nil {
		return nil, err
	}
	defer zr.Close()
	return zr.DecodeAll(body, nil)
}
