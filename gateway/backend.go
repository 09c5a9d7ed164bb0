package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/scgi"
	"github.com/surcoat/surcoat/gateway/uwsgi"
)

// backend is a server of one protocol.
type backend interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	Close() error
}

// family is the servers of a [Server], one for each protocol that is spoken.
type family struct {
	server *Server

	mu     sync.Mutex
	made   map[Protocol]backend
	closed bool
}

// get returns the server of a protocol, made the first time.
func (f *family) get(p Protocol) (backend, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, http.ErrServerClosed
	}
	if b := f.made[p]; b != nil {
		return b, nil
	}
	b, err := f.make(p)
	if err != nil {
		return nil, err
	}
	f.made[p] = b
	return b, nil
}

func (f *family) make(p Protocol) (backend, error) {
	s := f.server
	switch p {
	case HTTP:
		return s.http(), nil
	case HTTPS:
		config, err := s.tlsConfig()
		if err != nil {
			return nil, err
		}
		if config == nil { // of any, which may do without
			return nil, errors.New("gateway: https needs a certificate")
		}
		server := s.http()
		server.TLSConfig = config
		server.secure = true
		return server, nil
	case FCGI:
		return &fcgi.Server{
			Handler: s.Handler, Mount: s.Mount, Logger: s.Logger,
			ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout, WriteTimeout: s.WriteTimeout,
			IdleTimeout: s.IdleTimeout, MaxHeaderBytes: s.MaxHeaderBytes, MaxConns: s.MaxConns,
		}, nil
	case SCGI:
		return &scgi.Server{
			Handler: s.Handler, Mount: s.Mount, Logger: s.Logger,
			ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout, WriteTimeout: s.WriteTimeout,
			MaxHeaderBytes: s.MaxHeaderBytes, MaxConns: s.MaxConns,
		}, nil
	case AJP:
		secret, err := s.secret()
		if err != nil {
			return nil, err
		}
		return &ajp.Server{
			Handler: s.Handler, Mount: s.Mount, Logger: s.Logger, Secret: secret,
			ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout, WriteTimeout: s.WriteTimeout,
			IdleTimeout: s.IdleTimeout, MaxHeaderBytes: s.MaxHeaderBytes, MaxConns: s.MaxConns,
		}, nil
	case UWSGI:
		return &uwsgi.Server{
			Handler: s.Handler, Mount: s.Mount, Logger: s.Logger,
			ReadHeaderTimeout: s.ReadHeaderTimeout, ReadTimeout: s.ReadTimeout, WriteTimeout: s.WriteTimeout,
			MaxHeaderBytes: s.MaxHeaderBytes, MaxConns: s.MaxConns,
		}, nil
	case Any:
		return newAnyServer(f.get, s.ReadHeaderTimeout, s.MaxConns, s.Logger), nil
	}
	return nil, fmt.Errorf("gateway: %s has no listeners", p)
}

// shutdown ends all servers: each stops accepting, answers what is under way, and is cut off when
// ctx ends first, which is the error.
func (f *family) shutdown(ctx context.Context) error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	slow := make(chan error, len(f.made))
	for _, b := range f.made {
		go func() {
			err := b.Shutdown(ctx)
			if err != nil {
				_ = b.Close()
			}
			slow <- err
		}()
	}
	var first error
	for range f.made {
		first = cmp.Or(first, <-slow)
	}
	return first
}

// httpServer is net/http's server, within a bound, which loses no request when it is shut down.
type httpServer struct {
	*http.Server
	room   *room // nil: no bound
	secure bool  // with the certificates of TLSConfig
	fresh  newcomers

	mu        sync.Mutex
	listeners []net.Listener
	stopping  bool
	accepting sync.WaitGroup
}

// http returns the server for the handler, with its mount taken off.
func (s *Server) http() *httpServer {
	server := &httpServer{Server: &http.Server{
		Handler:           mounted(s.Handler, s.Mount),
		ReadHeaderTimeout: s.ReadHeaderTimeout,
		ReadTimeout:       s.ReadTimeout,
		WriteTimeout:      s.WriteTimeout,
		IdleTimeout:       cmp.Or(s.IdleTimeout, 2*time.Minute),
		MaxHeaderBytes:    s.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.Logger.Handler(), slog.LevelWarn),
		Protocols:         new(http.Protocols),
	}}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	if s.MaxConns > 0 {
		server.room = newRoom(s.MaxConns)
		server.room.bounded(server.Server)
	}
	server.fresh.watch(server.Server)
	return server
}

// Serve implements backend.
func (s *httpServer) Serve(l net.Listener) error {
	if s.room != nil {
		l = s.room.listener(l)
	}
	if !s.open(l) {
		_ = l.Close()
		return http.ErrServerClosed
	}
	defer s.accepting.Done()
	serve := s.Server.Serve
	if s.secure {
		serve = func(l net.Listener) error { return s.ServeTLS(l, "", "") }
	}
	err := serve(l)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping { // it was closed here
		return http.ErrServerClosed
	}
	return err
}

// open notes a listener, unless the server is shutting down.
func (s *httpServer) open(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopping {
		s.listeners = append(s.listeners, l)
		s.accepting.Add(1)
	}
	return !s.stopping
}

// Shutdown implements backend.
func (s *httpServer) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	for _, l := range s.listeners {
		_ = l.Close()
	}
	s.mu.Unlock()
	s.accepting.Wait() // all that was accepted is known
	s.fresh.wait(ctx)
	if err := s.Server.Shutdown(ctx); !errors.Is(err, net.ErrClosed) { // the listeners are
		return err
	}
	return nil
}
