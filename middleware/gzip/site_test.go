package gzip_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// prose is worth compressing. Its lines differ, so that a piece that is missing or
// repeated shows.
var prose = func() string {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "%d. A surcoat is worn over the mail, and shows whose it is.\n", i)
	}
	return b.String()
}()

// protocols runs a test on HTTP/1.1 and on HTTP/2.
func protocols(t *testing.T, f func(t *testing.T, proto int)) {
	t.Helper()
	for _, proto := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP%d", proto), func(t *testing.T) { f(t, proto) })
	}
}

// site is a server with a Compressor around one handler.
type site struct {
	t      *testing.T
	server *httptest.Server
	log    *logbook
}

// serve starts a site with the zero Compressor.
func serve(t *testing.T, proto int, h http.HandlerFunc) *site {
	t.Helper()
	return serveWith(t, proto, &gzip.Compressor{}, h)
}

func serveWith(t *testing.T, proto int, c *gzip.Compressor, h http.HandlerFunc) *site {
	t.Helper()
	return serveHandler(t, proto, c.Wrap(h))
}

func serveHandler(t *testing.T, proto int, h http.Handler) *site {
	t.Helper()
	s := &site{t: t, server: httptest.NewUnstartedServer(h), log: new(logbook)}
	s.server.Config.ErrorLog = log.New(s.log, "", 0)
	if proto == 2 {
		s.server.EnableHTTP2 = true
		s.server.StartTLS()
	} else {
		s.server.Start()
	}
	transport := s.server.Client().Transport.(*http.Transport)
	transport.DisableCompression = true
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

// quiet fails when the server had reason to complain.
func (s *site) quiet() {
	s.t.Helper()
	if said := s.log.String(); said != "" {
		s.t.Errorf("the server's log says: %s", said)
	}
}

type logbook struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// answer is what a client received.
type answer struct {
	t *testing.T
	*http.Response
	raw     []byte
	rawErr  error // the body broke off
	interim []interim
}

type interim struct {
	status int
	header textproto.MIMEHeader
}

// get asks for "/" with header fields given as "Name: value".
func (s *site) get(fields ...string) answer {
	s.t.Helper()
	return s.do("GET", fields...)
}

func (s *site) do(method string, fields ...string) answer {
	s.t.Helper()
	a := answer{t: s.t}
	trace := &httptrace.ClientTrace{Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
		a.interim = append(a.interim, interim{status, h})
		return nil
	}}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), method, s.server.URL, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	a.Response, err = s.server.Client().Do(r)
	if err != nil {
		s.t.Fatalf("%s %v: %v", method, fields, err)
	}
	defer a.Body.Close()
	a.raw, a.rawErr = io.ReadAll(a.Body)
	return a
}

func (a answer) coding() string { return strings.Join(a.Header.Values("Content-Encoding"), ", ") }

// decode undoes the coding with a decoder of another make where there is one.
func decode(coding string, coded []byte) ([]byte, error) {
	switch coding {
	case "gzip":
		zr, err := stdgzip.NewReader(bytes.NewReader(coded))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(zr)
	case "zstd":
		zr, err := zstd.NewReader(bytes.NewReader(coded), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer zr.Close()
		return io.ReadAll(zr)
	}
	return coded, nil
}

// is fails unless the answer is whole, in the coding ("" is identity), and of these bytes.
func (a answer) is(coding, want string) {
	a.t.Helper()
	if a.rawErr != nil {
		a.t.Errorf("the body broke off: %v", a.rawErr)
	}
	if got := a.coding(); got != coding {
		a.t.Errorf("status %d, Content-Encoding %q, want %q", a.StatusCode, got, coding)
	}
	body, err := decode(a.coding(), a.raw)
	if err != nil {
		a.t.Errorf("the body does not decode: %v", err)
	}
	if string(body) != want {
		a.t.Errorf("a body of %d bytes %.60q, want %d bytes %.60q", len(body), body, len(want), want)
	}
	if coding != "" && a.ContentLength >= 0 && a.ContentLength != int64(len(a.raw)) && a.Request.Method != "HEAD" {
		a.t.Errorf("Content-Length %d beside %d coded bytes", a.ContentLength, len(a.raw))
	}
}

// status fails unless the answer has it.
func (a answer) status(want int) {
	a.t.Helper()
	if a.StatusCode != want {
		a.t.Errorf("status %d, want %d", a.StatusCode, want)
	}
}

// field fails unless a header field has exactly these lines.
func (a answer) field(name string, want ...string) {
	a.t.Helper()
	if got := a.Header.Values(name); strings.Join(got, " | ") != strings.Join(want, " | ") {
		a.t.Errorf("%s %q, want %q", name, got, want)
	}
}

// text answers with prose, or with another body, as text.
func text(w http.ResponseWriter, _ *http.Request) { write(w, "text/plain; charset=utf-8", prose) }

func write(w http.ResponseWriter, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	_, _ = io.WriteString(w, body)
}

// with returns a handler that sets header fields and then answers with prose.
func with(fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Add(name, value)
		}
		_, _ = io.WriteString(w, prose)
	}
}

// wrap puts the zero Compressor around h.
func wrap(h http.Handler) http.Handler { return (&gzip.Compressor{}).Wrap(h) }
