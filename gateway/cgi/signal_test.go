//go:build unix

package cgi_test

import (
	"bufio"
	"strings"
	"syscall"
	"testing"
)

// Nobody takes the answer any more: the handler learns of it, and the program is not killed
// before it could clean up.
func TestNobodyReads(t *testing.T) {
	p := start(t, "endless")
	_, _ = p.out.Read(make([]byte, 10))
	_ = p.out.Close()
	_, _, code := p.finish()
	if got := p.stderr.String(); code != 3 || !strings.Contains(got, "cleaned up: ") || !strings.Contains(got, "broken pipe") {
		t.Errorf("exit %d, logged %q", code, got)
	}
}

func TestTerminated(t *testing.T) {
	p := begun(t, "wait")
	_ = p.Process.Signal(syscall.SIGTERM)
	if _, _, code := p.finish(); code != 0 || p.stderr.String() != "cleaned up\n" {
		t.Errorf("exit %d, logged %q", code, p.stderr.String())
	}
}

// A handler that does not end is ended with the program.
func TestTerminatedDeaf(t *testing.T) {
	p := begun(t, "deaf")
	_ = p.Process.Signal(syscall.SIGTERM)
	_, _, _ = p.finish()
	if status := p.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("ended by %v", p.ProcessState)
	}
}

// begun is a program whose handler is known to run.
func begun(t *testing.T, handler string) *program {
	t.Helper()
	p := start(t, handler)
	if line, err := bufio.NewReader(p.out).ReadString('\n'); err != nil {
		t.Fatalf("%q %v, %s", line, err, p.stderr.String())
	}
	return p
}
