package connserver

import (
	"context"
	"log/slog"
	"net"
	"time"
)

// Limits bounds what connections cost. The zero value is good.
type Limits struct {
	// ReadHeaderTimeout is how long the head of a request may take: from its first byte,
	// and for the first request on a connection from the connection's beginning. 0: 10 s.
	// Negative: no bound.
	ReadHeaderTimeout time.Duration
	// ReadTimeout is how long a whole request may take with its body. 0: no bound.
	ReadTimeout time.Duration
	// WriteTimeout is how long an answer may take from the end of the request's head. 0: no
	// bound.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection may be kept without a request. 0: no bound, since the
	// server in front closes what it does not need, and one that sends a request
	// just then would get no answer.
	IdleTimeout time.Duration
	// MaxConns is how many connections are open at once. Those beyond wait unaccepted;
	// for each the connection idle for longest is closed or, if none is idle, the one that has
	// been sending its head for longest, if that is more than a second. 0: 4,096. Negative: no bound.
	MaxConns int
}

// Server accepts connections. It must not be copied, nor its fields changed, after its first use.
type Server struct {
	// Conn serves one connection, in a goroutine of its own. The connection is closed when it
	// returns. A panic is logged and closes the connection only.
	Conn func(*Conn)
	// BaseContext returns the context around all requests on a listener's connections. nil: context.Background().
	BaseContext func(net.Listener) context.Context
	// Logger gets errors of accepting. nil: slog.Default().
	Logger *slog.Logger

	Limits
}

// Serve accepts connections on l until Shutdown or Close, then returns
// http.ErrServerClosed; or until l fails for good, then returns that error. It closes l. It may be
// called for several listeners at once.
func (s *Server) Serve(l net.Listener) error { panic("not yet") }

// Shutdown closes the listeners and the idle connections and waits until the
// others have had their answers, or ctx ends; then it returns ctx's error, and
// Close ends what is left. The server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) error { panic("not yet") }

// Close closes listeners and connections at once, ends the requests' contexts and does not
// wait for handlers.
func (s *Server) Close() error { panic("not yet") }
