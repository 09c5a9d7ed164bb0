package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// room bounds how many connections there are, as package connserver does for the protocols that
// it serves: one that has been idle for longest makes room for a new one or, if none is idle, the
// one that has been silent or in the head of a request for longest, if that is more than
// slowGuest. Who is being answered stays.
type room struct {
	most int

	mu     sync.Mutex
	guests map[*guest]bool
	freed  chan struct{} // has a value when a guest has left since somebody looked
}

// guest is a connection in a room.
type guest struct {
	net.Conn
	room *room

	// room.mu guards them:
	since time.Time // when it became what it is
	idle  bool      // has had an answer, and sends nothing
	busy  int       // requests that are being answered
	gone  bool      // was closed, or told to go
}

const (
	slowGuest = time.Second
	// lookAgain is how often a full room looks for one that has become slow.
	lookAgain = 100 * time.Millisecond
)

func newRoom(most int) *room {
	return &room{most: most, guests: make(map[*guest]bool), freed: make(chan struct{}, 1)}
}

// enter waits until there is room for c. It returns nil, and closes c, if closed is closed before.
func (r *room) enter(c net.Conn, closed <-chan struct{}) *guest {
	g := &guest{Conn: c, room: r}
	for !r.add(g) {
		if least := r.dispensable(time.Now()); least != nil {
			_ = least.Conn.Close() // whoever serves it notices
		}
		timer := time.NewTimer(lookAgain)
		select {
		case <-r.freed:
		case <-timer.C:
		case <-closed:
			_ = c.Close()
			return nil
		}
		timer.Stop()
	}
	return g
}

func (r *room) add(g *guest) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.guests) >= r.most {
		return false
	}
	g.since = time.Now()
	r.guests[g] = true
	return true
}

// dispensable returns the guest that has to go, nil for none.
func (r *room) dispensable(now time.Time) (least *guest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for g := range r.guests {
		switch {
		case g.gone, g.busy > 0, !g.idle && now.Sub(g.since) < slowGuest:
		case least == nil, g.idle && !least.idle, g.idle == least.idle && g.since.Before(least.since):
			least = g
		}
	}
	if least != nil {
		least.gone = true
	}
	return least
}

// leave makes the guest's place free. The connection stays as it is.
func (g *guest) leave() {
	g.room.mu.Lock()
	g.gone = true
	delete(g.room.guests, g)
	g.room.mu.Unlock()
	select {
	case g.room.freed <- struct{}{}:
	default:
	}
}

// begin says that a request is being answered.
func (g *guest) begin() {
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	g.busy++
}

// end is begin's.
func (g *guest) end() {
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	g.busy--
	g.since = time.Now()
}

// Close implements [net.Conn].
func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}

// ReadFrom keeps sendfile possible.
func (g *guest) ReadFrom(src io.Reader) (int64, error) {
	if to, ok := g.Conn.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	return io.Copy(struct{ io.Writer }{g.Conn}, src)
}

// CloseWrite keeps half-closing possible.
func (g *guest) CloseWrite() error { return closeWrite(g.Conn) }

// bounded makes a server keep to the room. It must be called before the server's first Serve, and
// the server be given listeners of [room.listener].
func (r *room) bounded(s *http.Server) {
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, guestKey{}, guestOf(c))
	}
	s.ConnState = func(c net.Conn, state http.ConnState) {
		g := guestOf(c)
		r.mu.Lock()
		defer r.mu.Unlock()
		g.idle, g.since = state == http.StateIdle, time.Now()
		if state == http.StateHijacked {
			g.busy++ // it is the handler's, until it is closed
		}
	}
	next := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		g := req.Context().Value(guestKey{}).(*guest)
		g.begin()
		defer g.end()
		next.ServeHTTP(w, req)
	})
}

type guestKey struct{}

// guestOf finds the guest in a connection that net/http has, which may be one of TLS around it.
func guestOf(c net.Conn) *guest {
	for {
		if g, ok := c.(*guest); ok {
			return g
		}
		c = c.(interface{ NetConn() net.Conn }).NetConn()
	}
}

// listener is l with connections that are in the room.
func (r *room) listener(l net.Listener) net.Listener {
	return &roomListener{Listener: l, room: r, closed: make(chan struct{})}
}

type roomListener struct {
	net.Listener
	room   *room
	once   sync.Once
	closed chan struct{}
}

func (l *roomListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if g := l.room.enter(c, l.closed); g != nil {
		return g, nil
	}
	return nil, net.ErrClosed
}

func (l *roomListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
