package connserver

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Limits bounds what connections cost. The zero value is good.
type Limits struct {
	// ReadHeaderTimeout is how long the head of a request may take: from its first byte, and for
	// the first request on a connection from the connection's beginning. 0: 10 s. Negative: no
	// bound.
	ReadHeaderTimeout time.Duration
	// ReadTimeout is how long a whole request may take with its body. 0: no bound.
	ReadTimeout time.Duration
	// WriteTimeout is how long an answer may take from the end of the request's head. 0: no
	// bound.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection may be kept without a request. 0: no bound, since the
	// server in front closes what it does not need, and one that sends a request just when we
	// close gets no answer.
	IdleTimeout time.Duration
	// MaxConns is how many connections are open at once. Those beyond wait unaccepted (but for
	// one), while the connection that is idle for longest is closed or, if none is idle, the one
	// that has been sending its head for longest, if that is more than a second. 0: 4,096.
	// Negative: no bound.
	MaxConns int
}

// ConnLimit is MaxConns with its default. Negative: no bound.
func (l *Limits) ConnLimit() int {
	if l.MaxConns == 0 {
		return 4096
	}
	return l.MaxConns
}

// HeadTimeout is ReadHeaderTimeout with its default. 0: no bound.
func (l *Limits) HeadTimeout() time.Duration {
	switch {
	case l.ReadHeaderTimeout < 0:
		return 0
	case l.ReadHeaderTimeout == 0:
		return 10 * time.Second
	}
	return l.ReadHeaderTimeout
}

// Server accepts connections. It must not be copied, nor its fields changed, after its first use.
type Server struct {
	// Conn serves one connection, in a goroutine of its own. The connection is closed when it
	// returns. A panic is logged and closes the connection only.
	Conn func(*Conn)
	// BaseContext returns the context around all requests on a listener's connections. nil:
	// context.Background().
	BaseContext func(net.Listener) context.Context
	// Logger gets errors of accepting, and panics. nil: slog.Default().
	Logger *slog.Logger

	Limits

	closing atomic.Pointer[time.Time] // when Shutdown or Close came

	mu        sync.Mutex
	done      chan struct{}                       // closed then
	killed    bool                                // Close came
	listeners map[net.Listener]context.CancelFunc // with what ends its requests' contexts
	accepting int                                 // calls of Serve
	conns     map[*Conn]struct{}
	freed     chan struct{} // has a value when a connection or a Serve has ended since somebody looked
}

// Serve accepts connections on l until Shutdown or Close, then returns http.ErrServerClosed; or
// until l fails for good, then returns that error. It closes l. It may be called for several
// listeners at once.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	ctx := context.Background()
	if s.BaseContext != nil {
		ctx = s.BaseContext(l)
	}
	ctx, cancel := context.WithCancel(ctx)
	if !s.open(l, cancel) {
		cancel()
		return http.ErrServerClosed
	}
	defer s.leave()
	return Accept(l, s.done, s.logger(), func(conn net.Conn) { s.start(ctx, conn) })
}

// open notes that l is being served.
func (s *Server) open(l net.Listener, cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.init()
	if s.isClosing() {
		return false
	}
	s.listeners[l] = cancel
	s.accepting++
	return true
}

func (s *Server) leave() {
	s.mu.Lock()
	s.accepting--
	s.mu.Unlock()
	s.signal()
}

// signal lets whoever waits for less to do look again.
func (s *Server) signal() {
	select {
	case s.freed <- struct{}{}:
	default:
	}
}

// init makes what the zero Server lacks.
func (s *Server) init() {
	if s.done == nil {
		s.done = make(chan struct{})
		s.freed = make(chan struct{}, 1)
		s.listeners = make(map[net.Listener]context.CancelFunc)
		s.conns = make(map[*Conn]struct{})
	}
}

// start serves conn, as soon as there is room for it. A connection that was accepted before the
// server began to shut down is served: its request may be on its way.
func (s *Server) start(ctx context.Context, conn net.Conn) {
	c := newConn(s, ctx, conn)
	for !s.add(c) {
		s.makeRoom()
	}
	go s.run(c)
}

// add counts c in, unless there is no room.
func (s *Server) add(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if most := s.ConnLimit(); most > 0 && len(s.conns) >= most {
		return false
	}
	c.greet()
	s.conns[c] = struct{}{}
	if s.killed {
		_ = c.Conn.Close()
	}
	return true
}

func (s *Server) run(c *Conn) {
	defer func() {
		if p := recover(); p != nil {
			s.logger().Error("connserver: panic serving a connection",
				"peer", c.RemoteAddr().String(), "panic", p, "stack", string(debug.Stack()))
		}
		_ = c.Close()
		c.free()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
		s.signal()
	}()
	s.Conn(c)
}

func (s *Server) isClosing() bool { return s.closing.Load() != nil }

func (s *Server) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.Default()
	}
	return s.Logger
}
