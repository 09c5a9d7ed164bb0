//go:build unix

package gzip_test

import (
	"syscall"
	"testing"
)

// Nobody writes to the other end of a FIFO, and who opens it must not wait for it.
func TestVersions_fifo(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(versionFile(dir, bundle), 0o600); err != nil {
		t.Skip(err)
	}
	versionsNotUsed(t, dir)
}
