package wsgi

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// supervisor keeps an App's workers running. All that happens to them happens in its loop, one
// thing after the other; requests touch the queue and a worker's atomic fields only.
type supervisor struct {
	settings
	queue  queue
	events chan func()
	over   chan struct{} // closed when nothing runs any more

	// The loop's:
	current  *generation
	next     *generation // takes the place of current when it is ready
	live     map[*generation]bool
	restarts restarts
	wake     *time.Timer
	why      error          // the last failure to start
	closed   bool           // nothing is started any more
	asked    []chan<- error // who waits for next
	watched  watched
}

// post has f run in the loop.
func (s *supervisor) post(f func()) {
	select {
	case s.events <- f:
	case <-s.over:
	}
}

// after has f run in the loop later.
func (s *supervisor) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { s.post(f) })
}

func (s *supervisor) loop() {
	for !s.closed || len(s.live) > 0 {
		(<-s.events)()
	}
	if s.wake != nil {
		s.wake.Stop()
	}
	close(s.over)
}

// balance starts what should run and does not.
func (s *supervisor) balance() {
	if s.closed {
		return
	}
	if s.current == nil && s.allowed() {
		s.current = s.generation()
	}
	for _, g := range []*generation{s.current, s.next} {
		if g == nil || !g.up {
			continue
		}
		staying, starting := 0, 0
		for w := range g.workers {
			if w.retiring.Load() || w.due {
				continue
			}
			staying++
			if !w.ready {
				starting++
			}
		}
		// The first goes alone: where the application is broken one says so.
		for ; staying < s.processes && (g.proven || starting == 0) && s.allowed(); staying++ {
			s.fork(g)
			starting++
		}
	}
}

// allowed reports whether something may be started now. If not, balance is called when it may.
func (s *supervisor) allowed() bool {
	d := s.restarts.wait(time.Now())
	if d <= 0 {
		return true
	}
	if s.wake != nil {
		s.wake.Stop()
	}
	s.wake = s.after(d, s.balance)
	return false
}

// generation starts a first process.
func (s *supervisor) generation() *generation {
	g := &generation{workers: make(map[*worker]bool)}
	if err := s.spawn(g); err != nil {
		s.failed(g, fmt.Errorf("wsgi: %s: %w", s.python, err))
		return nil
	}
	s.live[g] = true
	g.started = s.after(s.start, func() {
		if !g.up {
			s.failed(g, fmt.Errorf("wsgi: Python, or the application where it is preloaded, has not started in %s", s.start))
			g.kill()
		}
	})
	return g
}

// fork starts a worker.
func (s *supervisor) fork(g *generation) {
	w := &worker{gen: g, lines: make([]*line, s.threads), lost: make([]*time.Timer, s.threads)}
	if n := int64(s.maxRequests); n > 0 {
		w.limit = n + rand.Int64N(n/10+1)
	}
	if err := s.order(g, w); err != nil {
		s.failed(g, fmt.Errorf("wsgi: starting a worker: %w", err))
		g.kill()
		return
	}
	g.workers[w] = true
	g.unnamed = append(g.unnamed, w)
	w.started = s.after(s.start, func() {
		if !w.ready {
			s.condemn(w, "not started in StartTimeout, "+s.start.String())
		}
	})
}

// forked is told of a worker's process, in the order in which they were started.
func (s *supervisor) forked(g *generation, pid int) {
	if len(g.unnamed) == 0 {
		return
	}
	w := g.unnamed[0]
	g.unnamed = g.unnamed[1:]
	w.pid = pid
	if w.doomed {
		g.command(doKill, pid)
	}
}

// connected is told of a connection that a worker's thread has made.
func (s *supervisor) connected(w *worker, thread int, conn net.Conn) {
	if thread < 0 || thread >= len(w.lines) || !w.gen.workers[w] {
		_ = conn.Close()
		return
	}
	l := newLine(conn, w, thread)
	if t := w.lost[thread]; t != nil {
		t.Stop()
		w.lost[thread] = nil
	}
	if old := w.lines[thread]; old != nil {
		s.queue.drop(old)
		old.close()
	}
	w.lines[thread] = l
	if !w.ready {
		s.started(w)
	}
	if !s.queue.give(l) {
		l.end()
	}
}

// opened is told of a file that a worker answers with.
func (s *supervisor) opened(w *worker, thread int, f *os.File) {
	if thread >= 0 && thread < len(w.lines) && w.lines[thread] != nil {
		select {
		case w.lines[thread].files <- f:
			return
		default:
		}
	}
	_ = f.Close()
}

// started is called when a worker can take requests.
func (s *supervisor) started(w *worker) {
	g := w.gen
	w.ready, g.proven = true, true
	w.started.Stop()
	s.restarts.worked()
	if s.why != nil {
		s.logger.Info("wsgi: the application works again", slog.String("module", s.App.Module))
		s.why = nil
	}
	s.queue.fail(nil)
	for old := range g.workers {
		if old.due && !old.retiring.Load() {
			s.retire(old)
			break
		}
	}
	if g == s.next && (g.ready() >= s.processes || s.reload) {
		s.swap(nil)
	}
	s.balance()
}

// swap puts next in the place of current.
func (s *supervisor) swap(err error) {
	old := s.current
	s.current, s.next = s.next, nil
	if s.current.gone {
		s.current = nil
	}
	if old != nil {
		s.dismiss(old)
	}
	s.answered(err)
}

func (s *supervisor) answered(err error) {
	for _, done := range s.asked {
		done <- err
	}
	s.asked = nil
}

// restart starts a generation that is to replace the current one.
func (s *supervisor) restart(done chan<- error) {
	if s.closed {
		done <- errClosed
		return
	}
	s.asked = append(s.asked, done)
	if s.next != nil {
		return
	}
	clear(s.watched)
	s.restarts.forgive()
	if s.next = s.generation(); s.next == nil {
		s.answered(s.why)
	}
}

// renew has another worker take a worker's place.
func (s *supervisor) renew(w *worker) {
	if !w.due && w.gen.workers[w] {
		w.due = true
		s.balance()
	}
}

// dismiss retires all workers of a generation, and then its first process.
func (s *supervisor) dismiss(g *generation) {
	g.dismissed = true
	for w := range g.workers {
		s.retire(w)
	}
	if len(g.workers) == 0 {
		g.release()
	}
}

// retire lets a worker finish what it does.
func (s *supervisor) retire(w *worker) {
	if w.retiring.Swap(true) {
		return
	}
	for _, l := range s.queue.remove(w) {
		l.end()
	}
	w.started.Stop()
	w.grace = s.after(s.grace, func() { s.condemn(w, "not ended in Grace, "+s.grace.String()) })
	if !w.ready {
		s.condemn(w, "")
	}
}

// shut ends everything in good order.
func (s *supervisor) shut() {
	s.closed = true
	s.queue.fail(func() error { return &relay.Busy{Reason: "the application is being shut down", RetryAfter: retryBusy} })
	s.answered(errClosed)
	for g := range s.live {
		s.dismiss(g)
	}
}

// kill ends everything.
func (s *supervisor) kill() {
	s.shut()
	for g := range s.live {
		g.kill()
	}
}

// giveBack returns a thread that was not used.
func (s *supervisor) giveBack(l *line) {
	if !s.queue.give(l) {
		l.end()
	}
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
