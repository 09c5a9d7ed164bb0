package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// What the answer looks like is compared with net/http's in package paritytest; here is in which
// calls a carrier gets it.
func TestCalls(t *testing.T) {
	flush := func(w http.ResponseWriter) { w.(http.Flusher).Flush() }
	const plain = "Content-Type=text/plain; charset=utf-8"
	for _, row := range []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{"nothing", func(http.ResponseWriter, *http.Request) {}, "head 200 Content-Length=0; end"},
		{"small", write("hello"), "head 200 Content-Length=5 " + plain + "; body 5; end"},
		{"two small", func(w http.ResponseWriter, r *http.Request) { write("a")(w, r); write("b")(w, r) }, "head 200 Content-Length=2 " + plain + "; body 2; end"},
		{"large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 5000)) }, "head 200 Content-Type=application/octet-stream; body 5000; end"},
		{"large after small", func(w http.ResponseWriter, r *http.Request) {
			write("a")(w, r)
			_, _ = w.Write(make([]byte, 5000))
		}, "head 200 Content-Type=application/octet-stream; body 2048; body 2953; end"},
		{"flushed", func(w http.ResponseWriter, r *http.Request) {
			flush(w)
			write("a")(w, r)
			flush(w)
		}, "head 200; flush; body 1; flush; end"},
		{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "head 204; end"},
		{"103", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "x")
			w.Header().Set("Content-Length", "1")
			w.WriteHeader(103)
			w.WriteHeader(102)
			w.Header().Del("Link")
			write("a")(w, r)
		}, "inform 103 Link=x; inform 102 Link=x; head 200 Content-Length=1 " + plain + "; body 1; end"},
		{"sorted", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["B"] = []string{"2", "1"}
			w.Header()["A"] = []string{"3"}
			w.Header()["C"] = []string{" 4\r\nX: y "}
		}, "head 200 A=3 B=2 B=1 C=4  X: y Content-Length=0; end"},
		{"one connection's", func(w http.ResponseWriter, _ *http.Request) {
			for _, name := range []string{"Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "transfer-encoding", "Trailer", "X-Hop", "X-A"} {
				w.Header()[name] = []string{"v"}
			}
			w.Header()["Connection"] = []string{"close, x-hop", "Upgrade"}
			w.Header().Set("Upgrade", "h2c")
			flush(w)
		}, "head 200 X-A=v; flush; end"},
		{"two lengths", func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Length"] = []string{"1", "7"}
			write("a")(w, r)
		}, "head 200 Content-Length=1 " + plain + "; body 1; end"},
		{"too short", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "7")
			write("a")(w, r)
		}, "head 200 Content-Length=7 " + plain + "; body 1; abort"},
		{"panic", func(http.ResponseWriter, *http.Request) { panic("x") }, "abort"},
		{"panic after text", func(w http.ResponseWriter, r *http.Request) { write("a")(w, r); panic("x") }, "abort"},
		{"panic after flush", func(w http.ResponseWriter, _ *http.Request) { flush(w); panic("x") }, "head 200; flush; abort"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, out := serve(row.h, get(context.Background()), exchange.Options{})
			expect(t, c, row.want)
			if out.Aborted != strings.HasSuffix(row.want, "abort") || out.Unread {
				t.Errorf("%+v", out)
			}
		})
	}
}

func TestTrailers(t *testing.T) {
	c, _ := serve(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Trailer"] = []string{"x-a, Content-Length, If-X", "X-B"}
		_, _ = io.WriteString(w, "x")
		h["X-A"] = []string{"1", "2\n"}
		h.Set("If-X", "no")
		h.Set(http.TrailerPrefix+"X-C", "3")
		h.Set(http.TrailerPrefix+"bad name", "3")
	}, get(context.Background()), exchange.Options{Trailers: true})
	expect(t, c, "head 200 Trailer=x-a, Content-Length, If-X Trailer=X-B Content-Type=text/plain; charset=utf-8; body 1; end X-A=1 X-A=2 X-C=3")
}

