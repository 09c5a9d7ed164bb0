package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Open opens the file that c names, or makes it. One Store at a time can have it open,
// of all processes: Open gives up after Config.LockTimeout, or at the deadline of ctx,
// with an error that says so. A file that is damaged, not one of sessions or of a newer
// version is refused and left as it is.
func Open(ctx context.Context, c Config) (*Store, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("boltstore: open %s: %w", c.Path, err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		c.LockTimeout = max(min(c.LockTimeout, time.Until(deadline)), time.Millisecond)
	}
	if _, err := os.Stat(c.Path); errors.Is(err, fs.ErrNotExist) {
		// What kept it from being made keeps the following from succeeding, too, but
		// on file systems without hard links, where the file is then made in its place.
		_ = create(c.Path)
	}
	s := &Store{
		config: c, wake: make(chan struct{}, 1),
		closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	s.cache.init(c.CacheBytes)
	if s.db, s.file, err = openFile(c.Path, c.LockTimeout); err != nil {
		return nil, explain(c, err)
	}
	if err := s.check(); err != nil {
		_ = s.closeFile()
		return nil, explain(c, err)
	}
	go s.commits()
	return s, nil
}

// openFile opens a file with bbolt. It leaves nothing open when it fails.
func openFile(path string, wait time.Duration) (db *bbolt.DB, f *os.File, err error) {
	err = guard(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout: wait, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				f, err = os.OpenFile(name, flag, mode)
				return f, err
			},
		})
		return err
	})
	if d := (*damage)(nil); errors.As(err, &d) && f != nil {
		_ = abandon(f)
	}
	return db, f, err
}

// create makes an empty file of sessions. It appears under its name when it is complete,
// so that who is killed meanwhile leaves none that looks damaged.
func create(path string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	db, _, err := openFile(f.Name(), time.Second)
	if err != nil {
		return err
	}
	if err := errors.Join(guard(func() error { return db.Update(createBuckets) }), db.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err // there is one by now, if another process was first
	}
	return syncFolder(dir)
}

// syncFolder makes sure that a power failure does not take away the name of a new file
// along with what was stored in it. Windows offers no such call.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// check looks at the file as a whole, and gives one that is empty its buckets.
func (s *Store) check() error {
	var empty bool
	err := guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			info, err := s.file.Stat()
			if err != nil {
				return err
			}
			if info.Size() < tx.Size() {
				return &damage{reason: fmt.Sprintf("it should have %d bytes and has %d", tx.Size(), info.Size())}
			}
			if k, _ := tx.Cursor().First(); k == nil {
				empty = true
				return nil
			}
			t, err := checkBuckets(tx)
			if err == nil {
				s.count.Store(int64(t.count))
			}
			return err
		})
	})
	if empty {
		err = guard(func() error { return s.db.Update(createBuckets) })
		_ = syncFolder(filepath.Dir(s.config.Path))
	}
	return err
}

// explain says what to do about a file that cannot be opened.
func explain(c Config, err error) error {
	switch d := (*damage)(nil); {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("boltstore: open %s: another process, or another Store of this one, holds it (waited %v): stop that one first; "+
			"processes that share their sessions need redisstore, postgresstore or the cookie store: %w", c.Path, c.LockTimeout, err)
	case errors.As(err, &d), errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("boltstore: open %s: %w: it was left as it is; put a backup in its place, or move it away, which signs everybody out", c.Path, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("boltstore: open %s: its folder does not exist; make it first: %w", c.Path, err)
	}
	return fmt.Errorf("boltstore: open %s: %w", c.Path, err)
}
