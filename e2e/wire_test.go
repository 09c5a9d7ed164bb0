package e2e_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// webSite is a server on http://localhost, where browsers use dictionaries. It remembers
// what goes over the wire, and can be replaced by another on the same port.
type webSite struct {
	t      *testing.T
	url    string // without a slash at the end
	addr   string
	server *httptest.Server

	mu    sync.Mutex
	more  *sync.Cond
	trace []exchange
}

// exchange is one request and its answer, as it leaves the outermost layer.
type exchange struct {
	path                            string
	accepted, available, tags, dest string // of the request: what can be sent, and what for
	status                          int
	coding, etag, vary              string
	length                          int // of the body, coded
	begins                          []byte
	done                            bool
}

// newSite serves handler until the test ends.
func newSite(t *testing.T, handler http.Handler) *webSite {
	t.Helper()
	s := &webSite{t: t, addr: "localhost:0"}
	s.more = sync.NewCond(&s.mu)
	s.redeploy(handler)
	t.Cleanup(func() { s.server.Close() })
	return s
}

// redeploy ends the server, and starts another with the new handler at its address.
func (s *webSite) redeploy(handler http.Handler) {
	s.t.Helper()
	if s.server != nil {
		s.server.Close()
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s.addr, s.url = l.Addr().String(), "http://localhost:"+port
	s.server = &httptest.Server{Listener: l, Config: &http.Server{Handler: s.record(handler)}}
	s.server.Start()
}

func (s *webSite) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &wire{ResponseWriter: w, e: exchange{
			path: r.URL.RequestURI(), accepted: r.Header.Get("Accept-Encoding"), available: r.Header.Get("Available-Dictionary"),
			tags: r.Header.Get("If-None-Match"), dest: r.Header.Get("Sec-Fetch-Dest"),
		}}
		s.mu.Lock()
		n := len(s.trace)
		s.trace = append(s.trace, seen.e)
		s.mu.Unlock()
		next.ServeHTTP(seen, r)
		h := w.Header()
		seen.e.coding, seen.e.etag, seen.e.vary = h.Get("Content-Encoding"), h.Get("Etag"), strings.Join(h.Values("Vary"), ", ")
		seen.e.done = true
		if seen.e.status == 0 {
			seen.e.status = http.StatusOK
		}
		s.mu.Lock()
		s.trace[n] = seen.e
		s.mu.Unlock()
		s.more.Broadcast()
	})
}

// wire counts what a handler writes.
type wire struct {
	http.ResponseWriter
	e exchange
}

func (w *wire) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *wire) WriteHeader(status int) {
	if status >= 200 {
		w.e.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *wire) Write(p []byte) (int, error) {
	w.e.begins = append(w.e.begins, p[:min(len(p), 64-len(w.e.begins))]...)
	w.e.length += len(p)
	return w.ResponseWriter.Write(p)
}

// wait returns the first exchange that is over and that match accepts, and waits for it if it has
// not happened yet.
func (s *webSite) wait(what string, match func(exchange) bool) exchange {
	s.t.Helper()
	late := false
	timer := time.AfterFunc(limit, func() {
		s.mu.Lock()
		late = true
		s.mu.Unlock()
		s.more.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for _, e := range s.trace {
			if e.done && match(e) {
				return e
			}
		}
		if late {
			s.t.Fatalf("there was no %s; there were %+v", what, s.trace)
		}
		s.more.Wait()
	}
}

// asked waits for a request for path.
func (s *webSite) asked(path string) exchange {
	s.t.Helper()
	return s.wait("request for "+path, func(e exchange) bool { return e.path == path })
}

// last returns the latest exchange for path that is over.
func (s *webSite) last(path string) exchange {
	s.t.Helper()
	s.asked(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.trace) - 1; ; i-- {
		if e := s.trace[i]; e.done && e.path == path {
			return e
		}
	}
}

// forget empties the memory.
func (s *webSite) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trace = nil
}
