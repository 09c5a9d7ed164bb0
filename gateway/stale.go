package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"
)

// removeStale removes the socket of a process that is gone. One that may be in use stays, and is an
// error: a connection that is refused tells that nobody listens, one that is not allowed, or that finds
// the queue full, does not.
func (a Address) removeStale(ctx context.Context) error {
	path := a.Address
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("gateway: cannot listen at %s: %w%s", a, err, a.remedy(err))
	case info.Mode()&fs.ModeSocket == 0:
		return fmt.Errorf("gateway: cannot listen at %s: there is a file of that name which is no socket; move it away, or choose another path", a)
	}
	dialer := net.Dialer{Timeout: time.Second}
	c, err := dialer.DialContext(ctx, "unix", path)
	var late net.Error
	switch {
	case err == nil:
		_ = c.Close()
		return a.inUse()
	case errors.As(err, &late) && late.Timeout(): // also EAGAIN, which is a full queue
		return a.inUse()
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("gateway: cannot listen at %s: another user's socket is there, at which a process may listen; stop that process, remove the file, or start the program as that user", a)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("gateway: cannot replace the socket at %s: %w%s", a, err, a.remedy(err))
	}
	return nil
}

func (a Address) inUse() error {
	return fmt.Errorf("gateway: cannot listen at %s: a process listens there already; stop it, or choose another path", a)
}
