package middlewaretest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
)

// hijackers are the two ways to take a connection over. gorilla/websocket asserts the
// interface on the writer it is given; newer code uses the controller.
var hijackers = []struct {
	name   string
	hijack func(http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error)
}{
	{"http.Hijacker", func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
		h, ok := w.(http.Hijacker)
		if !ok {
			return nil, nil, errNoHijacker
		}
		return h.Hijack()
	}},
	{"ResponseController", func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
		return http.NewResponseController(w).Hijack()
	}},
}

var errNoHijacker = errors.New("the writer is no http.Hijacker")

func hijackChecks() []check {
	return []check{
		{name: "the connection is the handler's", run: hijack, only: http1},
		{name: "an upgrade through ReverseProxy", run: upgradeProxied, only: http1},
		{name: "not supported on HTTP2", run: noHijack, only: http2},
		{name: "a base that cannot", run: noHijackBelow},
	}
}

// switchProtocols answers 101 on a hijacked connection, says back one line, and closes.
func switchProtocols(conn net.Conn, rw *bufio.ReadWriter) error {
	defer conn.Close()
	_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	if err := rw.Flush(); err != nil {
		return err
	}
	line, err := rw.ReadString('\n')
	if err != nil {
		return err
	}
	_, _ = rw.WriteString("echo " + line)
	return rw.Flush()
}

// upgrade asks s for the protocol echo, says one line, and returns all that comes back.
func (s *site) upgrade(accept string) (string, error) {
	r := s.accepting("GET", accept)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	resp, err := s.client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	conn, ok := resp.Body.(io.ReadWriter)
	if resp.StatusCode != http.StatusSwitchingProtocols || !ok {
		return "", errors.New("the answer is " + resp.Status)
	}
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		return "", err
	}
	b, err := io.ReadAll(conn)
	return string(b), err
}

func hijack(t *trial) {
	for _, by := range hijackers {
		t.sub(by.name, func(r reporter) {
			t := &trial{r, t.suite, t.layer, t.proto}
			t.withCodings(func(t *trial, accept string) {
				failed := make(chan error, 1)
				s := t.serve(func(w http.ResponseWriter, r *http.Request) {
					conn, rw, err := by.hijack(w)
					if err == nil {
						err = switchProtocols(conn, rw)
					}
					failed <- err
				})
				got, err := s.upgrade(accept)
				if said, ok := soon(t, failed); ok && said != nil {
					t.fail("the connection, through "+by.name, said.Error(),
						"websocket libraries use one or the other: gorilla/websocket asserts http.Hijacker, coder/websocket unwraps")
					return
				}
				if err != nil || got != "echo hello\n" {
					t.failf(`"echo hello\n" and then the end`, "after the hijack every byte is the handler's; a layer that ends its answer corrupts the stream", "%q, %v", got, err)
				}
				s.record().did(func(rec *record) {
					if len(rec.after) > 0 {
						t.failf("no call on the server's writer after Hijack", "net/http logs each as a fault", "%q", rec.after)
					}
				})
				s.quiet()
			})
		})
	}
}

func upgradeProxied(t *trial) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, rw, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = switchProtocols(conn, rw)
		}
	}))
	t.Cleanup(backend.Close)
	to, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatalf("middlewaretest: %v", err)
	}
	t.withCodings(func(t *trial, accept string) {
		s := t.serveWrapped(t.layer(httputil.NewSingleHostReverseProxy(to)))
		if got, err := s.upgrade(accept); err != nil || got != "echo hello\n" {
			t.failf(`"echo hello\n" through the proxy`, "websockets behind ReverseProxy are an ordinary deployment", "%q, %v", got, err)
		}
		s.quiet()
	})
}

func noHijack(t *trial) {
	for _, by := range hijackers {
		t.withCodings(func(t *trial, accept string) {
			said := make(chan error, 1)
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				_, _, err := by.hijack(w)
				said <- err
				plainText(w, prose) // as handlers do that fall back to long polling
			})
			got := s.get(accept)
			err, _ := soon(t, said)
			t.refused(by.name, err)
			t.same(got, 200, prose, "a refused hijack commits nothing: the handler answers in another way")
			s.quiet()
		})
	}
}

func noHijackBelow(t *trial) {
	for _, by := range hijackers {
		w := newBare()
		var err error
		t.direct(w, "", func(w http.ResponseWriter, r *http.Request) {
			_, _, err = by.hijack(w)
			plainText(w, "instead")
		})
		t.refused(by.name, err)
		if got := w.rec.Body.String(); w.rec.Code != 200 || !strings.Contains(got, "instead") {
			t.failf("the handler's other answer", "a refused hijack commits nothing", "status %d, %q", w.rec.Code, got)
		}
	}
}

func (t *trial) refused(by string, err error) {
	t.Helper()
	if !errors.Is(err, http.ErrNotSupported) && err != errNoHijacker {
		t.failf("Hijack through "+by+" says http.ErrNotSupported, as nothing below can be hijacked",
			"handlers branch on that error to fall back", "%v", err)
	}
}
