package uwsgi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgiresponse"
	"github.com/surcoat/surcoat/gateway/internal/connserver"
	"github.com/surcoat/surcoat/gateway/internal/single"
)

// Server serves a handler over uwsgi. Its fields must not be changed after the first Serve.
// Its methods are safe for concurrent use.
type Server struct {
	// Handler answers the requests. nil: http.DefaultServeMux.
	Handler http.Handler

	// Mount is the part of the path that is the application's address: "/wiki" is taken off the
	// path that the handler sees, and requests outside it are answered with 404. "/": the handler
	// sees the whole path. "": what the server in front says, as Apache does.
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
	// MaxHeaderBytes is how long the variables of a request may be together. 0: 64 KiB less a
	// byte, the most that the protocol allows.
	MaxHeaderBytes int
	// MaxConns is how many connections, which are requests, are open at once. More wait to be
	// accepted. 0: 4,096. Negative: no bound.
	MaxConns int

	once   sync.Once
	single single.Server
}

// Serve accepts connections on l and answers their requests, until Shutdown or Close; then it
// returns http.ErrServerClosed. It closes l.
func (s *Server) Serve(l net.Listener) error { return s.server().Serve(l) }

// Shutdown closes the listeners and waits until the requests that have come are answered, or
// until ctx ends; then it returns ctx's error. The server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) error { return s.server().Shutdown(ctx) }

// Close closes listeners and connections at once and ends the requests' contexts. It does not wait
// for handlers. The server cannot be used again.
func (s *Server) Close() error { return s.server().Close() }

var protocol = single.Protocol{Name: "uwsgi", First: cgiresponse.Line, ReadHead: readHead}

func (s *Server) server() *single.Server {
	s.once.Do(func() {
		s.single.Init(&protocol, s.Handler, s.Mount, s.Logger, s.MaxHeaderBytes)
		s.single.BaseContext = s.BaseContext
		s.single.Limits = connserver.Limits{
			ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout,
			WriteTimeout: s.WriteTimeout, MaxConns: s.MaxConns,
		}
	})
	return &s.single
}
