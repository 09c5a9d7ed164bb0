//go:build unix

package upstream_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/apptest"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// A pipe is not waited for: nobody may ever write to it.
func TestSendfilePipe(t *testing.T) {
	root := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Skip(err)
	}
	h := handler(t, upstream.Fields{Addresses: []string{single(t, "X-Accel-Redirect: /pipe\r\n\r\n")}, SendfileRoot: root})
	got := make(chan string, 1)
	go func() { got <- apptest.Ask(t, h, paritytest.Request{}) }()
	select {
	case answer := <-got:
		if answer != "502" {
			t.Error(answer)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for the pipe")
	}
}
