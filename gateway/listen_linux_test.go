package gateway_test

import (
	"io/fs"
	"os"
	"path/filepath"
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
