package pool_test

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/pool"
)

// application accepts connections, keeps them and tells their number.
type application struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func listen(t *testing.T, network, address string) *application {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	a := &application{Listener: l}
	done := make(chan bool)
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			a.mu.Lock()
			a.conns = append(a.conns, c)
			a.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		a.closeAll()
	})
	return a
}

func (a *application) closeAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.conns {
		c.Close()
	}
}

func get(t *testing.T, p *pool.Pool, fresh bool) *pool.Conn {
	t.Helper()
	c, err := p.Get(t.Context(), fresh)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newPool(t *testing.T, addresses ...string) *pool.Pool {
	p := &pool.Pool{Addresses: addresses}
	t.Cleanup(p.Close)
	return p
}

func TestReuse(t *testing.T) {
	a := listen(t, "unix", filepath.Join(t.TempDir(), "s"))
	p := newPool(t, "unix:"+a.Addr().String())
	first := get(t, p, false)
	if first.Used {
		t.Error("a new connection says that it was used")
	}
	second := get(t, p, false)
	if second.Conn == first.Conn {
		t.Fatal("two requests on a connection")
	}
	first.Release()
	first.Release() // once
	again := get(t, p, false)
	if again.Conn != first.Conn || !again.Used {
		t.Error("the connection was not used again")
	}
	again.Release()
	if c := get(t, p, true); c.Used {
		t.Error("a used one, where a fresh one was asked for")
	}
	second.Discard()
	if _, err := second.Write([]byte("x")); err == nil {
		t.Error("it is still open")
	}
}

// A connection that the application has closed is not used again, nor one on which it has said
// something that nobody asked for.
func TestClosedMeanwhile(t *testing.T) {
	for name, do := range map[string]func(net.Conn){
		"closed":  func(c net.Conn) { c.Close() },
		"talking": func(c net.Conn) { _, _ = io.WriteString(c, "x") },
	} {
		a := listen(t, "tcp", "127.0.0.1:0")
		p := newPool(t, a.Addr().String())
		c := get(t, p, false)
		c.Release()
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
			a.mu.Lock()
			n := len(a.conns)
			a.mu.Unlock()
			if n == 1 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		a.mu.Lock()
		do(a.conns[0])
		a.mu.Unlock()
		time.Sleep(20 * time.Millisecond) // until the kernel has brought it over
		if again := get(t, p, false); again.Used {
			t.Errorf("%s: used again", name)
		}
	}
}

func TestIdleTimeout(t *testing.T) {
	a := listen(t, "tcp", "127.0.0.1:0")
	p := newPool(t, a.Addr().String())
	p.IdleTimeout = time.Millisecond
	c := get(t, p, false)
	c.Release()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := c.Write(nil); err != nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it is kept")
		}
	}
	p.IdleTimeout = -1
	c = get(t, p, false)
	c.Release()
	if _, err := c.Write(nil); err == nil {
		t.Error("kept with a negative IdleTimeout")
	}
}

func TestMaxIdle(t *testing.T) {
	a := listen(t, "tcp", "127.0.0.1:0")
	p := newPool(t, a.Addr().String())
	p.MaxIdle = 2
	var conns []*pool.Conn
	for range 5 {
		conns = append(conns, get(t, p, false))
	}
	open := 0
	for _, c := range conns {
		c.Release()
		if _, err := c.Write(nil); err == nil {
			open++
		}
	}
	if open != 2 {
		t.Errorf("%d are kept", open)
	}
}

// Requests go where there are fewest, and not to what cannot be reached.
func TestPlaces(t *testing.T) {
	a, b := listen(t, "tcp", "127.0.0.1:0"), listen(t, "tcp", "127.0.0.1:0")
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	p := newPool(t, gone.Addr().String(), a.Addr().String(), b.Addr().String())
	at := make(map[string]int)
	for range 20 {
		at[get(t, p, false).RemoteAddr().String()]++
	}
	if at[a.Addr().String()] != 10 || at[b.Addr().String()] != 10 {
		t.Errorf("requests went to %v", at)
	}
}

// What comes back is used again, at once where it is the only one.
func TestRecovers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	p := newPool(t, "unix:"+path)
	if _, err := p.Get(t.Context(), false); err == nil {
		t.Fatal("nobody listens")
	}
	listen(t, "unix", path)
	get(t, p, false)

	q := newPool(t, "unix:"+path+"1", "unix:"+path+"2")
	if _, err := q.Get(t.Context(), false); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("nobody listens: %v", err)
	}
	listen(t, "unix", path+"2")
	get(t, q, false)
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := listen(t, "tcp", "127.0.0.1:0")
	if _, err := newPool(t, a.Addr().String()).Get(ctx, true); err == nil {
		t.Error("a connection for a request that has ended")
	}
}

func TestClose(t *testing.T) {
	a := listen(t, "tcp", "127.0.0.1:0")
	p := newPool(t, a.Addr().String())
	c, d := get(t, p, false), get(t, p, false)
	c.Release()
	p.Close()
	if _, err := c.Write(nil); err == nil {
		t.Error("an unused one is open")
	}
	if _, err := d.Write(nil); err != nil {
		t.Error("one with a request was closed")
	}
	d.Release()
	if _, err := d.Write(nil); err == nil {
		t.Error("it is open after its request")
	}
}

// Many requests at once: -race looks on.
func TestMany(t *testing.T) {
	a := listen(t, "tcp", "127.0.0.1:0")
	p := newPool(t, a.Addr().String())
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for range 100 {
				c, err := p.Get(t.Context(), i%5 == 0)
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 == 0 {
					c.Discard()
				} else {
					c.Release()
				}
			}
		})
	}
	all.Wait()
}

func TestCheck(t *testing.T) {
	for address, ok := range map[string]bool{
		"127.0.0.1:9000": true, "[::1]:9000": true, "php:9000": true, "unix:/run/php.sock": true,
		"": false, "unix:": false, "127.0.0.1": false, "127.0.0.1:": false, "/run/php.sock": false, "fcgi://127.0.0.1:9000": false,
	} {
		if err := pool.Check([]string{address}); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
	if pool.Check(nil) == nil {
		t.Error("no address")
	}
}
