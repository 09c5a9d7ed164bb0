package gateway_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/gateway"
)

// Nobody else can connect to a Unix socket in the moment before it has its mode, whatever the umask: a
// connection that waits to be accepted stays.
func TestSocketIsBornClosed(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "s")
	var seen atomic.Uint32
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if info, err := os.Lstat(path); err == nil {
				seen.Or(uint32(info.Mode().Perm()))
			}
		}
	}()
	for range 300 {
		l, err := gateway.Listen(t.Context(), "fcgi+unix://"+path+"?mode=0620")
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
	}
	close(stop)
	<-stopped
	if got := fs.FileMode(seen.Load()); got&^0o620 != 0 {
		t.Errorf("it had the mode %v", got)
	}
}

// A socket that may be in use is not taken away: one whose queue is full, and another user's.
func TestListenLeavesASocketInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	listen := func(want string) {
		t.Helper()
		_, err := gateway.Listen(t.Context(), "fcgi+unix://"+path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
	for range 2 { // the first waits in the queue, and so fills it
		listen("a process listens there already")
	}
	outer := filepath.Dir(filepath.Dir(path)) // the one of TempDir's that others may not enter
	if err := errors.Join(os.Chmod(path, 0), os.Chmod(outer, 0o755)); err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with its user
		if os.Getuid() == 0 {
			if err := syscall.Setfsuid(65534); err != nil {
				t.Error(err)
				return
			}
		}
		listen("another user's socket is there")
	}()
	<-done
}
