package front

import "github.com/surcoat/surcoat/cmd/surcoat/internal/dev/http1"

// exchange is one request and its response.
type exchange struct {
	request  *http1.Message
	response *http1.Message // nil until the request's head has passed
	asked    bool           // the whole request has passed
	answered bool           // the whole response has
	left     bool           // it no longer counts as in flight
	tunnel   bool           // it has become a connection of another protocol
	over     chan struct{}  // closed when both have passed, or it became a tunnel
}

// follow watches a request's bytes before they are passed.
func (s *session) follow(x *exchange, b []byte) (int, error) {
	n, err := x.request.Follow(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.request.Request != nil && x.response == nil {
		x.response = http1.NewResponse(x.request.Request)
	}
	return n, err
}

func (s *session) asked(l *link, x *exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.asked = true
	s.settle(l, x)
}

// settle ends the exchange where both messages have passed. Its caller holds mu.
func (s *session) settle(l *link, x *exchange) {
	if !x.asked || !x.answered {
		return
	}
	s.leave(x)
	s.exchange = nil
	close(x.over)
	if m, _ := s.front.gate.now(); m.what != forwarded || m.addr != l.addr {
		s.drop()
	}
}

// leave makes x no longer count as in flight. Its caller holds mu.
func (s *session) leave(x *exchange) {
	if !x.left {
		x.left = true
		s.front.gate.leave()
	}
}

// become makes x a tunnel.
func (s *session) become(x *exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !x.tunnel {
		x.tunnel = true
		s.leave(x)
		close(x.over)
	}
}
