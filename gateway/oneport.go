package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// The first byte of a connection tells the protocols apart: HTTP begins with the letter of a
// method, TLS with the type of a handshake record (RFC 8446 §5.1), FastCGI with its version,
// SCGI with a digit of a netstring's length, AJP with 0x12 of its magic 0x1234, and
// uwsgi with the modifier 0.
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

// anyServer hands each connection to the server of the protocol that its first byte shows.
type anyServer struct {
	get     func(Protocol) (backend, error)
	timeout time.Duration // for the first byte

	mu      sync.Mutex
	feeds   map[Protocol]*feed
	running sync.WaitGroup
	closed  bool
	waiting map[net.Conn]bool // for their first byte
	sources []net.Listener
}

// Serve accepts connections on l until Shutdown or Close.
func (s *anyServer) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = l.Close()
		return http.ErrServerClosed
	}
	s.sources = append(s.sources, l)
	s.mu.Unlock()
	defer l.Close()
	for {
		c, err := l.Accept()
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.closed {
				return http.ErrServerClosed
			}
			return err
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = c.Close()
			return http.ErrServerClosed
		}
		s.waiting[c] = true
		s.running.Add(1)
		s.mu.Unlock()
		go s.hand(c, l.Addr())
	}
}

// hand waits for the first byte of c and gives c on.
func (s *anyServer) hand(c net.Conn, at net.Addr) {
	defer s.running.Done()
	_ = c.SetReadDeadline(time.Now().Add(s.timeout))
	r := bufio.NewReaderSize(c, 16)
	first, err := r.Peek(1)
	_ = c.SetReadDeadline(time.Time{})
	s.mu.Lock()
	delete(s.waiting, c)
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
	if s.closed {
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
	s.closed = true
	for _, l := range s.sources {
		_ = l.Close()
	}
	for c := range s.waiting {
		_ = c.Close()
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

func (c *peeked) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
