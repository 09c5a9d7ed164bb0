package boltstore_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

// A disk without room, on which the file itself may grow: what is written fails in the
// middle.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("cannot mount a small disk here, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 400<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "sessions.db")
	t.Log(run(t, "small", path))
	wantErr(t, "the file", boltstore.CheckFile(path), nil)
}
