package boltstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"github.com/surcoat/surcoat/middleware/session"
)

const (
	maxFlush = 4096 // touches of one transaction
	fewFlush = 16   // the same while the disk fails
	pause    = 5 * time.Millisecond
)

// do queues o and waits for it. What it returns nil for is on the disk.
func (s *Store) do(ctx context.Context, o *operation) error {
	o.done = make(chan struct{})
	if !s.queue.add(o) {
		return errClosed
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if err := s.await(ctx, o.done); err != nil {
		if o.state.CompareAndSwap(queued, abandoned) {
			s.queue.remove(o)
			return err
		}
		// Its transaction runs, and ends within milliseconds where the disk works: better
		// to wait than not to know.
		if errors.Is(err, errSlow) || s.await(context.WithoutCancel(ctx), o.done) != nil {
			return fmt.Errorf("%w; it may be carried out all the same", err)
		}
	}
	return o.err
}

// commits runs the transactions, one after the other, until the store is closed: while
// one waits for the disk, the operations for the next one gather.
func (s *Store) commits() {
	defer close(s.stopped)
	timer := time.NewTimer(s.config.TouchEvery)
	defer timer.Stop()
	for closing := false; ; {
		select {
		case <-s.wake:
		case <-timer.C:
		case <-s.closing:
			closing = true
		}
		batch, more := s.queue.take()
		swept, err := s.commit(batch)
		if closing && !more && (err != nil || s.cache.touched.Load() == 0) {
			s.last = err
			return
		}
		switch {
		case more || closing:
			timer.Reset(0)
		case err == nil && (!swept || s.cache.touched.Load() >= maxFlush):
			timer.Reset(pause)
		default:
			timer.Reset(s.config.TouchEvery)
		}
	}
}

// errUnchanged ends a transaction in which there is nothing to write.
var errUnchanged = errors.New("unchanged")

// commit carries out batch, and writes touches and removes expired sessions along with
// it. It reports whether it has removed all that are due.
func (s *Store) commit(batch []*operation) (bool, error) {
	most := maxFlush
	if s.failing {
		most = fewFlush // a disk with little room has it for few pages at a time
	}
	// Before the touches are looked at: one that is accepted later is of a session that
	// has not expired at this time, either.
	began := time.Now()
	touches := s.cache.waiting(most)
	swept, id, err := s.try(began, touches, batch)
	if err != nil && len(touches) > 0 && len(batch) > 0 && !s.visible(id) {
		swept, _, err = s.try(began, nil, batch) // nobody's login fails for them
	}
	err = s.report(err)
	for _, o := range batch {
		if err != nil {
			o.err = err
		}
		close(o.done)
	}
	return swept, err
}

// visible reports whether the transaction that bbolt calls id took place. One may have,
// although it failed: when all was written and the disk then did not confirm it.
func (s *Store) visible(id int) bool {
	last := id
	_ = s.view(func(tx *bbolt.Tx) error { last = tx.ID(); return nil })
	return last >= id
}

// try is a transaction, the one that bbolt calls id.
func (s *Store) try(began time.Time, touches []touch, batch []*operation) (swept bool, id int, err error) {
	var count int
	t, done := (*transaction)(nil), make(chan struct{})
	err = s.update(func(tx *bbolt.Tx) (err error) {
		id = tx.ID()
		if t, err = newTransaction(tx); err != nil {
			return err
		}
		t.now, t.pending, t.max = began, s.cache.pending, s.config.MaxSessions
		if swept, err = s.runAll(t, touches, batch); err != nil {
			return err
		}
		count = t.count
		if !t.dirty {
			return errUnchanged
		}
		if err := t.finish(); err != nil {
			return err
		}
		s.cache.hold(t.changed, done)
		return nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	if t != nil {
		s.cache.release(t.changed, err != nil)
	}
	close(done)
	if err == nil {
		s.cache.written(touches)
		s.count.Store(int64(count))
	}
	return swept, id, err
}

func (s *Store) runAll(t *transaction, touches []touch, batch []*operation) (swept bool, err error) {
	for i := range touches {
		if _, err := t.touch(&touches[i].id, touches[i].expires, true); err != nil {
			return false, err
		}
	}
	for _, o := range batch {
		if o.err, err = o.run(t); err != nil {
			return false, err
		}
	}
	more, err := t.sweep(sweepLeast + 2*len(batch))
	return !more, err
}

// report logs where the disk begins to fail and where it works again.
func (s *Store) report(err error) error {
	if err == nil {
		if s.failing {
			s.failing = false
			s.config.Log.Info("boltstore: sessions are stored again", "file", s.config.Path)
		}
		return nil
	}
	err = s.failed("not stored", err)
	if !s.failing {
		s.failing = true
		s.config.Log.Error("boltstore: sessions cannot be stored", "file", s.config.Path, "error", err)
	}
	return err
}

// failed says what to do about err, where that is known.
func (s *Store) failed(what string, err error) error {
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EFBIG, syscall.EDQUOT} {
		// bbolt keeps the text alone of some.
		if errors.Is(err, full) || strings.HasSuffix(err.Error(), full.Error()) {
			return fmt.Errorf("%w: boltstore: %s: %s: %w; make room on its disk: what is stored is safe, and storing goes on by itself", session.ErrFull, s.config.Path, what, err)
		}
	}
	return fmt.Errorf("boltstore: %s: %s: %w", s.config.Path, what, err)
}
