package connserver_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

func TestShutdown(t *testing.T) {
	background := context.Background()
	t.Run("idle ones are closed at once", func(t *testing.T) {
		s := new(connserver.Server)
		test(t, s, func(t *testing.T, l *pipes, p *protocol) {
			a, b := l.dial(), l.dial()
			_ = ask(a, 'x')
			_ = ask(b, 'x')
			start := time.Now()
			if err := s.Shutdown(background); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d > 50*time.Millisecond {
				t.Errorf("took %v", d)
			}
			if !closed(a) || !closed(b) {
				t.Error("not closed")
			}
			for _, err := range p.ended() {
				if !errors.Is(err, http.ErrServerClosed) {
					t.Errorf("Await: %v", err)
				}
			}
		})
	})
	t.Run("answers are waited for", func(t *testing.T) {
		s := new(connserver.Server)
		test(t, s, func(t *testing.T, l *pipes, p *protocol) {
			a := l.dial()
			go func() {
				time.Sleep(time.Hour)
				p.release <- struct{}{}
			}()
			answered := make(chan error)
			go func() { answered <- ask(a, 'w') }()
			synctest.Wait()
			start := time.Now()
			if err := s.Shutdown(background); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d < time.Hour || d > time.Hour+time.Second {
				t.Errorf("took %v", d)
			}
			if err := <-answered; err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("not for longer than the context", func(t *testing.T) {
		s := new(connserver.Server)
		test(t, s, func(t *testing.T, l *pipes, p *protocol) {
			a := l.dial()
			_, _ = a.Write([]byte("w"))
			ctx, cancel := context.WithTimeout(background, time.Minute)
			defer cancel()
			if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			// An answer that comes after all is its connection's last.
			close(p.release)
			if _, err := a.Read(make([]byte, 1)); err != nil || !closed(a) {
				t.Errorf("not closed, or not answered: %v", err)
			}
		})
	})
	t.Run("a head that is being sent is answered", func(t *testing.T) {
		s := new(connserver.Server)
		test(t, s, func(t *testing.T, l *pipes, _ *protocol) {
			a := l.dial()
			_, _ = a.Write([]byte("h"))
			done := make(chan error)
			go func() { done <- s.Shutdown(background) }()
			time.Sleep(5 * time.Second)
			_, _ = a.Write([]byte("2"))
			if n, err := a.Read(make([]byte, 1)); n != 1 {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a new connection is given a second", func(t *testing.T) {
		s := new(connserver.Server)
		test(t, s, func(t *testing.T, l *pipes, _ *protocol) {
			a, b := l.dial(), l.dial()
			done := make(chan error)
			start := time.Now()
			go func() { done <- s.Shutdown(background) }()
			time.Sleep(900 * time.Millisecond)
			if err := ask(a, 'x'); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d > 1100*time.Millisecond {
				t.Errorf("took %v", d)
			}
			if !closed(b) {
				t.Error("not closed")
			}
		})
	})
	t.Run("a request that crosses the shutdown is answered", func(t *testing.T) {
		s := new(connserver.Server)
		test(t, s, func(t *testing.T, l *pipes, _ *protocol) {
			a := l.dial()
			_ = ask(a, 'x')
			synctest.Wait()
			done := make(chan error)
			go func() { done <- s.Shutdown(background) }()
			time.Sleep(500 * time.Microsecond)
			if err := ask(a, 'x'); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a busy connection does not go on for ever", func(t *testing.T) {
		s := new(connserver.Server)
		test(t, s, func(t *testing.T, l *pipes, _ *protocol) {
			a := l.dial()
			_ = ask(a, 'x')
			var client sync.WaitGroup
			client.Go(func() {
				for ask(a, 'x') == nil {
					time.Sleep(100 * time.Microsecond)
				}
			})
			defer client.Wait()
			ctx, cancel := context.WithTimeout(background, 2*time.Second)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestClose(t *testing.T) {
	s := new(connserver.Server)
	test(t, s, func(t *testing.T, l *pipes, p *protocol) {
		a, b := l.dial(), l.dial()
		_, _ = a.Write([]byte("w"))
		_ = ask(b, 'x')
		if err := errors.Join(s.Close(), s.Close(), s.Shutdown(closedContext())); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if !closed(a) || !closed(b) {
			t.Error("not closed")
		}
		if err := s.Serve(newPipes()); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve after Close: %v", err)
		}
		close(p.release)
	})
}

func closedContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// A protocol that reads on while it answers is woken when its last answer is given, or when the
// connection was idle for too long.
func TestReadingOn(t *testing.T) {
	var release chan struct{}
	var ended chan error
	readOn := func(c *connserver.Conn) {
		for {
			if err := c.Await(); err != nil {
				ended <- err
				return
			}
			_, _ = c.Reader().ReadByte()
			c.Begin()
			go func() {
				<-release
				_, _ = c.Write([]byte("x"))
				c.End()
			}()
		}
	}
	make2 := func() { release, ended = make(chan struct{}), make(chan error, 1) }
	t.Run("shutdown", func(t *testing.T) {
		s := &connserver.Server{Conn: readOn}
		test(t, s, func(t *testing.T, l *pipes, _ *protocol) {
			make2()
			a := l.dial()
			_, _ = a.Write([]byte("1"))
			_, _ = a.Write([]byte("2"))
			done := make(chan error)
			go func() { done <- s.Shutdown(context.Background()) }()
			for range 2 {
				time.Sleep(time.Second)
				release <- struct{}{}
				if _, err := a.Read(make([]byte, 1)); err != nil {
					t.Error(err)
				}
			}
			if err := errors.Join(<-done); err != nil {
				t.Error(err)
			}
			if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
				t.Errorf("Await: %v", err)
			}
		})
	})
	t.Run("idle", func(t *testing.T) {
		s := &connserver.Server{Conn: readOn, Limits: connserver.Limits{IdleTimeout: time.Minute}}
		test(t, s, func(t *testing.T, l *pipes, _ *protocol) {
			make2()
			a := l.dial()
			_, _ = a.Write([]byte("1"))
			time.Sleep(time.Hour)
			release <- struct{}{}
			_, _ = a.Read(make([]byte, 1))
			if got := until(a); got != time.Minute {
				t.Errorf("closed after %v", got)
			}
			<-ended
		})
	})
}
