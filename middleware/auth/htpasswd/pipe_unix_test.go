//go:build unix

package htpasswd_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
)

// A pipe without a writer is told from a file before it is opened.
func TestOpenDoesNotWaitForPipes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := htpasswd.Open(htpasswd.Config{Users: path}); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("Open = %v", err)
	}
	if err := htpasswd.Set(path, "ada", bcrypted); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("Set = %v", err)
	}
}
