package boltstore

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"go.etcd.io/bbolt"
)

// listAtOnce is how many records are read in one transaction: one that stays open while
// a caller does something else keeps the file from growing, and so everybody from saving.
const listAtOnce = 128

// List implements [session.Lister]. It reads the file, where a save may be seen a moment
// before its caller is told.
func (s *Store) List(ctx context.Context, subject string) iter.Seq2[session.Record, error] {
	return func(yield func(session.Record, error) bool) {
		if subject == "" {
			return
		}
		var last *session.ID
		for {
			if err := ctx.Err(); err != nil {
				yield(session.Record{}, fmt.Errorf("boltstore: %w", err))
				return
			}
			page, next, err := s.page(subject, last)
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if err != nil {
				yield(session.Record{}, err)
				return
			}
			if next == nil {
				return
			}
			last = next
		}
	}
}

// page reads records of subject from the one after last on, and returns where to go on.
func (s *Store) page(subject string, last *session.ID) (all []session.Record, next *session.ID, err error) {
	if s.closed.Load() {
		return nil, nil, errClosed
	}
	var unread error
	err = s.view(func(tx *bbolt.Tx) error {
		ids := indexed(tx.Bucket(subjectsBucket), subjectPrefix(subject), last, listAtOnce)
		if len(ids) == listAtOnce {
			next = &ids[len(ids)-1]
		}
		sessions := tx.Bucket(sessionsBucket)
		for i := range ids {
			b := sessions.Get(ids[i][:])
			if b == nil {
				continue
			}
			r, err := decodeRecord(b)
			if err != nil {
				unread = err // the others of the page are listed all the same
				continue
			}
			if end, ok := s.cache.pending(&ids[i]); ok {
				r.Expires = end
			}
			if r.Subject == subject && time.Now().Before(r.Expires) {
				all = append(all, r.Record)
			}
		}
		return nil
	})
	if err == nil {
		err = unread
	}
	if err != nil {
		err = s.failed("cannot be read", err)
	}
	return all, next, err
}
