package gateway

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme/autocert"
)

// Server serves a handler. Its zero value but for Handler works.
//
// Fields are read once, by [Server.Serve].
type Server struct {
	// Handler is the application with its layers. nil is refused.
	Handler http.Handler

	// URL is where to serve and how, for [ParseAddress]. "": as the program was started, which
	// [Detect] finds out.
	URL string

	// Mount is the part of the path that is the application's address and not its own
	// business. "": what the server in front says it is (SCRIPT_NAME), nothing over HTTP.
	// "/": the whole path is the application's. "/wiki": this is taken off, and paths outside
	// it are not found.
	Mount string

	// Logger gets the log. nil: slog.Default().
	Logger *slog.Logger

	// CertFile and KeyFile are a certificate, with its chain, and its key, in PEM, for https. They
	// are read again when they have changed; if that fails the old ones stay and the log says why.
	CertFile, KeyFile string

	// ACME gets certificates for https by itself (RFC 8555), when a client first asks for a
	// host, and again before they expire. The authority asks for its proof at the port that is
	// served (TLS-ALPN-01, RFC 8737), which therefore has to be 443, or be what the public port
	// 443 leads to with TLS untouched. Of the manager, Prompt has to be set, which agrees to the
	// authority's terms; HostPolicy, or any name that a client makes up is asked for; and Cache,
	// or each start asks for all certificates again, for which authorities have a limit. nil:
	// CertFile and KeyFile.
	ACME *autocert.Manager

	// SecretFile has the secret that the server in front has to send with each request over AJP
	// (secret= in Apache's ProxyPass, requiredSecret in others). Space around it does not count.
	// "": what the environment's AJP_SECRET says, or none, in which case only loopback addresses
	// and Unix sockets are served.
	SecretFile string

	// ReadHeaderTimeout is how long the head of a request may take. 0: 10 s.
	ReadHeaderTimeout time.Duration

	// ReadTimeout is how long a request may take with its body. 0: no bound.
	ReadTimeout time.Duration

	// WriteTimeout is how long an answer may take, from the end of the request's head. 0: no bound.
	WriteTimeout time.Duration

	// IdleTimeout is how long a connection is kept without a request. 0: 2 min over HTTP;
	// behind a server in front, which closes what it does not need, no bound.
	IdleTimeout time.Duration

	// ShutdownTimeout is how long requests may take to end once the context has. 0: 10 s.
	ShutdownTimeout time.Duration

	// MaxHeaderBytes bounds a request's header, or what the protocol has in its place. 0: 1 MiB;
	// over AJP and uwsgi, which allow no more, 64 KiB.
	MaxHeaderBytes int

	// MaxConns is how many connections are open at once with each protocol that is spoken, and
	// with Any also how many have not yet shown which. More wait to be accepted, while the one
	// that has been idle for longest is closed or, if none is idle, the one that has been silent
	// or sending a head for longest, if that is more than a second; one that is being answered
	// never is. 0: no bound over HTTP, 4,096 elsewhere.
	MaxConns int
}

// Serve is [Server.Serve] of a Server with that handler and nothing else set.
func Serve(ctx context.Context, handler http.Handler) error {
	return (&Server{Handler: handler}).Serve(ctx)
}

// Serve serves until ctx ends, and then until the requests under way are answered, at most for
// ShutdownTimeout. It returns nil if all were answered, and for a CGI program when its one request
// was. Errors name what has to be changed.
func (s *Server) Serve(ctx context.Context) error {
	server, err := s.settle()
	if err != nil {
		return err
	}
	p, err := server.plan()
	if err != nil {
		return err
	}
	if p.Address.Protocol == CGI {
		return server.cgi(ctx)
	}
	listeners, err := p.open(ctx)
	if err != nil {
		return err
	}
	for _, l := range listeners {
		if err := server.check(l); err != nil {
			closeAll(listeners)
			return err
		}
	}
	return server.serve(ctx, listeners, slog.String("protocol", string(p.Address.Protocol)), slog.String("at", p.at(listeners)), slog.String("because", p.Why))
}

// ServeListener is [Server.Serve] at a listener that is open already. What is spoken there is what
// URL says, http where URL is ""; the place in URL does not matter. It closes l.
func (s *Server) ServeListener(ctx context.Context, l net.Listener) error {
	server, err := s.settle()
	if err != nil {
		return err
	}
	a, err := ParseAddress(cmp.Or(s.URL, "http:"))
	if err != nil {
		return err
	}
	if a.Protocol == CGI {
		return errors.New("gateway: Server.URL is cgi:, but a CGI program does not listen; call Serve")
	}
	place := open{Listener: l, protocol: a.Protocol}
	if err := server.check(place); err != nil {
		_ = l.Close()
		return err
	}
	return server.serve(ctx, []open{place}, slog.String("protocol", string(a.Protocol)), slog.String("at", l.Addr().String()))
}

