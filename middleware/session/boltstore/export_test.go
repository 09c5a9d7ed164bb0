package boltstore

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"go.etcd.io/bbolt"
)

// MaxTouched is how many touches may wait.
const MaxTouched = maxTouched

// What an operation returns that the disk did not finish in time, or that came after Close.
var (
	ErrSlow   = errSlow
	ErrClosed = errClosed
)

// CheckFile reports what is wrong with a file that nobody has open: its pages, or its
// indexes, which must say what its records say.
func CheckFile(path string) (err error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second, PreLoadFreelist: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(func(tx *bbolt.Tx) error {
		var all []error
		for err := range tx.Check() {
			all = append(all, err)
		}
		return errors.Join(append(all, checkIndexes(tx)...)...)
	})
}

func checkIndexes(tx *bbolt.Tx) (all []error) {
	t, err := checkBuckets(tx)
	if err != nil {
		return []error{err}
	}
	records, users := 0, 0
	_ = t.sessions.ForEach(func(k, v []byte) error {
		id := session.ID(k)
		records++
		r, err := decodeRecord(v)
		if err != nil {
			all = append(all, fmt.Errorf("record %x: %w", id, err))
			return nil
		}
		if k, _ := t.ends[signedIn(&r.Record)].Cursor().Seek(endKey(r.filed, &id)); string(k) != string(endKey(r.filed, &id)) {
			all = append(all, fmt.Errorf("record %x is not in the index of ends", id))
		}
		if r.Subject == "" {
			return nil
		}
		users++
		if k, _ := t.subjects.Cursor().Seek(subjectKey(r.Subject, &id)); string(k) != string(subjectKey(r.Subject, &id)) {
			all = append(all, fmt.Errorf("record %x is not in the index of subjects", id))
		}
		return nil
	})
	for what, n := range map[string][2]int{
		"records and their count":               {records, t.count},
		"records and ends":                      {records, keys(t.ends[0]) + keys(t.ends[1])},
		"records and subjects":                  {users, keys(t.subjects)},
		"records with a subject and their ends": {users, keys(t.ends[1])},
	} {
		if n[0] != n[1] {
			all = append(all, fmt.Errorf("%s: %d and %d", what, n[0], n[1]))
		}
	}
	return all
}

func keys(b *bbolt.Bucket) (n int) {
	_ = b.ForEach(func(_, _ []byte) error { n++; return nil })
	return n
}

// Stall keeps the disk busy until the function that it returns is called.
func (s *Store) Stall() (end func()) {
	tx, err := s.db.Begin(true)
	if err != nil {
		panic(err)
	}
	return func() { _ = tx.Rollback() }
}

// Transactions returns how many transactions were ever committed.
func (s *Store) Transactions() (n int) {
	_ = s.db.View(func(tx *bbolt.Tx) error { n = tx.ID(); return nil })
	return n
}

// Queued returns how many operations wait for a transaction.
func (s *Store) Queued() int {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	return len(s.queue.all)
}

// SetNewer makes the record called id one that a newer version wrote, or the file where id
// is nil.
func SetNewer(path string, id *session.ID) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if id == nil {
			return tx.Bucket(metaBucket).Put(formatKey, []byte{fileV1 + 1})
		}
		b := tx.Bucket(sessionsBucket)
		v := append([]byte(nil), b.Get(id[:])...)
		v[0] = recordV1 + 1
		return b.Put(id[:], v)
	})
	return errors.Join(err, db.Close())
}

// Crash copies the file as a process that is killed at this moment leaves it. No save
// may be under way.
func (s *Store) Crash(path string) error {
	b, err := os.ReadFile(s.config.Path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}
