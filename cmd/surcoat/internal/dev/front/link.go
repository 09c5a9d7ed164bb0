package front

import (
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/http1"
)

// link is a session's connection to the program.
type link struct {
	session *session
	conn    *net.TCPConn
	addr    string
	done    chan struct{} // closed when nothing more is written to the client

	closing bool // the client's connection ends with it; under session.mu
}

// newLink returns a link that runs.
func newLink(s *session, c *net.TCPConn, addr string) *link {
	l := &link{session: s, conn: c, addr: addr, done: make(chan struct{})}
	go l.run()
	return l
}

// run passes what the program sends.
func (l *link) run() {
	defer close(l.done)
	b := make([]byte, 32<<10)
	for {
		n, err := l.conn.Read(b)
		if n > 0 {
			if _, err := l.session.client.Write(b[:n]); err != nil {
				l.abandon()
				return
			}
			l.follow(b[:n])
		}
		if err != nil {
			l.ended()
			return
		}
	}
}

// follow watches what was passed to the client.
func (l *link) follow(b []byte) {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(b) > 0 {
		x := s.exchange
		if x == nil || x.response == nil || x.answered || l.closing {
			l.closing = true // it says something that nobody asked for, such as 408
			return
		}
		n, err := x.response.Follow(b)
		if err != nil {
			l.closing = true
			return
		}
		b = b[n:]
		if x.response.Response != nil {
			l.understand(x)
		}
		if x.response.UntilClose() {
			return
		}
	}
}

// understand looks at the response of x, whose head has passed. Its caller holds session.mu.
func (l *link) understand(x *exchange) {
	s, resp := l.session, x.response.Response
	switch {
	case x.tunnel:
	case x.response.UntilClose() && (resp.StatusCode == http.StatusSwitchingProtocols || x.request.Request.Method == http.MethodConnect):
		x.tunnel = true
		s.leave(x)
		close(x.over)
	case x.response.Ended() && resp.StatusCode/100 == 1:
		x.response = http1.NewResponse(x.request.Request)
	case x.response.Ended():
		l.closing = resp.Close
		x.answered = true
		s.settle(l, x)
	case strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream"):
		s.leave(x)
	}
}

// ended ends what was in flight after the program's last byte.
func (l *link) ended() {
	s := l.session
	s.mu.Lock()
	x := s.exchange
	then := func() {}
	switch {
	case s.link != l: // dropped at rest
	case x == nil && !l.closing:
		s.link = nil // the client's next request gets another
	case l.closing || x.tunnel || x.answered || x.response == nil || x.response.UntilClose():
		then = func() { l.finish(x) }
	case !x.response.Begun():
		then = func() { l.lost(x) }
	default: // in the middle of an answer, which the client must not take for a whole one
		then = l.abandon
	}
	l.closing = s.link == l
	s.mu.Unlock()
	_ = l.conn.Close()
	then()
}

// finish lets the client read the end.
func (l *link) finish(x *exchange) {
	s := l.session
	s.mu.Lock()
	if x != nil {
		s.leave(x)
	}
	tunnel := x != nil && x.tunnel
	s.mu.Unlock()
	_ = s.client.CloseWrite()
	if !tunnel {
		_ = s.client.SetReadDeadline(time.Now().Add(linger))
	}
}

// lost answers a request that the program ended on.
func (l *link) lost(x *exchange) {
	s := l.session
	s.mu.Lock()
	s.leave(x)
	s.mu.Unlock()
	h := s.front.gate.afterEnd(l.addr)
	if h == nil {
		l.finish(x)
		return
	}
	s.front.answers.again(s.client, x.response.Request, h)
	l.finish(x)
}

// abandon closes both connections, so that both ends notice.
func (l *link) abandon() {
	s := l.session
	s.mu.Lock()
	if x := s.exchange; x != nil && s.link == l {
		s.leave(x)
	}
	l.closing = true
	s.mu.Unlock()
	_ = l.conn.Close()
	_ = s.client.Close()
}
