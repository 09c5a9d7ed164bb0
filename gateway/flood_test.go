package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway"
)

// flood is how large the flood is, against each protocol.
type flood struct {
	conns    int // that do harm, at any time
	maxConns int
	timeout  time.Duration // ReadHeaderTimeout
	lasts    time.Duration
}

// spec: half-open, slow and idle connections are held within MaxConns and ReadHeaderTimeout while
// good clients are served, and cost nothing when they have gone. All protocols at the same time.
func TestFlood(t *testing.T) {
	f := flood{conns: 150, maxConns: 100, timeout: 2 * time.Second, lasts: 2 * time.Second}
	if os.Getenv("SOAK") == "1" {
		f = flood{conns: 1500, maxConns: 1000, timeout: 5 * time.Second, lasts: time.Minute}
	}
	runtime.GC()
	before := memory()
	targets := []*target{}
	ctx, stop := context.WithCancel(t.Context())
	for _, protocol := range []string{"http", "fcgi", "scgi", "uwsgi", "ajp", "any"} {
		targets = append(targets, f.start(t, ctx, protocol))
	}
	storm, calm := context.WithTimeout(ctx, f.lasts)
	var attackers, clients sync.WaitGroup
	for _, g := range targets {
		for i := range f.conns {
			attackers.Go(func() { g.attack(storm, i) })
		}
		for _, protocol := range g.speaks {
			clients.Go(func() { g.visit(t, storm, protocol) })
		}
	}
	var most uint64
	for storm.Err() == nil {
		most = max(most, memory())
		time.Sleep(50 * time.Millisecond)
	}
	calm()
	clients.Wait()
	attackers.Wait()
	for _, g := range targets {
		g.report(t, f)
	}
	t.Logf("memory %d MiB before, at most %d MiB", before>>20, most>>20)
	// The attackers' own goroutines are in it too.
	if bound := before + uint64(len(targets)*(f.conns+f.maxConns))*64<<10; most > bound {
		t.Errorf("%d MiB of memory, more than %d", most>>20, bound>>20)
	}
	stop()
	for _, g := range targets {
		if err := <-g.done; err != nil {
			t.Errorf("%s: serving ended with %v", g.protocol, err)
		}
	}
	if left := leftOver(); left != "" {
		t.Errorf("goroutines are left:\n%s", left)
	}
	if after := settled(before + 16<<20); after > before+16<<20 {
		t.Errorf("%d MiB of memory after the flood, %d before", after>>20, before>>20)
	}
}

// memory is what the process has in use.
func memory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// settled is the memory when what is not used has been collected, as soon as that is good: pools
// are emptied by the second collection, and stacks are handed back later.
func settled(good uint64) (now uint64) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		runtime.GC()
		if now = memory(); now <= good {
			break
		}
	}
	return now
}

// leftOver returns the goroutines of servers that do not end.
func leftOver() (left string) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		buf := make([]byte, 16<<20)
		left = ""
		for one := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(one, "surcoat/gateway.") || strings.Contains(one, "surcoat/gateway/") || strings.Contains(one, "net/http.(*conn)") {
				left += one + "\n\n"
			}
		}
		if left == "" {
			return ""
		}
	}
	return left
}

// target is a server in the flood.
type target struct {
	protocol string
	speaks   []string
	addr     net.Addr
	listener *countingListener
	done     chan error

	mu    sync.Mutex
	waits []time.Duration // of good clients
	hits  atomic.Int64    // connections of attackers
}

func (f flood) start(t *testing.T, ctx context.Context, protocol string) *target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &target{protocol: protocol, speaks: []string{protocol}, addr: l.Addr(), listener: &countingListener{Listener: l}, done: make(chan error, 1)}
	if protocol == "any" {
		g.speaks = []string{"http", "fcgi", "scgi", "uwsgi", "ajp"}
	}
	s := &gateway.Server{
		URL: protocol + ":", MaxConns: f.maxConns, ReadHeaderTimeout: f.timeout, Logger: quiet,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "for %s", r.URL) }),
	}
	go func() { g.done <- s.ServeListener(ctx, g.listener) }()
	return g
}

// attack opens connections, the next when one has been closed, and does with each what a good
// client does not.
func (g *target) attack(ctx context.Context, i int) {
	protocol := g.speaks[i%len(g.speaks)]
	request := wires[protocol].request("/attack")
	for ctx.Err() == nil {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", g.addr.String())
		if err != nil {
			continue
		}
		g.hits.Add(1)
		release := context.AfterFunc(ctx, func() { _ = c.Close() })
		switch i / len(g.speaks) % 4 {
		case 0: // nothing
		case 1:
			_, _ = io.WriteString(c, request[:len(request)/2])
		case 2:
			for j := range len(request) - 1 {
				if _, err := io.WriteString(c, request[j:j+1]); err != nil {
					break
				}
				sleep(ctx, 100*time.Millisecond)
			}
		case 3: // idle, where connections are kept
			_, _ = io.WriteString(c, strings.Replace(request, "Connection: close\r\n", "", 1))
		}
		_, _ = io.Copy(io.Discard, c)
		release()
		_ = c.Close()
		sleep(ctx, 10*time.Millisecond)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// visit is a good client, who asks again and again.
func (g *target) visit(t *testing.T, ctx context.Context, protocol string) {
	for n := 0; ctx.Err() == nil; n++ {
		began := time.Now()
		path := fmt.Sprintf("/%d", n)
		if body, err := ask(g.addr, protocol, path); body != "for "+path || err != nil {
			t.Errorf("%s over %s: %q, %v after %v", protocol, g.protocol, body, err, time.Since(began))
		}
		g.mu.Lock()
		g.waits = append(g.waits, time.Since(began))
		g.mu.Unlock()
		sleep(ctx, 20*time.Millisecond)
	}
}

// report says what was measured, and sees that the bounds held.
func (g *target) report(t *testing.T, f flood) {
	slices.Sort(g.waits)
	t.Logf("%-5s %5d connections of attackers, %4d held at most; %d good requests, median %v, longest %v",
		g.protocol, g.hits.Load(), g.listener.most.Load(), len(g.waits), g.waits[len(g.waits)/2], g.waits[len(g.waits)-1])
	bound := f.maxConns + 1 // which was accepted and waits
	if g.protocol == "any" {
		bound += len(g.speaks) * (f.maxConns + 1)
	}
	if most := int(g.listener.most.Load()); most > bound {
		t.Errorf("%s: %d connections at once, more than %d", g.protocol, most, bound)
	}
	if len(g.waits) < len(g.speaks) {
		t.Errorf("%s: only %d good requests", g.protocol, len(g.waits))
	}
}

// countingListener counts the connections that are open.
type countingListener struct {
	net.Listener
	now, most atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	n := l.now.Add(1)
	for most := l.most.Load(); n > most && !l.most.CompareAndSwap(most, n); most = l.most.Load() {
	}
	return &countedConn{Conn: c, closed: sync.OnceFunc(func() { l.now.Add(-1) })}, nil
}

type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	defer c.closed()
	return c.Conn.Close()
}

func (c *countedConn) NetConn() net.Conn { return c.Conn }
