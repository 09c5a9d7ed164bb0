package gzip_test

import (
	"bufio"
	"bytes"
	stdgzip "compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// RFC 9110 §10.1.1: the client is asked to continue when the handler reads, and not before.
func TestDecompressor_expectContinue(t *testing.T) {
	for _, reads := range []bool{false, true} {
		protocols(t, func(t *testing.T, proto int) {
			var asked, sent atomic.Bool
			s := serveHandler(t, proto, (&gzip.Decompressor{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if reads {
					if b, err := io.ReadAll(r.Body); string(b) != prose || err != nil {
						t.Errorf("%d bytes, %v", len(b), err)
					}
				}
				w.WriteHeader(http.StatusTeapot)
			})))
			s.server.Client().Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(int, textproto.MIMEHeader) error { asked.Store(true); return nil },
			})
			body := bytes.NewReader(codedIn(prose, "gzip"))
			r, _ := http.NewRequestWithContext(ctx, "POST", s.server.URL, reader(func(p []byte) (int, error) {
				sent.Store(true)
				return body.Read(p)
			}))
			r.Header.Set("Content-Encoding", "gzip")
			r.Header.Set("Expect", "100-continue")
			res, err := s.server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusTeapot || asked.Load() != reads || sent.Load() != reads {
				t.Errorf("the handler reads: %t; status %d, asked %t, sent %t", reads, res.StatusCode, asked.Load(), sent.Load())
			}
		})
	}
}

type reader func([]byte) (int, error)

func (f reader) Read(p []byte) (int, error) { return f(p) }

// What was flushed can be read before the rest is there: the client waits for the answer to
// each piece before it sends the next.
func TestDecompressor_streaming(t *testing.T) {
	type flusher interface {
		io.WriteCloser
		Flush() error
	}
	for _, c := range []struct {
		name, coding string
		writer       func(w io.Writer) flusher
		again        bool // a member or a frame for each piece
	}{
		{"gzip", "gzip", func(w io.Writer) flusher { return stdgzip.NewWriter(w) }, false},
		{"members", "gzip", func(w io.Writer) flusher { return stdgzip.NewWriter(w) }, true},
		{"zstd", "zstd", func(w io.Writer) flusher { zw, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)); return zw }, false},
		{"frames", "zstd", func(w io.Writer) flusher { zw, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)); return zw }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				s := serveHandler(t, proto, (&gzip.Decompressor{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_ = http.NewResponseController(w).EnableFullDuplex()
					w.(http.Flusher).Flush()
					lines := bufio.NewReader(r.Body)
					for {
						line, err := lines.ReadString('\n')
						if err != nil {
							fmt.Fprintln(w, err)
							return
						}
						_, _ = io.WriteString(w, strings.ToUpper(line))
						w.(http.Flusher).Flush()
					}
				})))
				from, to := io.Pipe()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				defer context.AfterFunc(ctx, func() { from.CloseWithError(ctx.Err()) })()
				r, _ := http.NewRequestWithContext(ctx, "POST", s.server.URL, from)
				r.Header.Set("Content-Encoding", c.coding)
				var res *http.Response
				var answers *bufio.Reader
				zw := c.writer(to)
				for i := range 5 {
					line := fmt.Sprintf("line %d\n", i)
					piece := make(chan error, 1)
					go func() { // the pipe holds it up until the server reads
						_, err := io.WriteString(zw, line)
						switch {
						case err != nil:
						case c.again:
							err = zw.Close()
							zw = c.writer(to)
						default:
							err = zw.Flush()
						}
						piece <- err
					}()
					if res == nil {
						var err error
						if res, err = s.server.Client().Do(r); err != nil {
							t.Fatal(err)
						}
						defer res.Body.Close()
						answers = bufio.NewReader(res.Body)
					}
					if got, err := answers.ReadString('\n'); got != strings.ToUpper(line) || err != nil {
						t.Fatalf("%q, %v", got, err)
					}
					if err := <-piece; err != nil {
						t.Fatal(err)
					}
				}
				go func() {
					if !c.again {
						_ = zw.Close()
					}
					_ = to.Close()
				}()
				if got, err := io.ReadAll(answers); string(got) != "EOF\n" || err != nil {
					t.Errorf("at the end: %q, %v", got, err)
				}
			})
		})
	}
}

