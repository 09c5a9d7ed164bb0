package wsgi

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// worker is a process that runs the application. What is not atomic is the supervisor's loop's.
type worker struct {
	gen     *generation
	link    link
	pid     int // 0: not known yet
	lines   []*line
	lost    []*time.Timer // per thread: its connection was closed in the midst of a request
	started *time.Timer   // until it is ready
	grace   *time.Timer   // until it is killed, once it retires
	ready   bool
	due     bool   // another one is to take its place
	doomed  bool   // it is being killed
	failure string // why the application could not be imported

	retiring atomic.Bool  // takes no more requests
	served   atomic.Int64 // requests
	limit    int64        // of served; 0: none
}

// link is a worker's control connection, or the first process's.
type link interface {
	close()
}

// attrs name the worker in the log.
func (w *worker) attrs() []any { return []any{slog.Int("pid", w.pid)} }

// free takes a thread back that waits for its next request.
func (s *supervisor) free(l *line) {
	w := l.worker
	if n := w.served.Add(1); n == w.limit {
		s.post(func() { s.renew(w) })
	}
	if !s.queue.give(l) {
		l.end()
	}
}

// lose gives a connection up in the midst of a request. Its thread makes a new one as soon as it
// finds out, or the worker is killed.
func (s *supervisor) lose(l *line) {
	w := l.worker
	s.post(func() { // before it can make a new one
		if w.lines[l.thread] != l {
			return
		}
		w.lines[l.thread] = nil
		w.lost[l.thread] = s.after(s.grace, func() {
			s.condemn(w, "a thread goes on "+s.grace.String()+" after its client has gone")
		})
	})
	l.close()
}

// finish waits for what an application does after its answer.
func (s *supervisor) finish(l *line) {
	if l.in.Buffered() >= 5 {
		s.await(l)
		return
	}
	go s.await(l)
}

func (s *supervisor) await(l *line) {
	if s.answer > 0 {
		_ = l.conn.SetReadDeadline(time.Now().Add(s.answer))
	}
	m, err := next(l.in)
	_ = l.conn.SetReadDeadline(time.Time{})
	switch {
	case err == nil && m.kind == isIdle:
		s.free(l)
		return
	case isTimeout(err):
		s.hang(l.worker, "close() of an answer took longer than AnswerTimeout, "+s.answer.String())
	}
	s.lose(l)
}

// hang has a worker killed that cannot go on.
func (s *supervisor) hang(w *worker, why string) {
	s.post(func() { s.condemn(w, why) })
}
