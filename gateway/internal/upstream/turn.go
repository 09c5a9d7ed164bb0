package upstream

import (
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/pool"
)

// turn bounds the time in which the application does nothing until it answers. It has no bound
// while the client's body is waited for, which the server's own timeouts are for.
type turn struct {
	conn  *pool.Conn
	limit time.Duration

	mu   sync.Mutex
	over bool
}

// application says that it is the application's turn: to read, to answer.
func (t *turn) application() { t.set(time.Now().Add(t.limit)) }

// user says that it is the client's.
func (t *turn) user() { t.set(time.Time{}) }

func (t *turn) set(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over && t.limit > 0 {
		_ = t.conn.SetDeadline(at)
	}
}

// answered says that the head of the answer has come.
func (t *turn) answered() {
	t.set(time.Time{})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
}
