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
	wg     sync.WaitGroup

	mu     sync.Mutex
	frozen bool // for new connections
	cables []*cable
}

// cable is one connection that passes through a Link.
type cable struct {
	near, far net.Conn
	gate      sync.RWMutex // held for writing while interrupted
	frozen    bool
}

// LinkTo starts a [Link] to the server at an address. It ends with the test.
func LinkTo(tb testing.TB, addr string) *Link {
	tb.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	l := &Link{Addr: listen.Addr().String(), target: addr}
	accepted := make(chan struct{})
	go func() { defer close(accepted); l.accept(listen) }()
	tb.Cleanup(func() {
		_ = listen.Close()
		<-accepted // none is added any more
		l.Thaw()
		l.Cut()
		l.wg.Wait()
	})
	return l
}

// Freeze lets nothing pass any more, and closes nothing. New connections are accepted
// and frozen.
func (l *Link) Freeze() { l.freeze(true) }

// FreezeOld is Freeze for the connections that exist. Later ones are served.
func (l *Link) FreezeOld() { l.freeze(false) }

func (l *Link) freeze(later bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = later
	for _, c := range l.cables {
		c.freeze()
	}
}

func (c *cable) freeze() {
	if !c.frozen {
		c.frozen = true
		c.gate.Lock()
	}
}

// Thaw lets pass what was held back, and what follows.
func (l *Link) Thaw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = false
	for _, c := range l.cables {
		if c.frozen {
			c.frozen = false
			c.gate.Unlock()
		}
	}
}

// Cut closes all connections. New ones are served, unless the link is frozen.
func (l *Link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.cables {
		_ = c.near.Close()
		_ = c.far.Close()
		if c.frozen {
			c.gate.Unlock()
		}
	}
	l.cables = nil
}

func (l *Link) accept(listen net.Listener) {
	for {
		near, err := listen.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		c := &cable{near: near, far: far}
		l.mu.Lock()
		if l.frozen {
			c.freeze()
		}
		l.cables = append(l.cables, c)
		l.mu.Unlock()
		l.wg.Go(func() { c.pass(near, far) })
		l.wg.Go(func() { c.pass(far, near) })
	}
}

// pass copies until either end closes, and closes both then.
func (c *cable) pass(to, from net.Conn) {
	_, _ = io.Copy(gated{to, &c.gate}, from)
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
