package scgi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/cgiresponse"
	"github.com/surcoat/surcoat/gateway/internal/connserver"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// Server serves a handler over SCGI. Its fields must not be changed after the first Serve.
// Its methods are safe for concurrent use.
type Server struct {
	// Handler answers the requests. nil: http.DefaultServeMux.
	Handler http.Handler

	// Mount is the part of the path that is the application's address: "/wiki" is taken off the
	// path that the handler sees, and requests outside it are answered with 404. "/": the handler sees the
	// whole path. "": what the server in front says, which over SCGI is mostly nothing;
	// lighttpd with a prefix in scgi.server that does not end in a slash says it.
	Mount string

	// Logger gets panics, bad requests and failures of accepting. nil: slog.Default().
	Logger *slog.Logger

	// BaseContext returns the context around all requests that come from a listener. nil:
	// context.Background().
	BaseContext func(net.Listener) context.Context

	// ReadHeaderTimeout is how long the variables of a request may take, from the
	// connection's beginning. 0: 10 s. Negative: no bound.
	ReadHeaderTimeout time.Duration
	// ReadTimeout is how long a request may take with its body. 0: no bound.
	ReadTimeout time.Duration
	// WriteTimeout is how long an answer may take, from the end of the variables. 0: no bound.
	WriteTimeout time.Duration
	// MaxHeaderBytes is how long the variables of a request may be together. 0:
	// http.DefaultMaxHeaderBytes, 1 MiB.
	MaxHeaderBytes int
	// MaxConns is how many connections, which are requests, are open at once. More wait to be accepted. 0: 4,096.
	// Negative: no bound.
	MaxConns int

	once  sync.Once
	conns connserver.Server
}

// Serve accepts connections on l and answers their requests, until Shutdown or Close; then it
// returns http.ErrServerClosed. It closes l.
func (s *Server) Serve(l net.Listener) error { return s.server().Serve(l) }

// Shutdown closes the listeners and waits until the requests that have come are answered, or
// until ctx ends; then it returns ctx's error. The server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) error { return s.server().Shutdown(ctx) }

// Close closes listeners and connections at once and ends the requests' contexts. It does not wait for
// handlers. The server cannot be used again.
func (s *Server) Close() error { return s.server().Close() }

func (s *Server) server() *connserver.Server {
	s.once.Do(func() {
		s.conns.Conn = s.serve
		s.conns.Logger = s.Logger
		s.conns.BaseContext = s.BaseContext
		s.conns.Limits = connserver.Limits{
			ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout,
			WriteTimeout: s.WriteTimeout, MaxConns: s.MaxConns,
		}
	})
	return &s.conns
}

func (s *Server) maxHeaderBytes() int {
	if s.MaxHeaderBytes <= 0 {
		return http.DefaultMaxHeaderBytes
	}
	return s.MaxHeaderBytes
}

func (s *Server) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.Default()
	}
	return s.Logger
}

// serve answers the one request of a connection.
func (s *Server) serve(c *connserver.Conn) {
	if c.Await() != nil {
		return
	}
	vars, err := readHead(c.Reader(), s.maxHeaderBytes())
	if err != nil {
		s.reject(c, err)
		return
	}
	c.Begin()
	ctx := exchange.NewContext(c.Context(), c)
	r, err := cgienv.Request(ctx, vars, s.Mount)
	a := newAnswer(c)
	defer a.Release()
	if err != nil {
		s.reject(c, err)
		a.refuse(err)
		return
	}
	out := exchange.Serve(s.Handler, r, a, exchange.Options{
		Context: ctx, Body: c.Reader(), BodyFirst: cgienv.BodyFirst(vars), Logger: s.Logger,
	})
	if !out.Aborted && (out.Unread || c.Reader().Buffered() > 0) {
		c.Linger()
	}
}

// reject logs a request that no handler sees. A connection without one is nothing to tell of.
func (s *Server) reject(c *connserver.Conn, err error) {
	var netErr net.Error
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &netErr) {
		return
	}
	s.logger().Warn("scgi: bad request", "peer", c.RemoteAddr().String(), "err", err)
}

// answer is the carrier of one answer.
type answer struct {
	cgiresponse.Writer
	conn *connserver.Conn
}

func newAnswer(c *connserver.Conn) *answer {
	a := &answer{conn: c}
	a.Init(c.Conn, cgiresponse.Status) // not c, behind which writev and sendfile are hidden
	return a
}

// refuse answers a request that is SCGI but no HTTP that net/http would let through.
func (a *answer) refuse(err error) {
	var bad *cgienv.Error
	if errors.As(err, &bad) && exchange.Refuse(a, bad.Status) == nil {
		a.conn.Linger()
	}
}

// Abort implements exchange.Carrier.
func (a *answer) Abort() { a.conn.Reset() }

// SetReadDeadline is for http.ResponseController.
func (a *answer) SetReadDeadline(t time.Time) error { return a.conn.SetReadDeadline(t) }

// SetWriteDeadline is for http.ResponseController.
func (a *answer) SetWriteDeadline(t time.Time) error { return a.conn.SetWriteDeadline(t) }
