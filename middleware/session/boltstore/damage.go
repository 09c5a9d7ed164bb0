package boltstore

import (
	"errors"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

var errNotOurs = errors.New("it is a bbolt file, but not one of sessions")

// damage is a panic of bbolt, which is what it answers to a page that it does not
// understand, or a fault of the memory map, where the file is shorter than it says.
type damage struct {
	reason any
	stack  []byte
}

func (d *damage) Error() string { return fmt.Sprintf("the file is damaged (%v)", d.reason) }

// guard calls f and turns a panic into an error.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &damage{p, debug.Stack()}
		}
	}()
	return f()
}

// view runs a transaction that reads.
func (s *Store) view(f func(*bbolt.Tx) error) error {
	err := guard(func() error { return s.db.View(f) })
	if d := (*damage)(nil); errors.As(err, &d) {
		s.config.Log.Error("boltstore: "+d.Error(), "file", s.config.Path, "stack", string(d.stack))
	}
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return errClosed
	}
	return err
}

// update runs a transaction that writes. After one that ended in a panic nothing more is
// written: pages are never changed in place, so the file holds what was committed before,
// but bbolt may hold its locks.
func (s *Store) update(f func(*bbolt.Tx) error) error {
	if d := s.broken.Load(); d != nil {
		return d
	}
	err := guard(func() error { return s.db.Update(f) })
	if d := (*damage)(nil); errors.As(err, &d) {
		s.broken.Store(d)
		s.config.Log.Error("boltstore: "+d.Error()+"; nothing more is stored", "file", s.config.Path, "stack", string(d.stack))
	}
	return err
}
