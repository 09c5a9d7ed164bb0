package relay

import (
	"net/http"
	"sync"
	"time"
)

// latency is how long a part of an answer may wait for the next before it goes to the client: so
// little that nobody sees it, and long enough that what an application writes in many pieces
// leaves in few.
const latency = 2 * time.Millisecond

// writer flushes what nothing follows soon.
type writer struct {
	w http.ResponseWriter

	mu      sync.Mutex // the timer writes too
	timer   *time.Timer
	pending bool
	over    bool
	failed  error
}

// write writes p. more says that the answer goes on.
func (w *writer) write(p []byte, more bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		return w.failed
	}
	if _, err := w.w.Write(p); err != nil {
		return err
	}
	if !more || w.pending {
		return nil
	}
	w.pending = true
	if w.timer == nil {
		w.timer = time.AfterFunc(latency, w.flush)
	} else {
		w.timer.Reset(latency)
	}
	return nil
}

func (w *writer) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.pending = false
	defer func() {
		if recover() != nil { // a layer's way to end a request, which is not this goroutine's to end
			w.failed = http.ErrAbortHandler
		}
	}()
	w.failed = http.NewResponseController(w.w).Flush()
}

// stop returns when nothing is written any more but by the caller.
func (w *writer) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
}
