package boltstore

import (
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// Backup copies the sessions, as they are at one moment, into a new file at path, which
// [Open] can open; touches that were not yet written are missing. The store goes on
// working meanwhile, but for saves that make its file much larger: they wait. There is
// no variant for an arbitrary writer, because everybody would wait for a slow one.
func (s *Store) Backup(path string) error {
	if s.closed.Load() {
		return errClosed
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("boltstore: backup: %w", err)
	}
	err = s.view(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("boltstore: backup to %s: %w", path, err)
	}
	return nil
}
