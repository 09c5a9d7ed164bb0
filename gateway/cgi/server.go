package cgi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/cgiresponse"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// ErrNoRequest says that the program was not started for a request.
var ErrNoRequest = errors.New("cgi: no REQUEST_METHOD in the environment: this program was not started by a web server as a CGI program")

// ErrAborted says that the answer is not whole: the handler panicked, wrote less than the
// Content-Length it set, or nobody took the answer.
var ErrAborted = errors.New("cgi: the answer is not whole")

// Server answers the one request for which a CGI program was started.
type Server struct {
	// Handler answers the request. nil: http.DefaultServeMux.
	Handler http.Handler

	// Mount is the part of the path that is the program's address: "/wiki" is taken off the path
	// that the handler sees, and what is outside it is answered with 404. "/": the handler sees
	// the whole path. "": what the web server says (SCRIPT_NAME), which is right but where it
	// rewrites addresses.
	Mount string

	// Logger gets panics and bad requests. nil: slog.Default(), which writes to the standard
	// error, and that into the web server's log.
	Logger *slog.Logger

	// Grace is how long the handler may take to end when the web server has told the program to
	// (SIGTERM, after the client has left, mostly). 0: 2 s; Apache kills after 3. Negative: as
	// long as it likes.
	Grace time.Duration

	// Environ is the environment, "NAME=value" each. nil: the process's own, out of which
	// HTTP_PROXY is then removed: it is what the client sent as Proxy.
	Environ []string
	// Stdin is where the request's body comes from. nil: the process's own.
	Stdin io.Reader
	// Stdout is where the answer goes. nil: the process's own, and then os.Stdout is os.Stderr
	// while the handler runs, so that what a stray fmt.Println prints is in the log and not in
	// the answer.
	Stdout io.Writer
}

// Serve answers the request. The request's context is within ctx, and ends when the web server
// tells the program to end. The errors are [ErrNoRequest], [ErrAborted], and those of a request
// that was refused.
func (s *Server) Serve(ctx context.Context) error {
	environ, stdin, stdout := s.Environ, s.Stdin, s.Stdout
	if environ == nil {
		environ = os.Environ()
		_ = os.Unsetenv("HTTP_PROXY") // the client's, and not for what the handler starts (httpoxy, CVE-2016-5385)
	}
	if stdin == nil {
		stdin = os.Stdin
	}
	if stdout == nil {
		own := os.Stdout
		stdout, os.Stdout = own, os.Stderr
		defer func() { os.Stdout = own }()
	}
	vars := cgienv.Environ(environ)
	if vars.Get("REQUEST_METHOD") == "" {
		return ErrNoRequest
	}
	x := exchange.NewContext(withLocalAddr(ctx, vars), nil)
	stop := s.onSignal(x.Cancel)
	defer stop()
	a := new(answer)
	a.Init(stdout, cgiresponse.Status)
	defer a.Release()
	r, err := s.request(x, vars)
	if err != nil {
		s.logger().Warn("cgi: bad request", "error", err)
		return errors.Join(err, a.refuse(err))
	}
	out := exchange.Serve(s.Handler, r, a, exchange.Options{Context: x, Body: stdin, BodyFirst: true, Logger: s.Logger})
	if out.Aborted {
		return ErrAborted
	}
	return nil
}

// request makes the request. Without a length there is a body only where the client sent it in
// chunks, which Apache undoes without counting (RFC 3875 §4.2 knows no such body).
func (s *Server) request(ctx context.Context, vars cgienv.Vars) (*http.Request, error) {
	head, err := cgienv.Parse(vars)
	if err != nil {
		return nil, err
	}
	head.Program = true
	r, err := head.Request(ctx, s.Mount)
	if err == nil && r.ContentLength < 0 && len(r.TransferEncoding) == 0 {
		r.ContentLength = 0
	}
	return r, err
}

func (s *Server) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.Default()
	}
	return s.Logger
}

// withLocalAddr gives the context the address at which the web server got the request.
func withLocalAddr(ctx context.Context, vars cgienv.Vars) context.Context {
	port, _ := strconv.Atoi(vars.Get("SERVER_PORT"))
	addr := &net.TCPAddr{IP: net.ParseIP(vars.Get("SERVER_ADDR")), Port: port}
	return context.WithValue(ctx, http.LocalAddrContextKey, net.Addr(addr))
}

// answer is the carrier of the answer.
type answer struct{ cgiresponse.Writer }

// Abort implements exchange.Carrier. Nothing more is sent: a web server that has got nothing
// answers with an error of its own.
func (*answer) Abort() {}

func (a *answer) refuse(err error) error {
	var bad *cgienv.Error
	if !errors.As(err, &bad) {
		return nil
	}
	if err := exchange.Refuse(a, bad.Status); err != nil {
		return fmt.Errorf("cgi: refusing it: %w", err)
	}
	return nil
}
