package fcgi

import (
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

// Server serves a handler over FastCGI. Its fields must not be changed after the first Serve. Its
// methods are safe for concurrent use.
type Server struct {
	// Handler answers the requests. nil: http.DefaultServeMux.
	Handler http.Handler

	// Mount is the part of the path that is the application's address: "/wiki" is taken off the
	// path that the handler sees, and requests outside it are answered with 404. "/": the handler
	// sees the whole path. "": what the server in front says, which over FastCGI is mostly
	// nothing; lighttpd with a prefix in fastcgi.server that does not end in a slash says it.
	Mount string

	// Logger gets panics, bad requests and failures of accepting. nil: slog.Default().
	Logger *slog.Logger

	// BaseContext returns the context around all requests that come from a listener. nil:
	// context.Background().
	BaseContext func(net.Listener) context.Context

	// ReadHeaderTimeout is how long the variables of a request may take: from the beginning of the
	// request, and for the first on a connection from the connection's beginning. 0: 10 s.
	// Negative: no bound.
	ReadHeaderTimeout time.Duration
	// ReadTimeout is how long a request may take with its body. 0: no bound.
	ReadTimeout time.Duration
	// WriteTimeout is how long an answer may take, from the end of the variables. 0: no bound.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection is kept without a request. 0: no bound, since the
	// server in front closes what it does not need.
	IdleTimeout time.Duration
	// MaxHeaderBytes is how long the variables of a request may be together, of which each counts
	// 32 bytes more than it has. 0: http.DefaultMaxHeaderBytes, 1 MiB. A request with more is
	// answered with 431, with more than twice as much not at all, and the connection ends.
	MaxHeaderBytes int
	// MaxConns is how many connections are open at once. More wait to be accepted. 0: 4,096.
	// Negative: no bound.
	MaxConns int
	// MaxRequests is how many requests are open at once on one connection: begun, or with a
	// handler that has not returned. One more is answered with 503 and FCGI_OVERLOADED. 0: 100.
	// 1: connections do not multiplex, and the server in front is told so.
	MaxRequests int

	// MaxSpool is how much of a request's body is kept in a file when its handler does not read
	// it: what goes beyond 64 KiB of memory, at once where the server in front multiplexes,
	// otherwise after half a second. When that is full too, the connection is not read until the
	// handler does, and requests behind on the same connection wait. 0: 256 MiB. Negative: nothing
	// is kept.
	MaxSpool int64
	// MaxSpoolTotal is about how much those files take together, so that many such requests do not fill
	// the disk. While they do, a body waits as if its own were full. 0: 1 GiB.
	MaxSpoolTotal int64
	// SpoolDir is the folder of those files. "": os.TempDir().
	SpoolDir string

	once    sync.Once
	conns   connserver.Server
	lookout lookout
	spools  spools
}

// Serve accepts connections on l and answers the requests on them, until Shutdown or Close; then
// it returns http.ErrServerClosed. It closes l.
func (s *Server) Serve(l net.Listener) error { return s.server().Serve(l) }

// Shutdown closes the listeners and the idle connections and waits until the requests that have
// come are answered, or until ctx ends; then it returns ctx's error. The server cannot be used
// again.
func (s *Server) Shutdown(ctx context.Context) error { return s.server().Shutdown(ctx) }

// Close closes listeners and connections at once and ends the requests' contexts. It does not wait
// for handlers. The server cannot be used again.
func (s *Server) Close() error { return s.server().Close() }

func (s *Server) server() *connserver.Server {
	s.once.Do(func() {
		s.conns.Conn = s.serve
		s.conns.Logger = s.Logger
		s.conns.BaseContext = s.BaseContext
		// Those for body and answer are a request's here, not a connection's.
		s.conns.Limits = connserver.Limits{
			ReadHeaderTimeout: s.ReadHeaderTimeout, IdleTimeout: s.IdleTimeout, MaxConns: s.MaxConns,
		}
		s.spools.dir, s.spools.most, s.spools.mostAll = s.SpoolDir, s.maxSpool(), s.maxSpools()
	})
	return &s.conns
}

func (s *Server) maxHeaderBytes() int {
	if s.MaxHeaderBytes <= 0 {
		return http.DefaultMaxHeaderBytes
	}
	return s.MaxHeaderBytes
}

func (s *Server) maxRequests() int {
	if s.MaxRequests <= 0 {
		return 100
	}
	return s.MaxRequests
}

func (s *Server) maxSpool() int64 {
	if s.MaxSpool == 0 {
		return 256 << 20
	}
	return s.MaxSpool
}

func (s *Server) maxSpools() int64 {
	if s.MaxSpoolTotal <= 0 {
		return 1 << 30
	}
	return s.MaxSpoolTotal
}

func (s *Server) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.Default()
	}
	return s.Logger
}

// reject logs what no handler sees. A connection that ends is nothing to tell of.
func (c *conn) reject(err error) {
	var netErr net.Error
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, http.ErrServerClosed) || errors.As(err, &netErr) {
		return
	}
	c.server.logger().Warn("fcgi: bad request", "peer", c.RemoteAddr().String(), "error", err)
}