// A connection that breaks off where a body could have ended does not end it:
// klauspost/compress#1128.
func TestDecompressor_connectionBreaks(t *testing.T) {
	for _, codings := range []string{"gzip", "zstd", "zstd, gzip", "gzip, zstd"} {
		body := codedIn("half of it", strings.Split(codings, ", ")...)
		for _, length := range []string{fmt.Sprintf("Content-Length: %d\r\n\r\n", 2*len(body)), fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", len(body))} {
			type result struct {
				body string
				err  error
			}
			got := make(chan result, 1)
			s := serveHandler(t, 1, (&gzip.Decompressor{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, err := io.ReadAll(r.Body)
				got <- result{string(b), err}
			})))
			conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: %s\r\n%s%s\r\n", codings, length, body)
			_ = conn.(*net.TCPConn).CloseWrite()
			if g := <-got; g.body != "half of it" || !errors.Is(g.err, io.ErrUnexpectedEOF) {
				t.Errorf("%s, %.20q: %q, %v", codings, length, g.body, g.err)
			}
			conn.Close()
		}
	}
}

// Its decoder's error is not the body's fault when the request's own body has one.
func TestDecompressor_underlyingError(t *testing.T) {
	own := errors.New("own")
	for _, codings := range []string{"gzip", "zstd", "gzip, zstd", "zstd, gzip"} {
		body := codedIn(prose, strings.Split(codings, ", ")...)
		for _, n := range []int{0, 1, 5, len(body) / 2, len(body) - 1, len(body)} {
			r := posted(codings, nil)
			r.Body, r.ContentLength = io.NopCloser(io.MultiReader(bytes.NewReader(body[:n]), reader(func([]byte) (int, error) { return 0, own }))), -1
			h, rec := new(reading), httptest.NewRecorder()
			(&gzip.Decompressor{}).Wrap(h).ServeHTTP(rec, r)
			if h.err != own || rec.Code != http.StatusOK {
				t.Errorf("%s, %d of %d bytes: %v, status %d", codings, n, len(body), h.err, rec.Code)
			}
		}
	}
}

// A decoder that stops at its end, as most do, does not hide what comes after.
func TestDecompressor_afterTheEnd(t *testing.T) {
	d := &gzip.Decompressor{Decodings: []gzip.Decoding{inflate{}, gzip.Gzip{}}}
	var b bytes.Buffer
	zw := zlib.NewWriter(&b)
	_, _ = io.WriteString(zw, prose)
	_ = zw.Close()
	for _, c := range []struct {
		codings string
		body    []byte
		ok      bool
	}{
		{"deflate", b.Bytes(), true},
		{"deflate", append(bytes.Clone(b.Bytes()), make([]byte, 8192)...), false},
		{"deflate, gzip", codedIn(b.String(), "gzip"), true},
		{"deflate, gzip", codedIn(b.String()+strings.Repeat("x", 8192), "gzip"), false},
		{"deflate, gzip", codedIn(b.String(), "gzip")[:b.Len()], false},
	} {
		plain, status, err := readBack(d, c.codings, c.body)
		if plain != prose || c.ok != (err == nil) || c.ok != (status == http.StatusOK) {
			t.Errorf("%s: %d bytes, %v, status %d", c.codings, len(plain), err, status)
		}
	}
}

// closing counts how often a body is closed.
type closing struct {
	io.Reader
	closed int
}

func (c *closing) Close() error { c.closed++; return nil }

// A decoder goes back once, whatever the handler does: opentelemetry-collector#13954, echo#2018.
func TestDecompressor_decodersGoBackOnce(t *testing.T) {
	const once = "Reset Read let go"
	some := func(r *http.Request) { _, _ = io.ReadFull(r.Body, make([]byte, 10)) }
	all := func(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	shut := func(r *http.Request) { _ = r.Body.Close() }
	for _, c := range []struct {
		name    string
		handler func(r *http.Request)
		history string
		closed  int
	}{
		{"does not read", func(*http.Request) {}, "", 0},
		{"closes without reading", shut, "", 1},
		{"reads nothing", func(r *http.Request) { _, _ = r.Body.Read(nil) }, "", 0},
		{"reads some", some, once, 0},
		{"reads all", all, once, 0},
		{"reads on", func(r *http.Request) { all(r); some(r); all(r) }, once, 0},
		{"closes", func(r *http.Request) { all(r); shut(r) }, once, 1},
		{"closes twice", func(r *http.Request) { some(r); shut(r); shut(r) }, once, 1},
		{"reads after closing", func(r *http.Request) { some(r); shut(r); all(r) }, once, 1},
		{"takes another body", func(r *http.Request) { some(r); r.Body = http.NoBody }, once, 0},
		{"panics", func(r *http.Request) { some(r); panic("the handler") }, once, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watchedDecoding{Decoding: gzip.Gzip{}}
			h := (&gzip.Decompressor{Decodings: []gzip.Decoding{w}}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { c.handler(r) }))
			r := posted("gzip", codedIn(prose, "gzip"))
			own := &closing{Reader: r.Body}
			r.Body = own
			func() {
				defer func() { _ = recover() }()
				h.ServeHTTP(httptest.NewRecorder(), r)
			}()
			if got := w.history(); got != c.history || own.closed != c.closed {
				t.Errorf("the decoder: %q; the request's body was closed %d times", got, own.closed)
			}
		})
	}
}

