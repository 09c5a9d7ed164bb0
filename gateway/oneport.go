package gateway

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

// The first byte of a connection tells the protocols apart: HTTP begins with the letter of a
// method, TLS with the type of a handshake record (RFC 8446 §5.1), FastCGI with its version, SCGI
// with a digit of a netstring's length, AJP with 0x12 of its magic 0x1234, and uwsgi with the
// modifier 0.
func protocolOf(first byte) Protocol {
	switch {
	case 'A' <= first && first <= 'Z' || 'a' <= first && first <= 'z':
		return HTTP
	case first == 0x16:
		return HTTPS
	case first == 0x01:
		return FCGI
	case '0' <= first && first <= '9':
		return SCGI
	case first == 0x12:
		return AJP
	case first == 0x00:
		return UWSGI
	}
	return ""
}

// anyServer hands each connection to the server of the protocol that its first byte shows. Those
// servers have bounds of their own; room bounds what has not got there.
type anyServer struct {
	get     func(Protocol) (backend, error)
	timeout time.Duration // for the first byte
	room    *room
	log     *slog.Logger

	mu      sync.Mutex
	feeds   map[Protocol]*feed
	running sync.WaitGroup
	done    chan struct{}   // closed by stop
	waiting map[*guest]bool // for their first byte
	sources []net.Listener
}

func newAnyServer(get func(Protocol) (backend, error), timeout time.Duration, maxConns int, log *slog.Logger) *anyServer {
	return &anyServer{
		get: get, timeout: timeout, room: newRoom(cmp.Or(maxConns, 4096)), log: log,
		feeds: make(map[Protocol]*feed), done: make(chan struct{}), waiting: make(map[*guest]bool),
	}
}

// closed reports whether stop was called.
func (s *anyServer) closed() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Serve accepts connections on l until Shutdown or Close.
func (s *anyServer) Serve(l net.Listener) error {
	defer l.Close()
	s.mu.Lock()
	if s.closed() {
		s.mu.Unlock()
		return http.ErrServerClosed
	}
	s.sources = append(s.sources, l)
	s.mu.Unlock()
	return connserver.Accept(l, s.done, s.log, func(c net.Conn) { s.accept(c, l.Addr()) })
}

// accept takes c in, or closes it when the server is closed.
func (s *anyServer) accept(c net.Conn, at net.Addr) {
	g := s.room.enter(c, s.done)
	if g == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed() {
		_ = g.Close()
		return
	}
	s.waiting[g] = true
	s.running.Go(func() { s.hand(g, at) })
}

// hand waits for the first byte of g and gives the connection on.
func (s *anyServer) hand(g *guest, at net.Addr) {
	defer g.leave()
	c := g.Conn
	_ = c.SetReadDeadline(time.Now().Add(s.timeout))
	r := bufio.NewReaderSize(c, 16)
	first, err := r.Peek(1)
	_ = c.SetReadDeadline(time.Time{})
	g.begin()
	s.mu.Lock()
	delete(s.waiting, g)
	s.mu.Unlock()
	if err != nil {
		_ = c.Close()
		return
	}
	f, err := s.feed(protocolOf(first[0]), at)
	if err != nil || !f.give(&peeked{Conn: c, r: r}) {
		_ = c.Close()
	}
}

// feed returns the listener of a protocol's server, which is started the first time.
func (s *anyServer) feed(p Protocol, at net.Addr) (*feed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed() {
		return nil, http.ErrServerClosed
	}
	if f := s.feeds[p]; f != nil {
		return f, nil
	}
	b, err := s.get(p)
	if err != nil {
		return nil, err
	}
	f := newFeed(at)
	s.feeds[p] = f
	s.running.Go(func() { _ = b.Serve(f) })
	return f, nil
}

// Shutdown ends accepting. The protocols' servers are shut down by whoever has made them.
func (s *anyServer) Shutdown(context.Context) error {
	s.stop()
	return nil
}

// Close is Shutdown.
func (s *anyServer) Close() error {
	s.stop()
	s.running.Wait()
	return nil
}

func (s *anyServer) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed() {
		return
	}
	close(s.done)
	for _, l := range s.sources {
		_ = l.Close()
	}
	for g := range s.waiting {
		_ = g.Conn.Close()
	}
}

// feed is a listener whose connections are given to it.
type feed struct {
	at    net.Addr
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newFeed(at net.Addr) *feed {
	return &feed{at: at, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (f *feed) give(c net.Conn) bool {
	select {
	case f.conns <- c:
		return true
	case <-f.done:
		return false
	}
}

func (f *feed) Accept() (net.Conn, error) {
	select {
	case c := <-f.conns:
		return c, nil
	case <-f.done:
		return nil, net.ErrClosed
	}
}

func (f *feed) Addr() net.Addr { return f.at }

func (f *feed) Close() error {
	f.once.Do(func() { close(f.done) })
	return nil
}

// peeked is a connection of which some was read to look at it.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (c *peeked) Read(p []byte) (int, error) {
	if c.r != nil && c.r.Buffered() > 0 {
		return c.r.Read(p[:min(len(p), c.r.Buffered())])
	}
	return c.Conn.Read(p)
}

// NetConn is how package connserver finds the connection to reset.
func (c *peeked) NetConn() net.Conn { return c.Conn }

// ReadFrom and CloseWrite keep sendfile and half-closing possible.

func (c *peeked) ReadFrom(src io.Reader) (int64, error) {
	if to, ok := c.Conn.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, src)
}

func (c *peeked) CloseWrite() error { return closeWrite(c.Conn) }

func closeWrite(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