// settle returns a copy of s with what its zero fields mean, or what is wrong with it.
func (s *Server) settle() (*Server, error) {
	c := *s
	if c.Handler == nil {
		return nil, errors.New("gateway: Server.Handler is nil; set it to the application")
	}
	if c.Mount != "" && (c.Mount[0] != '/' || strings.ContainsAny(c.Mount, "?#%\x00\r\n")) {
		return nil, fmt.Errorf("gateway: Server.Mount is %q; it is a path that begins with a slash, such as /wiki, unescaped", c.Mount)
	}
	if c.Mount != "/" {
		c.Mount = strings.TrimRight(c.Mount, "/")
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return nil, errors.New("gateway: Server.CertFile and Server.KeyFile go together; one of them is empty")
	}
	if c.ACME != nil && c.CertFile != "" {
		return nil, errors.New("gateway: Server.ACME and Server.CertFile are both set; only one of them can give the certificates")
	}
	for _, f := range []struct {
		name  string
		value time.Duration
	}{
		{"ReadHeaderTimeout", c.ReadHeaderTimeout},
		{"ReadTimeout", c.ReadTimeout},
		{"WriteTimeout", c.WriteTimeout},
		{"IdleTimeout", c.IdleTimeout},
		{"ShutdownTimeout", c.ShutdownTimeout},
		{"MaxHeaderBytes", time.Duration(c.MaxHeaderBytes)},
		{"MaxConns", time.Duration(c.MaxConns)},
	} {
		if f.value < 0 {
			return nil, fmt.Errorf("gateway: Server.%s is negative", f.name)
		}
	}
	c.Logger = cmp.Or(c.Logger, slog.Default())
	c.ReadHeaderTimeout = cmp.Or(c.ReadHeaderTimeout, 10*time.Second)
	c.ShutdownTimeout = cmp.Or(c.ShutdownTimeout, 10*time.Second)
	return &c, nil
}

// plan is what URL says, or else how the program was started.
func (s *Server) plan() (plan, error) {
	if s.URL == "" {
		return detect()
	}
	a, err := ParseAddress(s.URL)
	if err == nil {
		err = a.chosen()
	}
	if err != nil {
		return plan{}, err
	}
	var sockets []socket
	if a.inherited() {
		if sockets, _, err = startedWith(); err != nil {
			return plan{}, err
		}
		if len(sockets) == 0 {
			return plan{}, a.notStartedWith()
		}
		for i := range sockets {
			sockets[i].protocol = a.Protocol
		}
	}
	return startedAs(a, sockets, "Server.URL says so"), nil
}

// open is a listener and what is spoken there.
type open struct {
	net.Listener
	protocol Protocol
}

// open opens what the plan says.
func (p plan) open(ctx context.Context) (listeners []open, err error) {
	if len(p.sockets) == 0 {
		l, err := p.Address.listen(ctx)
		if err != nil {
			return nil, err
		}
		return []open{{l, p.Address.Protocol}}, nil
	}
	for _, s := range p.sockets {
		l, err := s.open()
		if err != nil {
			closeAll(listeners)
			return nil, err
		}
		listeners = append(listeners, open{l, s.protocol})
	}
	return listeners, nil
}

// at is where a client finds the program, for the log.
func (p plan) at(listeners []open) string {
	if len(p.Sockets) > 0 {
		return strings.Join(p.Sockets, ", ")
	}
	a := p.Address
	a.Address = listeners[0].Addr().String() // the port that was meant by 0
	return a.String()
}

func closeAll(listeners []open) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

// check refuses what would be open to everybody by mistake, or lacks what its protocol needs.
func (s *Server) check(l open) error {
	if err := s.equipped(l.protocol); err != nil || local(l.Addr()) {
		return err
	}
	switch l.protocol {
	case AJP:
		return s.guarded(l.Addr().String())
	case Any: // of the protocols there, only AJP has a secret
		return fmt.Errorf("gateway: whoever reaches %s could choose the protocol there and so say who it is; set Server.URL to the one that is meant, http: for a website", l.Addr())
	}
	return nil
}

// guarded refuses AJP at a place that others reach, without a secret.
func (s *Server) guarded(place string) error {
	secret, err := s.secret()
	if err != nil || secret != "" {
		return err
	}
	return fmt.Errorf("gateway: ajp without a secret lets whoever reaches %s say who the client is; set Server.SecretFile or AJP_SECRET in the environment, and the server in front to the same, or serve a loopback address", place)
}

// local reports whether only this machine reaches a.
func local(a net.Addr) bool {
	switch a := a.(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}

// serve runs a server at each listener until ctx ends or one of them fails. what is for the log.
func (s *Server) serve(ctx context.Context, listeners []open, what ...any) error {
	all := &family{server: s, made: make(map[Protocol]backend)}
	backends := make([]backend, len(listeners))
	for i, l := range listeners {
		var err error
		if backends[i], err = all.get(l.protocol); err != nil {
			closeAll(listeners)
			return err
		}
	}
	s.Logger.Info("gateway: serving", what...)
	ended := make(chan error)
	var running sync.WaitGroup
	for i, b := range backends {
		running.Go(func() { ended <- b.Serve(listeners[i].Listener) })
	}
	go func() { running.Wait(); close(ended) }()

	var failed error
	select {
	case failed = <-ended:
	case <-ctx.Done():
		s.Logger.Info("gateway: stopping; requests under way are answered first")
	}
	final, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.ShutdownTimeout)
	defer cancel()
	slow := make(chan error, 1)
	go func() { slow <- all.shutdown(final) }()
	for err := range ended {
		failed = cmp.Or(failed, err)
	}
	switch late := <-slow; {
	case failed != nil && !errors.Is(failed, http.ErrServerClosed) && !errors.Is(failed, errServed):
		return fmt.Errorf("gateway: cannot go on serving: %w", failed)
	case late != nil:
		return fmt.Errorf("gateway: requests were still under way after Server.ShutdownTimeout, %v, and have been cut off", s.ShutdownTimeout)
	}
	return nil
}

// tlsConfig is the configuration for https, nil where none was asked for.
func (s *Server) tlsConfig() (*tls.Config, error) {
	switch {
	case s.ACME != nil:
		return s.ACME.TLSConfig(), nil
	case s.CertFile != "":
		c := &certificate{cert: s.CertFile, key: s.KeyFile, log: s.Logger}
		if err := c.load(); err != nil {
			return nil, err
		}
		return &tls.Config{GetCertificate: c.get}, nil
	}
	return nil, nil
}