// While the handler goes on for long after the end of the body, its decoder serves others.
func TestDecompressor_decoderGoesBackAtTheEnd(t *testing.T) {
	w := &watchedDecoding{Decoding: gzip.Gzip{}}
	(&gzip.Decompressor{Decodings: []gzip.Decoding{w}}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if got := w.history(); got != "Reset Read let go" {
			t.Errorf("at the end of the body: %q", got)
		}
	})).ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
}

// A closed body gives no more bytes, not even those that have been decoded: golang/go#56020.
func TestDecompressor_readAfterClose(t *testing.T) {
	var body io.ReadCloser
	h := (&gzip.Decompressor{}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body = r.Body
		_, _ = io.ReadFull(r.Body, make([]byte, 10))
		if r.URL.Path == "/close" {
			if err := r.Body.Close(); err != nil {
				t.Error(err)
			}
			if n, err := r.Body.Read(make([]byte, 10)); n > 0 || err != http.ErrBodyReadAfterClose {
				t.Errorf("after Close: %d bytes, %v", n, err)
			}
		}
	}))
	for _, path := range []string{"/close", "/"} {
		r := posted("gzip", codedIn(prose, "gzip"))
		r.URL.Path = path
		h.ServeHTTP(httptest.NewRecorder(), r)
		if n, err := body.Read(make([]byte, 10)); n > 0 || err != http.ErrBodyReadAfterClose {
			t.Errorf("after the handler: %d bytes, %v", n, err)
		}
		if err := body.Close(); err != nil {
			t.Errorf("Close after the handler: %v", err)
		}
	}
}

// A goroutine that still reads when its handler has returned keeps the decoder for as long as
// its Read takes; nobody else gets it.
func TestDecompressor_readerLeftBehind(t *testing.T) {
	inRead, goOn, done := make(chan bool), make(chan bool), make(chan error)
	var slow atomic.Bool
	slow.Store(true)
	w := &watchedDecoding{Decoding: gzip.Gzip{}, read: func() {
		if slow.Swap(false) {
			inRead <- true
			<-goOn
		}
	}}
	h := (&gzip.Decompressor{Decodings: []gzip.Decoding{w}}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/leaves" {
			go func() {
				_, err := io.Copy(io.Discard, onlyReader{r.Body})
				done <- err
			}()
			<-inRead
			return
		}
		if b, err := io.ReadAll(r.Body); string(b) != prose || err != nil {
			t.Errorf("the next request: %d bytes, %v", len(b), err)
		}
	}))
	leaves := posted("gzip", codedIn(prose, "gzip"))
	leaves.URL.Path = "/leaves"
	h.ServeHTTP(httptest.NewRecorder(), leaves)
	if got := w.history(); got != "Reset Read" {
		t.Errorf("while a goroutine reads: %q", got)
	}
	h.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
	close(goOn)
	if err := <-done; err != http.ErrBodyReadAfterClose {
		t.Errorf("the goroutine reads on: %v", err)
	}
	if got := w.history(); got != "Reset Read let go\nReset Read let go" {
		t.Errorf("when it has read: %q", got)
	}
}

// What a decoder that panicked holds is anybody's guess. It serves nobody again.
func TestDecompressor_decoderPanics(t *testing.T) {
	broken := true
	w := &watchedDecoding{Decoding: gzip.Gzip{}, read: func() {
		if broken {
			panic("a decoder")
		}
	}}
	h := (&gzip.Decompressor{Decodings: []gzip.Decoding{w}}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if n, err := r.Body.Read(make([]byte, 1)); n > 0 || err == nil {
					t.Errorf("after a panic: %d, %v", n, err)
				}
			}
		}()
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	h.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
	if got := w.history(); got != "Reset Read" {
		t.Errorf("after a panic: %q", got)
	}
	broken = false
	h.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
	if got := w.history(); got != "Reset Read\nReset Read let go" {
		t.Errorf("the next request: %q", got)
	}
}

