package front

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/http1"
)

const (
	// patience is for a program that listened and now does not take a connection.
	patience = 5 * time.Second

	// linger is for a client to read the last bytes before its connection is closed,
	// though it may still be sending (RFC 9112 §9.6).
	linger = time.Second
)

// session is a client's connection. One goroutine reads from the client (run); the link to
// the program has another (link.run), which alone writes to the client while there is one.
type session struct {
	front  *Front
	client *net.TCPConn
	in     *bufio.Reader

	mu       sync.Mutex
	link     *link     // nil: none
	exchange *exchange // in flight; nil: at rest
}

func newSession(f *Front, c *net.TCPConn) *session {
	return &session{front: f, client: c, in: bufio.NewReader(c)}
}

func (s *session) run() {
	defer s.gone()
	for {
		if _, err := s.in.Peek(1); err != nil {
			s.clientEnded(err)
			return
		}
		if !s.rest() {
			s.pass()
			return
		}
		s.front.before()
		if !s.next() {
			return
		}
	}
}

// rest waits for the end of the exchange in flight. It reports false where what the client
// now sends is none.
func (s *session) rest() bool {
	s.mu.Lock()
	x, l := s.exchange, s.link
	s.mu.Unlock()
	if x != nil {
		select {
		case <-x.over:
		case <-l.done:
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exchange == nil && (s.link == nil || !s.link.closing)
}

// next begins the exchange whose first byte has come, and passes the request. It reports
// whether another one may follow.
func (s *session) next() bool {
	for begun := time.Now(); ; {
		m := s.front.gate.enter()
		switch m.what {
		case forwarded:
			if l, x := s.connect(m.addr); l != nil {
				return s.ask(l, x)
			}
			s.front.gate.leave()
			if time.Since(begun) > patience {
				s.front.answers.serve(s.client, s.in, http.HandlerFunc(deaf))
				s.bye()
				return false
			}
			time.Sleep(20 * time.Millisecond)
		case answered:
			s.detach()
			s.front.answers.serve(s.client, s.in, m.handler)
			s.bye()
			return false
		default:
			return false
		}
	}
}

// connect begins an exchange on a link to the program at addr. Nil: the program takes no
// connection.
func (s *session) connect(addr string) (*link, *exchange) {
	x := &exchange{request: http1.NewRequest(), over: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.link; l != nil && l.addr == addr {
		s.exchange = x
		return l, x
	}
	c, err := dial(s.client, addr)
	if err != nil {
		return nil, nil
	}
	s.drop()
	s.link, s.exchange = newLink(s, c, addr), x
	return s.link, x
}

// ask passes the request of x on l. It reports whether another one may follow.
func (s *session) ask(l *link, x *exchange) bool {
	for !x.asked {
		if _, err := s.in.Peek(1); err != nil {
			s.clientEnded(err)
			return false
		}
		b, _ := s.in.Peek(s.in.Buffered())
		n, err := s.follow(x, b)
		if err != nil {
			s.become(x)
			s.pass()
			return false
		}
		if _, err := l.conn.Write(b[:n]); err != nil {
			<-l.done // its answer may have come before it closed the connection
			s.bye()
			return false
		}
		_, _ = s.in.Discard(n)
		if x.request.Ended() {
			s.asked(l, x)
		}
	}
	return true
}

// pass copies what the client sends until there is no more.
func (s *session) pass() {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l == nil {
		return
	}
	_, err := s.in.WriteTo(l.conn)
	s.clientEnded(err)
}

// clientEnded ends the session after the client's last byte. Nil and EOF: it may still
// read.
func (s *session) clientEnded(err error) {
	s.mu.Lock()
	l := s.link
	switch {
	case l == nil:
		s.mu.Unlock()
		return
	case s.exchange == nil || err != nil && !errors.Is(err, io.EOF):
		l.closing = true
		_ = l.conn.Close()
	default:
		_ = l.conn.CloseWrite()
	}
	s.mu.Unlock()
	<-l.done
	s.bye()
}

// detach takes the program away where no exchange is in flight.
func (s *session) detach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.exchange == nil {
		s.drop()
	}
}

// drop closes the link, and the client does not notice. Its caller holds mu.
func (s *session) drop() {
	if l := s.link; l != nil && !l.closing {
		s.link = nil
		_ = l.conn.Close()
	}
}

// bye closes the client's connection when it has read the last bytes.
func (s *session) bye() {
	_ = s.client.CloseWrite()
	_ = s.client.SetReadDeadline(time.Now().Add(linger))
	_, _ = io.Copy(io.Discard, s.client)
}

// gone closes everything, and waits for the link's goroutine.
func (s *session) gone() {
	s.abort()
	if l := s.link; l != nil { // nobody sets another any more
		<-l.done
	}
}

// abort closes everything.
func (s *session) abort() {
	_ = s.client.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil {
		s.link.closing = true
		_ = s.link.conn.Close()
	}
}
