package front

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// answers is a server for connections that have been accepted already: it answers one
// request on each.
type answers struct {
	server *http.Server
	conns  chan net.Conn
	addr   net.Addr
	done   chan struct{}
	once   sync.Once
}

func serveAnswers(addr net.Addr) *answers {
	a := &answers{conns: make(chan net.Conn), addr: addr, done: make(chan struct{})}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	a.server = &http.Server{
		Handler:           http.HandlerFunc(serveAnswer),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		Protocols:         &protocols,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, handlerKey{}, c.(*replayed).handler)
		},
	}
	a.server.SetKeepAlivesEnabled(false)
	go func() { _ = a.server.Serve(a) }()
	return a
}

type handlerKey struct{}

func serveAnswer(w http.ResponseWriter, r *http.Request) {
	r.Context().Value(handlerKey{}).(http.Handler).ServeHTTP(w, r)
}

// serve lets h answer the request that in holds. It returns when the answer is written.
func (a *answers) serve(c net.Conn, in io.Reader, h http.Handler) {
	if h == nil {
		return
	}
	r := &replayed{Conn: c, in: in, handler: h, closed: make(chan struct{})}
	select {
	case a.conns <- r:
	case <-a.done:
		return
	}
	select {
	case <-r.closed:
	case <-a.done:
	}
}

// again lets h answer a request whose bytes have gone to a program: as if it had no body,
// as that is gone as well.
func (a *answers) again(c net.Conn, r *http.Request, h http.Handler) {
	method := http.MethodGet
	if r.Method == http.MethodHead {
		method = r.Method
	}
	header := r.Header.Clone()
	for _, name := range []string{"Connection", "Content-Length", "Expect", "Transfer-Encoding", "Upgrade"} {
		header.Del(name)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s\r\nHost: %s\r\n", method, r.RequestURI, r.Proto, r.Host) // its version may say that a proxy sent it
	_ = header.Write(&b)
	b.WriteString("\r\n")
	a.serve(c, &b, h)
}

func (a *answers) close() {
	a.once.Do(func() { close(a.done) })
	_ = a.server.Close()
}

// Accept is a listener's.
func (a *answers) Accept() (net.Conn, error) {
	select {
	case c := <-a.conns:
		return c, nil
	case <-a.done:
		return nil, net.ErrClosed
	}
}

// Close is a listener's.
func (a *answers) Close() error { return nil }

// Addr is a listener's.
func (a *answers) Addr() net.Addr { return a.addr }

// replayed is a connection of which something has been read. Closing it only tells: its
// session closes it.
type replayed struct {
	net.Conn
	in      io.Reader
	handler http.Handler
	once    sync.Once
	closed  chan struct{}
}

func (r *replayed) Read(b []byte) (int, error) { return r.in.Read(b) }

func (r *replayed) Close() error {
	r.once.Do(func() {
		_ = r.SetReadDeadline(time.Unix(1, 0)) // ends the server's look for more of the request
		close(r.closed)
	})
	return nil
}

// deaf answers where the program runs and takes no connections.
func deaf(w http.ResponseWriter, _ *http.Request) {
	plain(w, "The program runs, but does not take connections any more.")
}

// stopped answers where the program was stopped in the middle of a request.
func stopped(w http.ResponseWriter, _ *http.Request) {
	plain(w, "The program was stopped before it answered this request. surcoat dev waits as long as --grace says.")
}

func plain(w http.ResponseWriter, sentence string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, strings.TrimSpace(sentence)+"\n")
}
