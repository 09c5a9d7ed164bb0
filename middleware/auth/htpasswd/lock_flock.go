//go:build unix && !aix && !solaris

package htpasswd

import (
	"errors"
	"os"
	"syscall"
)

// lock waits until nobody else has f locked. release closes it, and so does the end of the
// process.
func lock(f *os.File) (release func(), err error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		switch {
		case err == nil:
			return func() { _ = f.Close() }, nil
		case !errors.Is(err, syscall.EINTR):
			_ = f.Close()
			return nil, err
		}
	}
}
