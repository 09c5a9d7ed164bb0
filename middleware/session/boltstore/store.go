package boltstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"go.etcd.io/bbolt"
)

var (
	errClosed = errors.New("boltstore: the store is closed")
	errSlow   = fmt.Errorf("the disk does not finish: %w", os.ErrDeadlineExceeded)
)

// maxRecord bounds a session, so that nobody fills the disk with a single one.
const maxRecord = 16 << 20

// Store keeps sessions in a file. It is a [session.Backend], a [session.Lister] and a
// [session.Revoker], safe for concurrent use. [Open] makes one.
//
// An operation that returned nil is on the disk, but for Touch. One that ended with its
// context was not carried out: once its transaction has begun it waits for the end of
// that. After Config.Timeout, or an error of the disk, it is not known whether it was.
type Store struct {
	config Config
	db     *bbolt.DB
	file   *os.File // db's, for when bbolt cannot close it
	cache  cache
	count  atomic.Int64

	queue   queue
	wake    chan struct{}
	closing chan struct{}
	stopped chan struct{} // the committer's end

	closed  atomic.Bool
	once    sync.Once
	last    error // of Close
	broken  atomic.Pointer[damage]
	failing bool // the last commit failed; the committer's own
}

var (
	_ session.Backend = (*Store)(nil)
	_ session.Lister  = (*Store)(nil)
	_ session.Revoker = (*Store)(nil)
)

// Load implements [session.Backend]. A session that was used lately comes from memory.
// One that is being written comes as it was before; where it is not in memory, Load
// waits for the end of that.
func (s *Store) Load(ctx context.Context, id session.ID) (session.Record, error) {
	if s.closed.Load() {
		return session.Record{}, errClosed
	}
	r, ok := s.cache.load(&id)
	if !ok {
		var err error
		if r, _, err = s.find(ctx, &id); err != nil {
			return session.Record{}, err
		}
	}
	if !time.Now().Before(r.Expires) {
		return session.Record{}, session.ErrGone
	}
	return r, nil
}

// find returns a session that is not in the cache, and puts it there.
func (s *Store) find(ctx context.Context, id *session.ID) (session.Record, miss, error) {
	for {
		m := s.cache.miss(id)
		if m.writing != nil {
			if err := s.await(ctx, m.writing); err != nil {
				return session.Record{}, m, err
			}
			continue
		}
		r, err := s.read(id)
		if err != nil {
			return session.Record{}, m, err
		}
		if r == nil {
			// Not gone but not yet there, perhaps: then the shard has changed.
			if s.cache.miss(id) == m {
				return session.Record{}, m, session.ErrGone
			}
			continue
		}
		if s.cache.fill(id, &r.Record, m) {
			return r.Record, m, nil
		}
	}
}

// read returns what the file has of a session, nil for nothing.
func (s *Store) read(id *session.ID) (r *stored, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		b := tx.Bucket(sessionsBucket).Get(id[:])
		if b == nil {
			return nil
		}
		d, err := decodeRecord(b)
		r = &d
		return err
	})
	if err != nil {
		return nil, s.failed("cannot be read", err)
	}
	return r, nil
}

// Save implements [session.Backend]. It returns when the session is on the disk, which
// it shares with all others that wait to be written.
func (s *Store) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	if n := len(r.Data) + len(r.Subject); n > maxRecord {
		return 0, fmt.Errorf("boltstore: a session of %d bytes is not stored; %d is the most", n, maxRecord)
	}
	r.Expires = r.Expires.Round(0) // by the wall clock, as the file has it
	err := s.do(ctx, &operation{size: len(r.Data), run: func(t *transaction) (refused, err error) { return t.save(&id, r) }})
	if err != nil {
		return 0, err
	}
	return r.Version + 1, nil
}

// Touch implements [session.Backend]. It does not wait for the disk: the new end holds
// at once in this process and is in the file after Config.TouchEvery, or with the next
// operation that is written. A crash before that leaves the session with the end that it
// had, so that it may expire earlier by what the last touches had added. When very many
// touches wait to be written, it waits as the other operations do.
func (s *Store) Touch(ctx context.Context, id session.ID, expires time.Time) error {
	if s.closed.Load() {
		return errClosed
	}
	expires = expires.Round(0)
	if s.cache.touched.Load() >= maxTouched {
		return s.do(ctx, &operation{run: func(t *transaction) (refused, err error) {
			return t.touch(&id, expires, false)
		}})
	}
	var r *session.Record
	var m miss
	for {
		if done, err := s.cache.touch(&id, r, m, expires); done {
			return err
		}
		found, since, err := s.find(ctx, &id)
		if err != nil {
			return err
		}
		r, m = &found, since
	}
}

// Delete implements [session.Backend]. It returns when the session is gone from the
// disk.
func (s *Store) Delete(ctx context.Context, id session.ID) error {
	return s.do(ctx, &operation{run: func(t *transaction) (refused, err error) { return nil, t.delete(&id) }})
}

// Revoke implements [session.Revoker]: it removes the sessions of subject in one
// transaction, however many there are.
func (s *Store) Revoke(ctx context.Context, subject string, except ...session.ID) error {
	if subject == "" {
		return nil
	}
	return s.do(ctx, &operation{run: func(t *transaction) (refused, err error) { return nil, t.revoke(subject, except) }})
}

// Len returns how many sessions the file holds, those among them that have expired but
// were not yet removed included.
func (s *Store) Len() int { return int(s.count.Load()) }

// Close writes the touches that wait, waits for operations that are being written, for as
// long as the disk needs, and releases the file. Operations that come later fail. To call
// it again is safe. The error says that touches could not be written, or the file not be
// closed.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.closed.Store(true)
		s.queue.close()
		close(s.closing)
		<-s.stopped
		s.last = errors.Join(s.last, s.closeFile())
	})
	return s.last
}

// closeFile releases the file, also where bbolt cannot any more.
func (s *Store) closeFile() error {
	if s.broken.Load() != nil {
		// bbolt may still hold its locks, and would wait for itself.
		return abandon(s.file)
	}
	if err := guard(s.db.Close); err != nil {
		return fmt.Errorf("boltstore: %s: cannot be closed: %w", s.config.Path, err)
	}
	return nil
}

// await waits until done is closed, ctx ends or Config.Timeout has passed.
func (s *Store) await(ctx context.Context, done <-chan struct{}) error {
	t := time.NewTimer(s.config.Timeout)
	defer t.Stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("boltstore: %w", ctx.Err())
	case <-t.C:
		return fmt.Errorf("boltstore: %s: %w (%v)", s.config.Path, errSlow, s.config.Timeout)
	}
}
