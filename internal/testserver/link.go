package testserver

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Link is a way to a server that can be interrupted without either end being told, as
// by a pulled cable.
type Link struct {
	// Addr is where it listens, as host:port.
	Addr string

	target string
	listen net.Listener
	gate   sync.RWMutex // held for writing while interrupted
	frozen bool
	wg     sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

// LinkTo starts a [Link] to the server at an address. It ends with the test.
func LinkTo(tb testing.TB, addr string) *Link {
	tb.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	l := &Link{Addr: listen.Addr().String(), target: addr, listen: listen}
	accepted := make(chan struct{})
	go func() { defer close(accepted); l.accept() }()
	tb.Cleanup(func() {
		l.Thaw()
		_ = listen.Close()
		<-accepted // none is added any more
		l.Cut()
		l.wg.Wait()
	})
	return l
}

// Freeze lets nothing pass any more, and closes nothing. It must not be called twice
// without Thaw.
func (l *Link) Freeze() {
	l.gate.Lock()
	l.frozen = true
}

// Thaw lets pass what was held back, and what follows. It does nothing to a link that
// is not frozen.
func (l *Link) Thaw() {
	if l.frozen {
		l.frozen = false
		l.gate.Unlock()
	}
}

// Cut closes all connections. New ones are served.
func (l *Link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}

func (l *Link) accept() {
	for {
		near, err := l.listen.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		l.mu.Lock()
		l.conns = append(l.conns, near, far)
		l.mu.Unlock()
		l.wg.Go(func() { l.pass(near, far) })
		l.wg.Go(func() { l.pass(far, near) })
	}
}

// pass copies until either end closes, and closes both then.
func (l *Link) pass(to, from net.Conn) {
	_, _ = io.Copy(gated{to, &l.gate}, from)
	_ = to.Close()
	_ = from.Close()
}

// gated writes when the gate is open.
type gated struct {
	net.Conn
	gate *sync.RWMutex
}

func (g gated) Write(b []byte) (int, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Conn.Write(b)
}
