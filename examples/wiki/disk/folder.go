// Package disk keeps files in one folder so that they outlive a crash.
//
// A file is written whole or not at all: into a temporary file, synced, renamed
// into its place, and the folder that now names it synced too. When [Folder.Write]
// has returned nil the file is there after a power cut; when a process is killed
// half-way, its place holds what it held before.
//
// Writers take [Folder.Lock], which also keeps out other processes. Readers need no
// lock: they see the old file or the new one.
package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// ErrBusy says that another process kept the lock for longer than [Patience].
var ErrBusy = errors.New("disk: the folder is locked by another process")

// Patience is how long [Folder.Lock] waits. A write takes milliseconds.
const Patience = 10 * time.Second

// Folder is an open data folder. Its methods may be called from any goroutine.
type Folder struct {
	path string
	turn chan struct{} // held by one goroutine of this process: a mutex that a context can end
	lock *flock.Flock

	swept bool // whoever holds the lock may look
}

// Open returns the folder at path, which it creates when it is missing, readable
// for its owner only. It fails where the folder cannot be written to, and clears
// away what killed writers left half done.
func Open(path string) (*Folder, error) {
	f, err := at(path)
	if err != nil {
		return nil, err
	}
	if err := makeDir(f.temporary()); err != nil {
		return nil, err
	}
	probe, err := os.CreateTemp(f.temporary(), "probe")
	if err != nil {
		return nil, err
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	unlock, err := f.Lock(context.Background()) // which sweeps
	if err != nil {
		return nil, err
	}
	unlock()
	return f, nil
}

// Reopen is Open for processes of which there is one for each request: of a folder that was opened
// before it looks at nothing, waits for nobody, and clears away when it is first written to.
func Reopen(path string) (*Folder, error) {
	f, err := at(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(f.temporary()); err != nil {
		return Open(path)
	}
	return f, nil
}

func at(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return &Folder{
		path: path,
		turn: make(chan struct{}, 1),
		lock: flock.New(filepath.Join(path, "lock"), flock.SetPermissions(0o600)),
	}, nil
}

// sweep removes temporary files. Whoever holds the lock knows that nobody is
// writing one.
func (f *Folder) sweep() error {
	left, err := os.ReadDir(f.temporary())
	if err != nil {
		return err
	}
	for _, e := range left {
		if err := os.Remove(filepath.Join(f.temporary(), e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Path returns the absolute path of an element inside the folder.
func (f *Folder) Path(elem ...string) string {
	return filepath.Join(append([]string{f.path}, elem...)...)
}

func (f *Folder) temporary() string { return f.Path("tmp") }

// Lock makes the caller the only writer, among goroutines and processes, until it
// calls unlock. It waits as long as ctx allows and at most [Patience]; the system
// takes the lock from a process that dies.
func (f *Folder) Lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, Patience, ErrBusy)
	defer cancel()
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("disk: lock %s: %w", f.lock.Path(), context.Cause(ctx))
	}
	ok, err := f.lock.TryLockContext(ctx, 3*time.Millisecond)
	if err != nil || !ok {
		<-f.turn
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("disk: lock %s: %w", f.lock.Path(), err)
	}
	unlock = func() {
		_ = f.lock.Unlock() // closing the file releases it in any case
		<-f.turn
	}
	if !f.swept {
		if err := f.sweep(); err != nil {
			unlock()
			return nil, err
		}
		f.swept = true
	}
	return unlock, nil
}

// Write makes data the content of the file at the path elem, atomically and
// durably. The caller holds the lock.
func (f *Folder) Write(data []byte, elem ...string) (err error) {
	path := f.Path(elem...)
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	temp, err := os.CreateTemp(f.temporary(), "write")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// WriteCache makes data the content of a file that can be made anew, and may be lost in a crash, or
// torn. It needs no lock: of two who write at once, one is last.
func (f *Folder) WriteCache(data []byte, elem ...string) error {
	temp, err := os.CreateTemp(f.temporary(), "cache")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), f.Path(elem...))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// makeDir creates a folder and what is missing above it, each durably.
func makeDir(path string) error {
	switch err := os.Mkdir(path, 0o700); {
	case err == nil:
		return syncDir(filepath.Dir(path))
	case errors.Is(err, os.ErrExist):
		info, err := os.Stat(path)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is a file, not a folder", path)
		}
		return err
	case errors.Is(err, os.ErrNotExist) && filepath.Dir(path) != path:
		if err := makeDir(filepath.Dir(path)); err != nil {
			return err
		}
		if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		return syncDir(filepath.Dir(path))
	default:
		return err
	}
}
