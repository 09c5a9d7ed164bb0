package gzip_test

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// The handler reads plain JSON, whatever the client has coded it with. What is too long, also
// when it was small on its way, is answered for.
func ExampleDecompressor_Wrap() {
	inbox := (&gzip.Decompressor{MaxBytes: 1 << 20}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var names []string
		if err := json.NewDecoder(r.Body).Decode(&names); err != nil {
			http.Error(w, "that is not a list of names", http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "%d names", len(names))
	}))

	names := `["Ada"` + strings.Repeat(`,"Grace"`, 1000) + `]`
	send(inbox, "", []byte(names))
	send(inbox, "gzip", codedIn(names, "gzip"))
	send(inbox, "gzip, zstd", codedIn(names, "gzip", "zstd"))
	send(inbox, "gzip", codedIn(`["`+strings.Repeat("A", 2<<20)+`"]`, "gzip"))
	send(inbox, "br", []byte("?"))
	// Output:
	// 200 1001 names
	// 200 1001 names
	// 200 1001 names
	// 413
	// 415 it takes zstd, gzip
}

// inflate undoes deflate, whose name is HTTP's and whose format is zlib's
// (RFC 9110 §8.4.1.2). For brotli NewDecoder returns brotli.NewReader(nil) of
// github.com/andybalholm/brotli, and Coding returns "br"; nothing else is needed.
type inflate struct{}

func (inflate) Coding() string { return "deflate" }

func (inflate) NewDecoder() (gzip.Decoder, error) { return &inflater{}, nil }

type inflater struct {
	from io.Reader
	zr   io.ReadCloser // nil until the first body
	open bool
}

func (d *inflater) Reset(from io.Reader) error {
	d.from, d.open = from, false
	if from == nil && d.zr != nil {
		// The reader has to let go, too; it reports that there is nothing to read.
		_ = d.zr.(zlib.Resetter).Reset(strings.NewReader(""), nil)
	}
	return nil
}

func (d *inflater) Read(p []byte) (n int, err error) {
	if !d.open {
		if d.zr == nil {
			d.zr, err = zlib.NewReader(d.from)
		} else {
			err = d.zr.(zlib.Resetter).Reset(d.from, nil)
		}
		if err != nil {
			return 0, err
		}
		d.open = true
	}
	return d.zr.Read(p)
}

// Another coding: it is undone too, and named when something is refused.
func ExampleDecoding() {
	inbox := (&gzip.Decompressor{
		Decodings: []gzip.Decoding{gzip.Zstd{}, gzip.Gzip{}, inflate{}},
	}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))

	var b bytes.Buffer
	zw := zlib.NewWriter(&b)
	_, _ = io.WriteString(zw, "once upon a time")
	_ = zw.Close()
	send(inbox, "deflate", b.Bytes())
	send(inbox, "br", b.Bytes())
	// Output:
	// 200 once upon a time
	// 415 it takes zstd, gzip, deflate
}

// The limit of http.MaxBytesReader counts what it reads. Outside the Decompressor those are
// the coded bytes, and a few of them become many; MaxBytes is the one that
// protects the handler.
func ExampleDecompressor_Wrap_incorrect() {
	size := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, limited := errors.AsType[*http.MaxBytesError](err)
		fmt.Fprintf(w, "%d bytes, limited: %t", n, limited)
	})
	body := codedIn(strings.Repeat("a", 1<<20), "gzip")
	const limit = 64 << 10

	send(http.MaxBytesHandler((&gzip.Decompressor{}).Wrap(size), limit), "gzip", body)
	send((&gzip.Decompressor{MaxBytes: limit}).Wrap(size), "gzip", body)
	// Output:
	// 200 1048576 bytes, limited: false
	// 200 65536 bytes, limited: true
}

// send posts a body to h and prints the answer.
func send(h http.Handler, coding string, body []byte) {
	r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
	if coding != "" {
		r.Header.Set("Content-Encoding", coding)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	switch takes := rec.Header().Get("Accept-Encoding"); {
	case takes != "":
		fmt.Println(rec.Code, "it takes", takes)
	case rec.Code >= 400:
		fmt.Println(rec.Code)
	default:
		fmt.Println(rec.Code, rec.Body)
	}
}
