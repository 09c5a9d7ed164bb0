package wsgi

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// condemn has a worker killed. why is logged unless it is "".
func (s *supervisor) condemn(w *worker, why string) {
	if w.doomed || !w.gen.workers[w] {
		return
	}
	w.doomed = true
	if why != "" {
		s.logger.Error("wsgi: a worker is killed: "+why, w.attrs()...)
	}
	w.retiring.Store(true)
	for _, l := range s.queue.remove(w) {
		l.close()
	}
	switch {
	case w.pid == 0: // forked does it
	case why == "":
		w.gen.command(doKill, w.pid)
	default:
		w.gen.command(doDump, w.pid)
		s.after(dumpTime, func() { w.gen.command(doKill, w.pid) })
	}
}

// dumpTime is what a worker gets to say where it hangs.
const dumpTime = 100 * time.Millisecond

// exited is told that a worker's process has ended, and how.
func (s *supervisor) exited(w *worker, how string) {
	g := w.gen
	if !g.workers[w] {
		return
	}
	delete(g.workers, w)
	for _, l := range s.queue.remove(w) {
		l.close()
	}
	for i, l := range w.lines {
		if l != nil {
			// A request finds out by itself, and whether it was read. Only where a process that
			// the worker has started still holds the other end it would not.
			time.AfterFunc(patience, l.close)
		}
		if w.lost[i] != nil {
			w.lost[i].Stop()
		}
	}
	for _, t := range []*time.Timer{w.started, w.grace} {
		if t != nil {
			t.Stop()
		}
	}
	w.link.close()
	switch {
	case g.dismissed:
		if len(g.workers) == 0 {
			g.release()
		}
		return
	case !w.ready:
		err := error(&Exception{Traceback: w.failure})
		if w.failure == "" {
			err = fmt.Errorf("wsgi: a worker has ended before it had started: %s", how)
		}
		s.failed(g, err)
	case w.doomed:
		s.restarts.died(time.Now())
	case !w.retiring.Load():
		s.logger.Error("wsgi: a worker has ended: "+how, w.attrs()...)
		s.restarts.died(time.Now())
	}
	s.balance()
}

// failed is called when a worker or a first process could not start.
func (s *supervisor) failed(g *generation, err error) {
	if g.dismissed || s.closed {
		return
	}
	known := s.why != nil && s.why.Error() == err.Error()
	s.why = err
	if g == s.next && !s.reload {
		s.report(err, known, 0)
		s.next = nil
		s.dismiss(g)
		s.answered(err)
		return
	}
	if g == s.next {
		s.swap(err) // the developer sees what is wrong, not what was right
	}
	wait := s.restarts.failed(time.Now())
	s.report(err, known, wait)
	if s.current == nil || s.current.ready() == 0 {
		at := time.Now().Add(wait)
		s.queue.fail(func() error {
			return &brokenError{relay.Busy{Reason: "the application cannot be started: " + reason(err), RetryAfter: max(time.Second, time.Until(at))}, err}
		})
	}
	s.balance()
}

// report logs a failure to start, the whole of it once.
func (s *supervisor) report(err error, known bool, wait time.Duration) {
	if known {
		s.logger.Warn("wsgi: the application still cannot be started", slog.Duration("next", wait))
		return
	}
	s.logger.Error("wsgi: the application cannot be started", slog.Any("error", err), slog.Duration("next", wait))
}

// reason is err in one line.
func reason(err error) string {
	var e *Exception
	if errors.As(err, &e) {
		return e.Last()
	}
	return err.Error()
}

// brokenError is what requests are answered while the application cannot be started.
type brokenError struct {
	relay.Busy
	cause error
}

func (b *brokenError) Unwrap() []error { return []error{&b.Busy} }

// ended is told that a first process has ended.
func (s *supervisor) ended(g *generation, how string) {
	delete(s.live, g)
	g.started.Stop()
	g.gone = true
	switch {
	case g.dismissed, s.closed:
	case !g.up:
		err := error(&Exception{Traceback: g.failure})
		if g.failure == "" {
			err = errors.New("wsgi: Python has ended before it had started: " + how)
		}
		defer s.failed(g, err)
	default:
		s.logger.Error("wsgi: the process that starts workers has ended: "+how, slog.Int("pid", g.pid()))
		s.restarts.died(time.Now())
	}
	for w := range g.workers { // nobody watches them any more
		w.retiring.Store(true)
		w.ready = true // so that none of them counts as a failure to start
		s.exited(w, "the process that had started it has ended")
	}
	if s.current == g {
		s.current = nil
	}
	if s.next == g && g.up {
		s.next = nil
		s.answered(errors.New("wsgi: the process that starts workers has ended: " + how))
	}
	s.balance()
}
