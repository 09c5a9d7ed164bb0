package fcgi

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

const (
	// maxPosted is how much of what was posted may wait for a server in front that does not read.
	maxPosted = 64 << 10
	// postTimeout is how long posted records may take.
	postTimeout = 10 * time.Second
)

var errNotRead = errors.New("fcgi: what is sent is not read")

// sender is the writing half of a connection: answers take turns, record by record.
//
// Whoever reads from the connection never waits for a turn, or an answer that is not read could
// keep it from reading what the server in front has to send before it reads. It posts its own
// short records, and the one whose turn it is sends them.
type sender struct {
	conn *connserver.Conn
	iov  net.Buffers // of whoever's turn it is

	turn sync.Mutex // held while writing

	mu     sync.Mutex
	posted []byte
	spare  []byte  // posted's memory, while it was empty
	now    *answer // being written
	failed error   // nothing can be written any more
}

// write writes the buffers for a, in one system call if the kernel takes them. last says that they
// end the answer. Nothing is written for a request that has ended.
func (s *sender) write(a *answer, bufs [][]byte, last bool) error {
	s.turn.Lock()
	defer s.release()
	if err := s.take(a, last); err != nil {
		return err
	}
	n, err := s.send(bufs)
	return s.done(n, err, last)
}

// take makes it a's turn. A request that is to be ended leaves before the server in front can
// know: the next may have the same id.
func (s *sender) take(a *answer, last bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failed != nil:
		return s.failed
	case a.over:
		return errEnded
	case !a.deadline.IsZero() && !a.deadline.After(time.Now()):
		return os.ErrDeadlineExceeded
	}
	if last {
		a.over = true
		a.leave()
	}
	s.now = a
	return s.conn.SetWriteDeadline(a.deadline)
}

func (s *sender) send(bufs [][]byte) (int64, error) {
	if len(bufs) == 1 {
		n, err := s.conn.Write(bufs[0])
		return int64(n), err
	}
	s.iov = bufs
	return s.iov.WriteTo(s.conn.Conn) // not s.conn, behind which writev is hidden
}

// done ends the turn. After a record that was written in part there is no other, and a request
// whose end cannot be written would never end.
func (s *sender) done(n int64, err error, last bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = nil
	if err != nil && (n > 0 || last || !errors.Is(err, os.ErrDeadlineExceeded)) {
		s.fail(err)
	}
	return err
}

func (s *sender) fail(err error) {
	s.failed = err
	_ = s.conn.Conn.Close() // its reader notices
}

// end marks the answer as over: from now on nothing is written for it. It reports false where it
// was over.
func (s *sender) end(a *answer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := a.over
	a.over = true
	return !was
}

// post sends records as soon as it is possible, without waiting for it.
func (s *sender) post(records []byte) error {
	s.mu.Lock()
	s.posted = append(s.posted, records...)
	full, err := len(s.posted) > maxPosted, s.failed
	s.mu.Unlock()
	if full {
		return errNotRead
	}
	if s.turn.TryLock() {
		s.release()
	}
	return err
}

// release ends a turn, after what was posted in it.
func (s *sender) release() {
	for {
		s.sendPosted()
		s.turn.Unlock()
		s.mu.Lock()
		more := len(s.posted) > 0
		s.mu.Unlock()
		if !more || !s.turn.TryLock() { // who has the turn sends it
			return
		}
	}
}

func (s *sender) sendPosted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.posted) == 0 {
		return
	}
	records := s.posted
	s.posted, s.spare = s.spare[:0], nil
	if s.failed == nil {
		s.mu.Unlock() // others may post meanwhile
		err := s.conn.SetWriteDeadline(time.Now().Add(postTimeout))
		if err == nil {
			_, err = s.conn.Write(records)
		}
		s.mu.Lock()
		if err != nil {
			s.fail(err)
		}
	}
	s.spare = records
}

// setDeadline is for http.ResponseController.
func (s *sender) setDeadline(a *answer, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.deadline = t
	if s.now == a {
		return s.conn.SetWriteDeadline(t)
	}
	return nil
}
