package connserver_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

var (
	past  = time.Unix(1, 0)
	never time.Time
)

func TestServe(t *testing.T) {
	test(t, &connserver.Server{}, func(t *testing.T, l *pipes, _ *protocol) {
		a, b := l.dial(), l.dial()
		for range 3 {
			if err := errors.Join(ask(a, 'x'), ask(b, 'y'), ask(a, 'z')); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = a.Write([]byte("p"))
		if !closed(a) || closed(b) {
			t.Error("a panic closes its own connection")
		}
		if err := ask(b, 'x'); err != nil {
			t.Error(err)
		}
	})
}

// until is the time after which the server closes the connection, or -1 if it does not.
func until(c net.Conn) time.Duration {
	start := time.Now()
	for range 100_000 {
		if closed(c) {
			return time.Since(start).Round(time.Second)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return -1
}

func TestTimeouts(t *testing.T) {
	limits := connserver.Limits{ReadHeaderTimeout: 3 * time.Second, IdleTimeout: 7 * time.Second}
	for _, row := range []struct {
		name   string
		limits connserver.Limits
		use    func(c net.Conn)
		want   time.Duration
	}{
		{"nothing sent, by default", connserver.Limits{}, func(net.Conn) {}, 10 * time.Second},
		{"nothing sent", limits, func(net.Conn) {}, 3 * time.Second},
		{"nothing sent, no bound", connserver.Limits{ReadHeaderTimeout: -1}, func(net.Conn) {}, -1},
		{"slow head", limits, func(c net.Conn) {
			time.Sleep(2 * time.Second)
			_, _ = c.Write([]byte("h"))
		}, time.Second},
		{"idle, by default", connserver.Limits{}, func(c net.Conn) { _ = ask(c, 'x') }, -1},
		{"idle", limits, func(c net.Conn) { _ = ask(c, 'x') }, 7 * time.Second},
		{"slow second head", limits, func(c net.Conn) {
			_ = ask(c, 'x')
			time.Sleep(6 * time.Second)
			_, _ = c.Write([]byte("h"))
		}, 3 * time.Second},
		{"idle after what was no request", limits, func(c net.Conn) { _, _ = c.Write([]byte("n")) }, 7 * time.Second},
		{"answering", limits, func(c net.Conn) { _, _ = c.Write([]byte("w")) }, -1},
	} {
		t.Run(row.name, func(t *testing.T) {
			test(t, &connserver.Server{Limits: row.limits}, func(t *testing.T, l *pipes, p *protocol) {
				c := l.dial()
				row.use(c)
				if got := until(c); got != row.want {
					t.Errorf("closed after %v, want %v", got, row.want)
				}
				close(p.release)
				_ = c.Close()
			})
		})
	}
}

// The deadlines for a request's body and its answer count from its head, and are gone with it.
func TestDeadlines(t *testing.T) {
	s := &connserver.Server{Limits: connserver.Limits{ReadTimeout: 5 * time.Second, WriteTimeout: 2 * time.Second}}
	var readAfter, writeAfter time.Duration
	s.Conn = func(c *connserver.Conn) {
		for c.Await() == nil {
			b, _ := c.Reader().ReadByte()
			c.Begin()
			start := time.Now()
			if b == 'd' {
				_, err := c.Write([]byte("nobody reads"))
				writeAfter = time.Since(start)
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					panic(err)
				}
				_, err = c.Reader().ReadByte()
				readAfter = time.Since(start)
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					panic(err)
				}
			} else {
				_ = c.SetDeadline(past) // by the handler
			}
			c.End()
			_, _ = c.Write([]byte{b})
		}
	}
	test(t, s, func(t *testing.T, l *pipes, _ *protocol) {
		c := l.dial()
		for range 2 {
			if err := ask(c, 'x'); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = c.Write([]byte("d"))
		time.Sleep(6 * time.Second)
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Error(err)
		}
		if writeAfter != 2*time.Second || readAfter != 5*time.Second {
			t.Errorf("write ended after %v, read after %v", writeAfter, readAfter)
		}
		time.Sleep(time.Hour)
		if err := ask(c, 'x'); err != nil {
			t.Error(err)
		}
	})
}

type flakyError struct{}

func (flakyError) Error() string   { return "too many open files" }
func (flakyError) Temporary() bool { return true }

func TestAcceptErrors(t *testing.T) {
	test(t, &connserver.Server{}, func(t *testing.T, l *pipes, _ *protocol) {
		start := time.Now()
		for range 12 {
			l.errs <- flakyError{}
		}
		if err := ask(l.dial(), 'x'); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d < 4*time.Second || d > 6*time.Second {
			t.Errorf("12 failures took %v", d)
		}
		l.errs <- flakyError{}
		l.errs <- flakyError{}
		if d := time.Since(start); d > 7*time.Second {
			t.Errorf("a success does not begin the waiting anew: %v", d)
		}
	})
	l := newPipes()
	go func() { l.errs <- errors.New("broken") }()
	if err := new(connserver.Server).Serve(l); err == nil || err.Error() != "broken" {
		t.Errorf("Serve: %v", err)
	}
}

func TestContext(t *testing.T) {
	type key struct{}
	var ctx context.Context
	s := &connserver.Server{
		BaseContext: func(l net.Listener) context.Context { return context.WithValue(context.Background(), key{}, l) },
		Conn:        func(c *connserver.Conn) { ctx = c.Context() },
	}
	test(t, s, func(t *testing.T, l *pipes, _ *protocol) {
		c := l.dial()
		if !closed(c) {
			t.Error("not closed when Conn returned")
		}
		if ctx.Value(key{}) != l || ctx.Value(http.LocalAddrContextKey).(net.Addr).Network() != "pipe" {
			t.Error("values are missing")
		}
		if ctx.Err() != nil {
			t.Error(ctx.Err())
		}
	})
	if ctx.Err() == nil {
		t.Error("the context does not end with the server")
	}
}

func TestMaxConns(t *testing.T) {
	limited := func() *connserver.Server { return &connserver.Server{Limits: connserver.Limits{MaxConns: 2}} }
	t.Run("idle ones make room, the longest idle first", func(t *testing.T) {
		test(t, limited(), func(t *testing.T, l *pipes, _ *protocol) {
			a, b := l.dial(), l.dial()
			_ = ask(a, 'x')
			time.Sleep(time.Second)
			_ = ask(b, 'x')
			time.Sleep(time.Second)
			_ = ask(a, 'x')
			c := l.dial()
			if err := ask(c, 'x'); err != nil {
				t.Error(err)
			}
			if closed(a) || !closed(b) || closed(c) {
				t.Errorf("closed: %v %v %v", closed(a), closed(b), closed(c))
			}
		})
	})
	t.Run("slow ones make room", func(t *testing.T) {
		test(t, limited(), func(t *testing.T, l *pipes, _ *protocol) {
			a := l.dial()
			time.Sleep(100 * time.Millisecond)
			b := l.dial()
			_, _ = b.Write([]byte("h"))
			c := l.dial()
			start := time.Now()
			if err := ask(c, 'x'); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d < 500*time.Millisecond || d > 1500*time.Millisecond {
				t.Errorf("waited %v", d)
			}
			if !closed(a) || closed(b) {
				t.Errorf("closed: %v %v", closed(a), closed(b))
			}
		})
	})
	t.Run("answering ones do not", func(t *testing.T) {
		test(t, limited(), func(t *testing.T, l *pipes, p *protocol) {
			a, b := l.dial(), l.dial()
			for _, busy := range []net.Conn{a, b} {
				_, _ = busy.Write([]byte("w"))
				go func() { _, _ = io.Copy(io.Discard, busy) }()
			}
			c := l.dial()
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			if err := ask(c, 'x'); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("served a third: %v", err)
			}
			_ = c.SetDeadline(never)
			p.release <- struct{}{}
			if err := ask(c, 'x'); err != nil {
				t.Error(err)
			}
			close(p.release)
		})
	})
	t.Run("no bound", func(t *testing.T) {
		test(t, &connserver.Server{Limits: connserver.Limits{MaxConns: -1}}, func(t *testing.T, l *pipes, _ *protocol) {
			for range 5000 {
				l.dial()
			}
			synctest.Wait()
		})
	})
}
