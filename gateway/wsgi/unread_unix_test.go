//go:build unix

package wsgi_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// A request that a worker has not read when it ends goes to another, whatever it is.
func TestWorkerKilledBeforeItReads(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process"})
	for _, body := range []string{"a body", strings.Repeat("long", 20_000)} {
		pid := s.pid(t)
		worker, err := os.FindProcess(pid)
		if err == nil {
			err = worker.Signal(syscall.SIGSTOP)
		}
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan answer)
		go func() { done <- s.do(t, "POST", "/", strings.NewReader(body)) }()
		eventually(t, "the request waits at the worker", func() bool { return s.busy(t) })
		kill(t, pid)
		if a := <-done; a.body != "hello" {
			t.Errorf("%d bytes: %d %q %v", len(body), a.status, a.body, a.err)
		}
	}
}
