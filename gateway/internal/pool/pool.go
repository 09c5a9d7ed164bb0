package pool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// What a zero field means, and how long an address rests that cannot be reached.
const (
	defaultDialTimeout = 5 * time.Second
	defaultIdleTimeout = 30 * time.Second
	defaultMaxIdle     = 32

	leastRest = 500 * time.Millisecond
	mostRest  = 30 * time.Second
)

// Pool is the connections. Its fields are not changed after the first Get; its methods are for
// many goroutines at once.
type Pool struct {
	// Addresses is "host:port" for each place, or "unix:" and a socket's path.
	Addresses []string
	// DialTimeout is how long a connection may take to be made. 0: 5 s.
	DialTimeout time.Duration
	// IdleTimeout is how long one is kept unused. 0: 30 s. Negative: none is kept.
	IdleTimeout time.Duration
	// MaxIdle is how many unused ones are kept for each address. 0: 32.
	MaxIdle int

	once   sync.Once
	places []*place
	mu     sync.Mutex
	turn   int
	closed bool
}

// place is an address.
type place struct {
	network, address string

	// Of the pool's mutex:
	busy   int       // requests
	idle   []*unused // the last was used last
	rest   time.Duration
	until  time.Time // it is not asked before, if there is another
	hungry []*Conn   // those for which another is to be closed; the longest wait first
}

// Conn is a connection that one request has. It ends with Release or Discard.
type Conn struct {
	net.Conn
	// Used says that it has carried a request before, so that it may have been closed meanwhile.
	Used bool
	// State is for the protocol's own, which stays with the connection: a buffered reader.
	State any

	pool  *Pool
	place *place
	once  sync.Once // it is given back
}

// unused is a connection between two requests.
type unused struct {
	net.Conn
	state any
	timer *time.Timer
}

// Check returns what is wrong with the addresses.
func Check(addresses []string) error {
	if len(addresses) == 0 {
		return errors.New("there is none; name a host:port or unix:/path")
	}
	for _, a := range addresses {
		if _, _, err := split(a); err != nil {
			return err
		}
	}
	return nil
}

func split(a string) (network, address string, err error) {
	if path, ok := strings.CutPrefix(a, "unix:"); ok {
		if path == "" {
			return "", "", fmt.Errorf("%q names no socket; write unix:/path", a)
		}
		return "unix", path, nil
	}
	if strings.Contains(a, "://") {
		return "", "", fmt.Errorf("%q is a URL; write host:port or unix:/path", a)
	}
	if _, port, err := net.SplitHostPort(a); err != nil || port == "" {
		return "", "", fmt.Errorf("%q is neither host:port nor unix:/path", a)
	}
	return "tcp", a, nil
}

func (p *Pool) init() {
	for _, a := range p.Addresses {
		network, address, _ := split(a)
		p.places = append(p.places, &place{network: network, address: address})
	}
}

// Get returns a connection: an unused one if fresh is false and there is one that is still open, to
// the place with the fewest requests, else a new one. Of places that cannot be reached it tries the
// next, and leaves them alone for a while, for half a second first and for half a minute at last.
// An error is that of the last place.
func (p *Pool) Get(ctx context.Context, fresh bool) (*Conn, error) {
	p.once.Do(p.init)
	var failed error
	for _, at := range p.order() {
		if c := p.reuse(at, fresh); c != nil {
			return c, nil
		}
		c, err := p.dial(ctx, at)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
		failed = err
	}
	return nil, failed
}

// order is the places in the order in which they are to be tried.
func (p *Pool) order() []*place {
	if len(p.places) == 1 {
		return p.places
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	now := time.Now()
	list := make([]*place, 0, len(p.places))
	for i := range p.places { // among equals each has its turn
		list = append(list, p.places[(i+p.turn)%len(p.places)])
	}
	slices.SortStableFunc(list, func(a, b *place) int {
		resting := func(at *place) int {
			if at.until.After(now) {
				return 1
			}
			return 0
		}
		if c := cmp.Compare(resting(a), resting(b)); c != 0 {
			return c
		}
		if resting(a) == 1 {
			return a.until.Compare(b.until)
		}
		return cmp.Compare(a.busy, b.busy)
	})
	return list
}

// reuse takes an unused connection that is still open.
func (p *Pool) reuse(at *place, fresh bool) *Conn {
	for !fresh {
		p.mu.Lock()
		n := len(at.idle)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		u := at.idle[n-1]
		at.idle[n-1] = nil
		at.idle = at.idle[:n-1]
		u.timer.Stop()
		p.mu.Unlock()
		if !alive(u.Conn) {
			_ = u.Conn.Close()
			continue
		}
		p.mu.Lock()
		at.busy++
		p.mu.Unlock()
		return &Conn{Conn: u.Conn, Used: true, State: u.state, pool: p, place: at}
	}
	return nil
}

func (p *Pool) dial(ctx context.Context, at *place) (*Conn, error) {
	d := net.Dialer{Timeout: cmp.Or(p.DialTimeout, defaultDialTimeout)}
	p.mu.Lock()
	at.busy++
	p.mu.Unlock()
	conn, err := d.DialContext(ctx, at.network, at.address)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		at.busy--
		if ctx.Err() == nil {
			at.rest = min(max(2*at.rest, leastRest), mostRest)
			at.until = time.Now().Add(at.rest)
		}
		return nil, err
	}
	at.rest, at.until = 0, time.Time{}
	return &Conn{Conn: conn, pool: p, place: at}, nil
}

// Release gives back a connection on which nothing is under way.
func (c *Conn) Release() {
	c.once.Do(func() {
		p := c.pool
		_ = c.SetDeadline(time.Time{})
		p.mu.Lock()
		defer p.mu.Unlock()
		c.place.busy--
		c.place.fed(c)
		if c.place.feed() {
			_ = c.Conn.Close()
			return
		}
		if p.closed || p.IdleTimeout < 0 || len(c.place.idle) >= cmp.Or(p.MaxIdle, defaultMaxIdle) {
			_ = c.Conn.Close()
			return
		}
		u := &unused{Conn: c.Conn, state: c.State}
		u.timer = time.AfterFunc(cmp.Or(p.IdleTimeout, defaultIdleTimeout), func() { p.expire(c.place, u) })
		c.place.idle = append(c.place.idle, u)
	})
}

// Discard closes a connection. It may come again, and beside a Read or Write, which it ends.
func (c *Conn) Discard() {
	c.once.Do(func() {
		_ = c.Conn.Close()
		c.pool.mu.Lock()
		defer c.pool.mu.Unlock()
		c.place.busy--
		c.place.fed(c)
		c.place.feed()
	})
}

// Refused is Discard for an application that has said that it can take no more requests. Others are
// asked first for a while.
func (c *Conn) Refused() {
	c.Discard()
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	c.place.until = time.Now().Add(leastRest)
}

// expire closes a connection that was not used.
func (p *Pool) expire(at *place, u *unused) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(at.idle, u); i >= 0 {
		at.idle = slices.Delete(at.idle, i, i+1)
		_ = u.Conn.Close()
	}
}

// Close closes the unused connections, and each other as soon as its request ends.
func (p *Pool) Close() {
	p.once.Do(p.init)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, at := range p.places {
		for _, u := range at.idle {
			u.timer.Stop()
			_ = u.Conn.Close()
		}
		at.idle = nil
	}
}
