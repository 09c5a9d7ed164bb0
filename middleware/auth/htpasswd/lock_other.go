//go:build !unix || aix || solaris

package htpasswd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// lock closes f, which Windows would not replace while it is open, and waits until there
// is no file beside it that says that somebody else edits it.
func lock(f *os.File) (release func(), err error) {
	path := f.Name() + ".lock"
	if err := f.Close(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		held, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
		switch {
		case err == nil:
			_ = held.Close()
			return func() { _ = os.Remove(path) }, nil
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		case time.Now().After(end):
			return nil, fmt.Errorf("somebody else edits it, or was interrupted; if nobody does, remove %s", path)
		}
	}
}
