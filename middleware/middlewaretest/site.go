package middlewaretest

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
)

// protocol is a version of HTTP that every layer is tried with.
type protocol int

const (
	http1 protocol = 1
	http2 protocol = 2
)

func (p protocol) String() string {
	if p == http2 {
		return "HTTP2"
	}
	return "HTTP1"
}

// site is a running server with the layer around one handler, and its client.
type site struct {
	t       *trial
	server  *httptest.Server
	client  *http.Client
	log     *syncBuffer // the server's error log
	records chan *record
}

// serve starts a server with t's layer around app.
func (t *trial) serve(app http.HandlerFunc) *site {
	return t.serveWrapped(t.layer(app))
}

// serveWrapped starts a server for a handler that has its layer on already.
func (t *trial) serveWrapped(h http.Handler) *site {
	s := &site{t: t, log: &syncBuffer{}, records: make(chan *record, 4096)}
	s.server = httptest.NewUnstartedServer(&outermost{next: h, proto: t.proto, records: s.records})
	s.server.Config.ErrorLog = log.New(s.log, "", 0)
	if t.proto == http2 {
		s.server.EnableHTTP2 = true
		s.server.StartTLS()
	} else {
		s.server.Start()
	}
	s.client = s.server.Client()
	s.client.Transport.(*http.Transport).DisableCompression = true
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

// request returns a request for path. What the layer under test needs is put on it last.
func (s *site) request(method, path string, body io.Reader) *http.Request {
	ctx, cancel := context.WithTimeout(context.Background(), 3*s.t.suite.patience)
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, s.server.URL+path, body)
	if err != nil {
		s.t.Fatalf("middlewaretest: %v", err)
	}
	if prepare := s.t.suite.Prepare; prepare != nil {
		prepare(r)
	}
	return r
}

// get asks for "/" with the given Accept-Encoding, none when it is empty.
func (s *site) get(accept string) *reply { return s.do(s.accepting("GET", accept)) }

// accepting is a request for "/" with the given Accept-Encoding, none when it is empty.
func (s *site) accepting(method, accept string) *http.Request {
	r := s.request(method, "/", nil)
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	return r
}

// do sends r and reads the answer to its end.
func (s *site) do(r *http.Request) *reply {
	got := &reply{method: r.Method}
	trace := &httptrace.ClientTrace{Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
		got.interim = append(got.interim, interim{status, http.Header(h).Clone()})
		return nil
	}}
	resp, err := s.client.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		got.err = err
		return got
	}
	defer resp.Body.Close()
	got.status, got.header = resp.StatusCode, resp.Header
	got.raw, got.bodyErr = io.ReadAll(resp.Body)
	got.length, got.trailer = resp.ContentLength, resp.Trailer
	got.decode()
	return got
}

// record waits for the end of a request at the server's side.
func (s *site) record() *record {
	rec, ok := soon(s.t, s.records)
	if !ok {
		s.t.Fatalf("\n    expected: the layer returns when the handler has returned\n    happened: it had not after %v", s.t.suite.patience)
	}
	return rec
}

// quiet fails when the server had something to complain about.
func (s *site) quiet() {
	s.t.Helper()
	if said := strings.TrimSpace(s.log.String()); said != "" {
		s.t.fail("nothing in the server's error log", said,
			"net/http logs calls that break its contract; they hide real errors, and what was meant did not happen")
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
