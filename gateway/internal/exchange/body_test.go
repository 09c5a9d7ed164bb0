package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// What is read of the stream, and what the protocol is told about it.
func TestBody(t *testing.T) {
	const kib = 1 << 10
	all := func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	none := func(http.ResponseWriter, *http.Request) {}
	for _, row := range []struct {
		name         string
		h            http.HandlerFunc
		length, sent int
		bodyFirst    bool
		left         int // of what was sent
		unread       bool
	}{
		{"none", all, 0, 100, false, 100, false},
		{"read", all, 100, 200, false, 100, false},
		{"read, unknown length", all, -1, 200, false, 0, false},
		{"read, torn", all, 100, 50, false, 0, true},
		{"ignored", none, 100, 200, false, 100, false},
		{"ignored, unknown length", none, -1, 200, false, 0, false},
		{"ignored, torn", none, 100, 50, false, 0, true},
		{"ignored, 256 KiB", none, 256 * kib, 257 * kib, false, kib, false},
		{"ignored, more", none, 256*kib + 1, 256*kib + 1, false, 256*kib + 1, true},
		{"ignored, much more of unknown length", none, -1, 1024 * kib, false, 512*kib - 1, true},
		{"ignored, more, body first", none, 1024 * kib, 1024*kib + 1, true, 1, false},
		{"some, more", func(_ http.ResponseWriter, r *http.Request) { _, _ = r.Body.Read(make([]byte, 10)) }, 512 * kib, 512 * kib, false, 512*kib - 10, true},
		{"closed", func(_ http.ResponseWriter, r *http.Request) { _ = r.Body.Close() }, 100, 200, false, 100, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			src := bytes.NewReader(make([]byte, row.sent))
			_, out := serve(row.h, post(int64(row.length)), exchange.Options{Body: src, BodyFirst: row.bodyFirst})
			if src.Len() != row.left || out.Unread != row.unread {
				t.Errorf("left %d, %+v", src.Len(), out)
			}
		})
	}
}

func TestBodyErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, row := range []struct {
		name   string
		src    io.Reader
		length int64
		want   error
	}{
		{"torn", strings.NewReader("abc"), 4, io.ErrUnexpectedEOF},
		{"one by one", iotest.OneByteReader(strings.NewReader("abcd")), 4, nil},
		{"end with data", iotest.DataErrReader(strings.NewReader("abcd")), 4, nil},
		{"end with data, unknown length", iotest.DataErrReader(strings.NewReader("abcd")), -1, nil},
		{"broken", io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)), 4, broken},
		{"broken, unknown length", io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)), -1, broken},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(func(_ http.ResponseWriter, r *http.Request) {
				if _, err := io.ReadAll(r.Body); err != row.want {
					t.Errorf("got %v, want %v", err, row.want)
				}
			}, post(row.length), exchange.Options{Body: row.src})
		})
	}
}

// The body is gone with the handler, for goroutines that are not.
func TestBodyOutlives(t *testing.T) {
	r := post(5)
	serve(func(http.ResponseWriter, *http.Request) {}, r, exchange.Options{Body: strings.NewReader("hello")})
	if _, err := r.Body.Read(make([]byte, 1)); err != http.ErrBodyReadAfterClose {
		t.Error(err)
	}
}

func TestExpectContinue(t *testing.T) {
	read := func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	const end = "head 200 Content-Length=0; end"
	for _, row := range []struct {
		name   string
		h      http.HandlerFunc
		change func(*http.Request)
		want   string
		unread bool
	}{
		{"read", read, func(*http.Request) {}, "inform 100; " + end, false},
		{"not read", func(http.ResponseWriter, *http.Request) {}, func(*http.Request) {}, end, false},
		{"by hand", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(100); read(w, r) }, func(*http.Request) {}, "inform 100; " + end, false},
		{"hints first", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(103); read(w, r) }, func(*http.Request) {}, "inform 103; inform 100; " + end, false},
		{"status first", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200); read(w, r) }, func(*http.Request) {}, end, false},
		{"no body", read, func(r *http.Request) { r.ContentLength = 0 }, end, false},
		{"HTTP/1.0", read, func(r *http.Request) { r.ProtoMinor = 0 }, end, false},
		{"another", read, func(r *http.Request) { r.Header.Set("Expect", "x") }, "head 417 Content-Length=0; end", false},
		{"empty", read, func(r *http.Request) { r.Header.Set("Expect", "") }, end, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := post(5)
			r.Header.Set("Expect", "100-Continue")
			row.change(r)
			c, out := serve(row.h, r, exchange.Options{Body: strings.NewReader("hello")})
			expect(t, c, row.want)
			if out.Unread != row.unread {
				t.Errorf("%+v", out)
			}
		})
	}
}

// Uploads that are in files are removed.
func TestMultipart(t *testing.T) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, _ := form.CreateFormFile("f", "f")
	_, _ = part.Write(make([]byte, 100_000))
	_ = form.Close()
	r := post(int64(b.Len()))
	r.Header.Set("Content-Type", form.FormDataContentType())
	var name string
	serve(func(_ http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			t.Fatal(err)
		}
		f, err := r.MultipartForm.File["f"][0].Open()
		if err != nil {
			t.Fatal(err)
		}
		name = f.(*os.File).Name()
		_ = f.Close()
		panic(http.ErrAbortHandler)
	}, r, exchange.Options{Body: &b})
	if _, err := os.Stat(name); name == "" || !os.IsNotExist(err) {
		t.Errorf("%q: %v", name, err)
	}
}

// Reading and answering at once.
func TestFullDuplex(t *testing.T) {
	in, send := io.Pipe()
	c := new(recorder)
	done := make(chan struct{})
	go func() {
		defer close(done)
		exchange.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := http.NewResponseController(w)
			_ = rc.EnableFullDuplex()
			buf := make([]byte, 1)
			for {
				n, err := r.Body.Read(buf)
				_, _ = w.Write(buf[:n])
				_ = rc.Flush()
				if err != nil {
					return
				}
			}
		}), post(-1), c, quiet(exchange.Options{Body: in, Context: exchange.NewContext(context.Background(), nil)}))
	}()
	for _, b := range []byte("abc") {
		_, _ = send.Write([]byte{b})
	}
	_ = send.Close()
	<-done
	if c.body.String() != "abc" {
		t.Error(c)
	}
}
