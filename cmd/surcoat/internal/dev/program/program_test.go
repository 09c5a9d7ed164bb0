//go:build unix

package program_test

import (
	"bytes"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/program"
)

const enough = 30 * time.Second

// words are what a program says.
type words struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// wait waits until the program has said something.
func (w *words) wait(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(enough); !strings.Contains(w.String(), want); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it said %q, not %q", w.String(), want)
		}
	}
}

// shell starts a script, which begins by saying "here".
func shell(t *testing.T, script string, socket *os.File) (*program.Program, *words) {
	t.Helper()
	said := new(words)
	p, err := program.Start(program.Config{
		Path: "/bin/sh", Args: []string{"-c", script + "\n"}, Env: []string{"PATH=" + os.Getenv("PATH"), "GREETING=here"}, Stderr: said, Socket: socket,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(0, nil) })
	said.wait(t, "here")
	return p, said
}

func TestExit(t *testing.T) {
	for script, want := range map[string]program.Exit{
		"echo $GREETING >&2":                                     {Status: "exit status 0", OK: true, Last: "here\n"},
		"echo $GREETING >&2; echo and gone >&2; exit 3":          {Status: "exit status 3", Last: "here\nand gone\n"},
		"echo $GREETING >&2; kill -9 $$":                         {Status: "signal: killed", Last: "here\n"},
		"echo $GREETING >&2; (trap '' TERM; sleep 600) & exit 1": {Status: "exit status 1", Last: "here\n"},
		"echo $GREETING >&2; read x && echo input >&2; true":     {Status: "exit status 0", OK: true, Last: "here\n"}, // no input
	} {
		p, _ := shell(t, script, nil)
		select {
		case <-p.Done():
		case <-time.After(enough):
			t.Fatalf("%s does not end", script)
		}
		got := p.Exit()
		got.Lived = 0
		if got != want {
			t.Errorf("%s: %+v, want %+v", script, got, want)
		}
		left(t, p, script)
	}
}

// left fails where something of p's is, soon after its end.
func left(t *testing.T, p *program.Program, what string) {
	t.Helper()
	for deadline := time.Now().Add(enough); syscall.Kill(-p.PID(), 0) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: something is left", what)
		}
	}
}

func TestStop(t *testing.T) {
	hurry := make(chan struct{})
	close(hurry)
	for _, tt := range []struct {
		name, script string
		grace        time.Duration
		hurry        <-chan struct{}
		willing      bool
	}{
		{"at once", "echo here >&2; sleep 600", enough, nil, true},
		{"in its own time", "trap 'sleep 0.05; echo done >&2; exit 0' TERM; echo here >&2; while :; do sleep 0.01; done", enough, nil, true},
		{"not", "trap '' TERM; echo here >&2; while :; do sleep 1; done", 50 * time.Millisecond, nil, false},
		{"not, and somebody is in a hurry", "trap '' TERM; echo here >&2; while :; do sleep 1; done", time.Hour, hurry, false},
		{"its child does not", "(trap '' TERM; echo here >&2; while :; do sleep 1; done) & sleep 600", enough, nil, true},
	} {
		p, _ := shell(t, tt.script, nil)
		if got := p.Stop(tt.grace, tt.hurry); got != tt.willing {
			t.Errorf("%s: ended by itself %t", tt.name, got)
		}
		left(t, p, tt.name)
		if !p.Stop(0, nil) {
			t.Errorf("%s: a program that has ended did not end by itself", tt.name)
		}
	}
}

func TestSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, said := shell(t, `[ -S /dev/fd/3 ] && echo "here $LISTEN_FDS $(( $LISTEN_PID - $$ )) $*" >&2`, file)
	said.wait(t, "here 1 0 ")
}

func TestStartRefuses(t *testing.T) {
	if _, err := program.Start(program.Config{Path: "/nonexistent", Stderr: new(words)}); err == nil {
		t.Error("it runs")
	}
}
