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
