package ajp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

// Server serves a handler over AJP13. Its fields must not be changed after the first Serve. Its
// methods are safe for concurrent use.
type Server struct {
	// Handler answers the requests. nil: http.DefaultServeMux.
	Handler http.Handler

	// Mount is the part of the path that is the application's address: "/wiki" is taken off the
	// path that the handler sees, and requests outside it are answered with 404. "" and "/": the
	// handler sees the whole path, since over AJP the server in front does not say.
	Mount string

	// Secret is what the server in front has to send with each request: secret= in Apache's
	// ProxyPass and in mod_jk's workers. Other requests are answered with 403, and no handler
	// sees them. "": none is asked for, and one that is sent is not looked at.
	Secret string

	// Logger gets panics, bad requests and failures of accepting. nil: slog.Default().
	Logger *slog.Logger

	// BaseContext returns the context around all requests that come from a listener. nil:
	// context.Background().
	BaseContext func(net.Listener) context.Context

	// ReadHeaderTimeout is how long the first packet of a request may take: from its first byte,
	// and for the first on a connection from the connection's beginning. 0: 10 s. Negative: no
	// bound.
	ReadHeaderTimeout time.Duration
	// ReadTimeout is how long a request may take with its body. 0: no bound.
	ReadTimeout time.Duration
	// WriteTimeout is how long an answer may take, from the end of the request's first packet. 0:
	// no bound.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection is kept without a request. 0: no bound, since the
	// server in front closes what it does not need.
	IdleTimeout time.Duration
	// MaxHeaderBytes is how long the first packet of a request may be, in which each field and
	// each attribute counts 32 bytes more than it has. 0: http.DefaultMaxHeaderBytes, 1 MiB, so
	// that the protocol's own bound holds, 64 KiB less a byte. Servers in front send 8 KiB at
	// most, unless they are told otherwise.
	MaxHeaderBytes int
	// PacketSize is how long the packets of an answer's body are at most, and those of a request's
	// body that we ask for, with their heads, in bytes. 0: 8,192, which all servers in front take.
	// More, up to 65,536, if it is the same there: ProxyIOBufferSize of Apache, max_packet_size of
	// mod_jk. What is out of these bounds is set to the nearer of them.
	//
	// The header of an answer is one packet, however long it is, up to 64 KiB. The server in front
	// may not take one above its own size.
	PacketSize int
	// MaxConns is how many connections are open at once. More wait to be accepted. 0: 4,096.
	// Negative: no bound.
	MaxConns int

	once   sync.Once
	conns  connserver.Server
	secret [sha256.Size]byte // the hash of Secret
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
		s.conns.Limits = connserver.Limits{
			ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout,
			WriteTimeout: s.WriteTimeout, IdleTimeout: s.IdleTimeout, MaxConns: s.MaxConns,
		}
		s.secret = sha256.Sum256([]byte(s.Secret))
	})
	return &s.conns
}

// admits reports whether the server in front has sent the secret. The time that it takes says
// nothing of it, nor of its length.
func (s *Server) admits(secret string) bool {
	hash := sha256.Sum256([]byte(secret))
	return s.Secret == "" || subtle.ConstantTimeCompare(hash[:], s.secret[:]) == 1
}

func (s *Server) maxHeaderBytes() int {
	if s.MaxHeaderBytes <= 0 {
		return http.DefaultMaxHeaderBytes
	}
	return s.MaxHeaderBytes
}

const (
	minPacket = 8 << 10
	maxPacket = 64 << 10
)

func (s *Server) packetSize() int { return min(max(s.PacketSize, minPacket), maxPacket) }

func (s *Server) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.Default()
	}
	return s.Logger
}

// reject logs what no handler sees. A connection that ends is nothing to tell of.
func (s *Server) reject(c *connserver.Conn, err error) {
	var netErr net.Error
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &netErr) {
		return
	}
	s.logger().Warn("ajp: bad request", "peer", c.RemoteAddr().String(), "error", err)
}
