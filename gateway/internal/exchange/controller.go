package exchange

import (
	"context"
	"net/http"
	"time"
)

// SetReadDeadline is for [http.ResponseController].
func (w *response) SetReadDeadline(t time.Time) error {
	to, ok := w.c.(interface{ SetReadDeadline(time.Time) error })
	return w.setDeadline(ok, func() error { return to.SetReadDeadline(t) })
}

// SetWriteDeadline is for [http.ResponseController].
func (w *response) SetWriteDeadline(t time.Time) error {
	to, ok := w.c.(interface{ SetWriteDeadline(time.Time) error })
	return w.setDeadline(ok, func() error { return to.SetWriteDeadline(t) })
}

// setDeadline does not take the lock: a deadline is what ends a Write that blocks. over keeps a
// goroutine that outlives the handler from other requests' deadlines.
func (w *response) setDeadline(ok bool, set func() error) error {
	switch {
	case !ok:
		return http.ErrNotSupported
	case w.over.Load():
		return errOver
	}
	return set()
}

// EnableFullDuplex is for [http.ResponseController].
func (w *response) EnableFullDuplex() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fullDuplex = true
	return nil
}

// CloseNotify implements [http.CloseNotifier], which is deprecated, for the frameworks that
// assert it.
func (w *response) CloseNotify() <-chan bool {
	gone := make(chan bool, 1)
	context.AfterFunc(w.o.Context, func() {
		if w.o.Context.clientGone() {
			gone <- true
		}
	})
	return gone
}

var (
	_ http.Flusher       = (*response)(nil)
	_ http.CloseNotifier = (*response)(nil) //lint:ignore SA1019 see CloseNotify
)