// A carrier that fails: the handler learns of it, its context ends, and the carrier is only
// aborted.
func TestCarrierFails(t *testing.T) {
	for _, row := range []struct{ fails, want string }{
		{"head", "head 200; abort"},
		{"flush", "head 200; flush; abort"},
		{"body", "head 200; flush; body 1; abort"},
		{"end", "head 200; flush; body 1; flush; body 1; end; abort"},
	} {
		var errs []error
		c := &recorder{fails: row.fails}
		ctx := exchange.NewContext(context.Background(), nil)
		out := exchange.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := http.NewResponseController(w)
			for range 2 {
				errs = append(errs, rc.Flush())
				_, err := w.Write([]byte("x"))
				errs = append(errs, err)
			}
			_, err := io.Copy(w, strings.NewReader("x"))
			errs = append(errs, err)
			if row.fails != "end" && (r.Context().Err() == nil || errs[3] != errCarrier || err != errCarrier) {
				t.Errorf("%s: %v, context %v", row.fails, errs, r.Context().Err())
			}
		}), get(ctx), c, quiet(exchange.Options{Context: ctx}))
		if row.fails == "end" {
			row.want = strings.Replace(row.want, "body 1; end", "body 1; body 1; end", 1)
		}
		expect(t, c, row.want)
		if !out.Aborted {
			t.Errorf("%s: %+v", row.fails, out)
		}
	}
	c := &recorder{fails: "inform"}
	exchange.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103) }),
		get(context.Background()), c, quiet(exchange.Options{}))
	expect(t, c, "inform 103; abort")
}

func TestLog(t *testing.T) {
	for _, row := range []struct {
		name string
		h    http.HandlerFunc
		want string // a regular expression; "": nothing is logged
	}{
		{"panic", func(http.ResponseWriter, *http.Request) { panic("oops") }, `^level=ERROR msg="exchange: panic serving a request" peer=1.2.3.4:5 method=GET panic=oops stack=.*serve_test\.go`},
		{"abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
		{"goexit", func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, ""},
		{"superfluous", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			w.WriteHeader(200)
		}, `^level=WARN msg="exchange: superfluous WriteHeader" by="[^"]*TestLog\.func\d+ \(serve_test\.go:\d+\)"\n$`},
		{"superfluous, by http.Error", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			http.Error(w, "x", http.StatusNotFound)
		}, `TestLog\.func\d+ \(serve_test\.go:\d+\)"\n$`},
		{"length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "x")
			w.WriteHeader(200)
		}, `that is none`},
		{"length and coding", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "0")
			w.Header().Set("Transfer-Encoding", "gzip")
		}, `both Transfer-Encoding and Content-Length`},
		{"nothing", write("x"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var b bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			}}))
			r := get(context.Background())
			r.RemoteAddr = "1.2.3.4:5"
			done := make(chan struct{})
			go func() {
				defer close(done)
				exchange.Serve(row.h, r, new(recorder), exchange.Options{Logger: logger})
			}()
			<-done
			if row.want == "" && b.Len() > 0 || !regexp.MustCompile(row.want).MatchString(b.String()) {
				t.Errorf("logged %s", b.String())
			}
		})
	}
}

func TestHandlerOfNone(t *testing.T) {
	c := new(recorder)
	exchange.Serve(nil, get(context.Background()), c, exchange.Options{})
	if !strings.HasPrefix(c.String(), "head 404 ") {
		t.Error(c)
	}
}

func TestController(t *testing.T) {
	serve(func(w http.ResponseWriter, _ *http.Request) {
		rc := http.NewResponseController(w)
		if _, ok := w.(http.Hijacker); ok {
			t.Error("is a Hijacker")
		}
		_, _, hijack := rc.Hijack()
		for _, err := range []error{hijack, rc.SetReadDeadline(time.Now()), rc.SetWriteDeadline(time.Now())} {
			if !errors.Is(err, http.ErrNotSupported) {
				t.Error(err)
			}
		}
		if err := rc.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
	}, get(context.Background()), exchange.Options{})
}

