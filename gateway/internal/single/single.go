// Package single serves the protocols in which a connection carries one request and its
// answer in the form of a CGI program's: SCGI and uwsgi. They differ in how the variables are
// written and in how the answer begins; the rest is here.
package single

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/cgiresponse"
	"github.com/surcoat/surcoat/gateway/internal/connserver"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// Protocol is what the protocols differ in.
type Protocol struct {
	// Name is for the log.
	Name string
	// First is what an answer begins with: cgiresponse.Status or cgiresponse.Line.
	First string
	// ReadHead reads the variables of a request, which are at most so many bytes. It reads
	// nothing behind them. An end in the middle is io.ErrUnexpectedEOF.
	ReadHead func(r *bufio.Reader, most int) (cgienv.Vars, error)
}

// Server accepts connections and answers the request of each.
type Server struct {
	connserver.Server

	protocol *Protocol
	handler  http.Handler
	mount    string
	logger   *slog.Logger
	most     int // bytes of the variables
}

// Init makes s a server of p. A nil logger is slog.Default(); most 0 is http.DefaultMaxHeaderBytes.
// The fields of s.Server but Conn and Logger are the caller's to set.
func (s *Server) Init(p *Protocol, h http.Handler, mount string, logger *slog.Logger, most int) {
	if logger == nil {
		logger = slog.Default()
	}
	if most <= 0 {
		most = http.DefaultMaxHeaderBytes
	}
	s.protocol, s.handler, s.mount, s.logger, s.most = p, h, mount, logger, most
	s.Conn, s.Logger = s.serve, logger
}

// serve answers the one request of a connection.
func (s *Server) serve(c *connserver.Conn) {
	if c.Await() != nil {
		return
	}
	vars, err := s.protocol.ReadHead(c.Reader(), s.most)
	if err != nil {
		s.reject(c, err)
		return
	}
	c.Begin()
	ctx := exchange.NewContext(c.Context(), c)
	r, err := cgienv.Request(ctx, vars, s.mount)
	a := &answer{conn: c}
	a.Init(c.Conn, s.protocol.First) // not c, behind which writev and sendfile are hidden
	defer a.Release()
	if err != nil {
		s.reject(c, err)
		a.refuse(err)
		return
	}
	if r.ContentLength < 0 { // a body has no end of its own: there is none
		r.ContentLength = 0
	}
	out := exchange.Serve(s.handler, r, a, exchange.Options{
		Context: ctx, Body: c.Reader(), BodyFirst: cgienv.BodyFirst(vars), Logger: s.logger,
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
	s.logger.Warn(s.protocol.Name+": bad request", "peer", c.RemoteAddr().String(), "error", err)
}

// answer is the carrier of one answer.
type answer struct {
	cgiresponse.Writer
	conn *connserver.Conn
}

// refuse answers a request that the protocol allows and net/http would not let through.
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

// ReadText reads n bytes. It takes memory only for what has come.
func ReadText(r *bufio.Reader, n int) (string, error) {
	if n <= r.Size() {
		b, err := r.Peek(n)
		if err != nil {
			return "", Unexpected(err)
		}
		text := string(b)
		_, _ = r.Discard(n)
		return text, nil
	}
	b, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(b) < n {
		err = io.ErrUnexpectedEOF
	}
	return string(b), err
}

// Unexpected is err, but for an end, which comes in the middle of something.
func Unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
