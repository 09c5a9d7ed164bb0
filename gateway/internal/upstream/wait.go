package upstream

import (
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/pool"
)

// patience is how long a request on a new connection waits before the application is taken for one
// that has not accepted it yet, and then twice as long, and so on.
const patience = 100 * time.Millisecond

// wait is a request on a new connection that waits for its answer.
type wait struct {
	conn *pool.Conn

	mu    sync.Mutex
	timer *time.Timer
	span  time.Duration
	ended bool
}

// wait begins one where connections are kept, so that others may be in its way.
func (t *talk) wait() *wait {
	if t.link.Used || t.client.fields.IdleTimeout < 0 {
		return nil
	}
	w := &wait{conn: t.link.Conn, span: patience}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(w.span, w.tell)
	return w
}

func (w *wait) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	w.conn.Hungry()
	w.span *= 2
	w.timer.Reset(w.span)
}

// over ends it.
func (w *wait) over() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.timer.Stop()
	if w.span > patience {
		w.conn.Fed()
	}
}