// What a body decodes to does not depend on whose body its decoder had before. This one has a
// block without distance codes, and uses them.
func TestDecompressor_decodersRememberNothing(t *testing.T) {
	const noDistances = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x27\xa4\xd6\xcb\xad\xc2\x40\x0c\x40\xd1\xfd\xab\xc2\x05\x3c\x29\xf8\x13\x3e\x4b\x4a\x89" +
		"\x20\x52\x22\x41\x46\x9a\x30\x43\xfb\x88\x0d\x05\xf8\xee\xa5\xbd\x4c\xbb\xac\x5a\x37\x39\x58\x94\x31\x42\x37\x59\x37\x39\x37\x59\x37\x39\x2c\x37\x31\x39\x37\x39\x4a\x9b\xf9\x00\xff"
	d := gzip.Decompressor{}
	fresh, _, err := readBack(&d, "gzip", []byte(noDistances))
	if err == nil {
		t.Fatal("no error")
	}
	used := new(reading)
	h := d.Wrap(used)
	for _, size := range []int{100, 3000, len(prose)} {
		h.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose[:size], "gzip")))
		h.ServeHTTP(httptest.NewRecorder(), posted("gzip", []byte(noDistances)))
		if used.body != fresh || used.err.Error() != err.Error() {
			t.Errorf("alone: %d bytes, %v; after another body: %d bytes %q, %v", len(fresh), err, len(used.body), used.body, used.err)
		}
	}
}

// HTTP/1.1 goes on with the connection when a handler has read only half.
func TestDecompressor_keepAlive(t *testing.T) {
	var remotes []string
	var half atomic.Bool
	s := serveHandler(t, 1, (&gzip.Decompressor{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remotes = append(remotes, r.RemoteAddr)
		size := len(prose)
		if half.Load() {
			size = 10
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(r.Body, b); err != nil || string(b) != prose[:size] {
			t.Errorf("%.20q, %v", b, err)
		}
	})))
	for i := range 6 {
		half.Store(i%2 == 0)
		coding := []string{"gzip", "zstd", "gzip, zstd"}[i/2]
		s.post(coding, bytes.NewReader(codedIn(prose, strings.Split(coding, ", ")...))).status(http.StatusOK)
	}
	for _, remote := range remotes {
		if remote != remotes[0] {
			t.Fatalf("connections from %v", remotes)
		}
	}
}

// Trailers are there at the end of the body, as without the layer.
func TestDecompressor_trailers(t *testing.T) {
	for _, codings := range []string{"gzip", "zstd"} {
		protocols(t, func(t *testing.T, proto int) {
			s := serveHandler(t, proto, (&gzip.Decompressor{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if b, err := io.ReadAll(r.Body); string(b) != prose || err != nil {
					t.Errorf("%d bytes, %v", len(b), err)
				}
				if got := r.Trailer.Get("X-Sum"); got != "42" {
					t.Errorf("trailers %v", r.Trailer)
				}
			})))
			r, _ := http.NewRequestWithContext(t.Context(), "POST", s.server.URL, onlyReader{bytes.NewReader(codedIn(prose, codings))})
			r.Header.Set("Content-Encoding", codings)
			r.Trailer = http.Header{"X-Sum": {"42"}}
			res, err := s.server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
		})
	}
}

// Many at once, whole and not, each with a body of its own.
func TestDecompressor_concurrent(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, (&gzip.Decompressor{MaxBytes: 1 << 20}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			if r.URL.Query().Has("close") {
				r.Body.Close()
				r.Body.Close()
			}
			_, _ = w.Write(b)
		})))
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for j := range 10 {
					want := fmt.Sprintf("%d of %d: %s", j, i, prose[:i*j])
					codings := []string{"gzip", "zstd", "gzip, zstd"}[j%3]
					body := codedIn(want, strings.Split(codings, ", ")...)
					if j%5 == 4 {
						s.post(codings, bytes.NewReader(body[:len(body)-2])).status(http.StatusBadRequest)
						continue
					}
					s.post(codings, bytes.NewReader(body)).is("", want)
				}
			})
		}
		wg.Wait()
	})
}