func TestRefuse(t *testing.T) {
	c := new(recorder)
	if err := exchange.Refuse(c, 505); err != nil {
		t.Error(err)
	}
	expect(t, c, "head 505 Content-Type=text/plain; charset=utf-8; body 30; end")
	if c.body.String() != "505 HTTP Version Not Supported" {
		t.Errorf("%q", c.body.String())
	}
	for _, fails := range []string{"head", "body", "end"} {
		c := &recorder{fails: fails}
		if err := exchange.Refuse(c, 400); err != errCarrier || !strings.HasSuffix(c.String(), "; abort") {
			t.Errorf("%v: %s", err, c)
		}
	}
}

// fileCarrier can take a whole reader.
type fileCarrier struct {
	recorder
	file bool
}

func (c *fileCarrier) ReadFrom(src io.Reader) (int64, error) {
	if l, ok := src.(*io.LimitedReader); ok {
		_, c.file = l.R.(*os.File)
	} else {
		_, c.file = src.(*os.File)
	}
	n, err := io.Copy(&c.body, src)
	_ = c.note("readfrom", "")
	return n, err
}

// A file reaches a carrier that can send one as a file, and no more of it than the answer's
// length.
func TestReadFrom(t *testing.T) {
	for _, row := range []struct {
		length string
		n      int64
		err    error
		want   string
	}{
		{"", 10_000, nil, "head 200 Content-Type=application/octet-stream; body 512; readfrom; end"},
		{"10000", 10_000, nil, "head 200 Content-Length=10000 Content-Type=application/octet-stream; body 512; readfrom; end"},
		{"9999", 9_999, http.ErrContentLength, "head 200 Content-Length=9999 Content-Type=application/octet-stream; body 512; readfrom; end"},
		{"10001", 10_000, nil, "head 200 Content-Length=10001 Content-Type=application/octet-stream; body 512; readfrom; abort"},
	} {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(make([]byte, 10_000))
		_, _ = f.Seek(0, io.SeekStart)
		c := new(fileCarrier)
		exchange.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if row.length != "" {
				w.Header().Set("Content-Length", row.length)
			}
			if n, err := w.(io.ReaderFrom).ReadFrom(f); n != row.n || !errors.Is(err, row.err) {
				t.Errorf("length %s: %d %v", row.length, n, err)
			}
		}), get(context.Background()), c, quiet(exchange.Options{}))
		_ = f.Close()
		expect(t, c, row.want)
		if !c.file || int64(c.body.Len()) != row.n {
			t.Errorf("length %s: as a file: %v, %d bytes", row.length, c.file, c.body.Len())
		}
	}
}

// What a goroutine does that outlives its handler ends in errors, and not in the next answer.
func TestOutlives(t *testing.T) {
	var writers []http.ResponseWriter
	for range 50 {
		c, _ := serve(func(w http.ResponseWriter, _ *http.Request) {
			writers = append(writers, w)
			go func() {
				for range 100 {
					_, _ = io.WriteString(w, "late")
					w.(http.Flusher).Flush()
				}
			}()
			_, _ = io.WriteString(w, "early")
		}, get(context.Background()), exchange.Options{})
		body := c.body.String()
		if strings.Count(body, "early") != 1 || strings.Trim(strings.ReplaceAll(body, "early", ""), "late") != "" {
			t.Fatalf("%q", body)
		}
	}
	for _, w := range writers {
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("written after the end")
		}
		w.WriteHeader(500)
		rc := http.NewResponseController(w)
		if rc.Flush() == nil {
			t.Error("flushed after the end")
		}
		if n, err := io.Copy(w, strings.NewReader("x")); n != 0 || err == nil {
			t.Errorf("copied after the end: %d %v", n, err)
		}
	}
}

// After a panic the carrier gets nothing more either.
func TestOutlivesPanic(t *testing.T) {
	var w http.ResponseWriter
	c, _ := serve(func(rw http.ResponseWriter, _ *http.Request) {
		w = rw
		panic(http.ErrAbortHandler)
	}, get(context.Background()), exchange.Options{})
	w.WriteHeader(http.StatusEarlyHints)
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	expect(t, c, "abort")
}
