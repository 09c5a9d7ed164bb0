//go:build unix

package main_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// pid is the program's.
func (d *developed) pid() int {
	d.t.Helper()
	_, body := d.get("/pid", "*/*")
	pid, err := strconv.Atoi(body)
	if err != nil {
		d.t.Fatal(body)
	}
	return pid
}

// alive reports whether a process of the group is there and no zombie.
func alive(group int) bool { return syscall.Kill(-group, 0) == nil }

func TestDevEnds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		signal syscall.Signal
		linux  bool
	}{{"Ctrl-C", syscall.SIGINT, false}, {"closed terminal", syscall.SIGHUP, false}, {"kill -9", syscall.SIGKILL, true}} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.linux && runtime.GOOS != "linux" {
				t.Skip("only Linux ends a program with its parent")
			}
			args := []string{"--", "-addr", "LISTEN", "-child"}
			if tt.signal == syscall.SIGKILL {
				args = args[:3] // of the child's end nobody is told
			}
			d := develop(t, site(t), nil, args...)
			group := d.pid()
			if own, err := syscall.Getpgid(d.cmd.Process.Pid); err != nil || own == group {
				t.Error("the program is in surcoat's process group: Ctrl-C would be for both")
			}
			_ = d.cmd.Process.Signal(tt.signal)
			d.wait("its end", func() bool {
				select {
				case <-d.done:
					return !alive(group)
				default:
					return false
				}
			})
			if code := d.cmd.ProcessState.ExitCode(); code != 0 && tt.signal != syscall.SIGKILL {
				t.Errorf("exit status %d", code)
			}
		})
	}
}

// TestDevStubborn has a program that does not want to end.
func TestDevStubborn(t *testing.T) {
	dir := site(t)
	d := &developed{t: t, dir: dir}
	d.write("stubborn.go", "package main\n\nimport (\n\t\"os/signal\"\n\t\"syscall\"\n)\n\nfunc init() { signal.Ignore(syscall.SIGTERM) }\n")
	d = develop(t, dir, nil, "--grace", "100ms", "--", "-addr", "LISTEN")
	old := d.pid()
	d.greet("hi")
	d.want("/", 200, "hi")
	d.says("did not end by itself after SIGTERM: killed")
	if alive(old) {
		t.Error("the old program lives on")
	}
}

// TestDevInFlight changes a program in the middle of a request that takes longer than the
// next build.
func TestDevInFlight(t *testing.T) {
	d := develop(t, site(t), nil, "--grace", enough.String(), "--", "-addr", "LISTEN")
	d.want("/", 200, "hello")
	var request sync.WaitGroup
	request.Go(func() { d.want("/slow?for=8s", 200, "hello") })
	d.says("GET /slow")
	d.greet("hi")
	d.want("/", 200, "hi")
	request.Wait()
}

// TestDevFlood restarts the program under the hands of clients, and none notices.
func TestDevFlood(t *testing.T) { flood(t, 4) }

func TestDevFloodSoak(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("20 restarts take a while: SOAK=1")
	}
	flood(t, 20)
}

func flood(t *testing.T, restarts int) {
	d := develop(t, site(t), nil, "--", "-addr", "LISTEN")
	d.want("/", 200, "hello")
	var stop, answers atomic.Int64
	var clients sync.WaitGroup
	for i := range 10 {
		clients.Go(func() {
			transport := &http.Transport{DisableKeepAlives: i%2 == 0}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport, Timeout: enough}
			for stop.Load() == 0 {
				if err := ask(client, "http://"+d.addr+"/slow?for=50ms"); err != nil {
					t.Error(err)
					return
				}
				answers.Add(1)
			}
		})
	}
	for i := range restarts {
		before := answers.Load()
		greeting := fmt.Sprint("greeting ", i)
		d.greet(greeting)
		d.want("/", 200, greeting)
		d.wait("answers", func() bool { return answers.Load() > before+20 || t.Failed() })
	}
	stop.Store(1)
	clients.Wait()
	if n := strings.Count(d.log(), "built in"); n <= restarts {
		t.Errorf("%d builds", n)
	}
	t.Logf("%d requests over %d restarts", answers.Load(), restarts)
}

// ask posts what cannot be sent twice, so that nothing is repeated behind our back.
func ask(client *http.Client, url string) error {
	resp, err := client.Post(url, "text/plain", io.MultiReader(strings.NewReader("body")))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %q %w", resp.Status, b, err)
	}
	return nil
}

// TestDevSocket has a program that listens only where LISTEN_FDS says.
func TestDevSocket(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sockets are passed on Linux only")
	}
	dir := t.TempDir()
	d := &developed{t: t, dir: dir}
	d.write("go.mod", "module example.com/passed\n\ngo 1.26\n")
	program := `package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || os.Getenv("LISTEN_FDS") != "1" {
		log.Fatal("no socket for me: ", os.Environ())
	}
	l, err := net.FileListener(os.NewFile(3, "passed"))
	if err != nil {
		log.Fatal(err)
	}
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "one") })}
	go srv.Serve(l)
	<-ctx.Done()
	srv.Shutdown(context.Background())
}
`
	d.write("main.go", program)
	d = develop(t, dir, nil)
	d.want("/", 200, "one")
	d.write("main.go", "package main\n")
	d.want("/", 503, "function main is undeclared")
	d.write("main.go", strings.Replace(program, "one", "two", 1))
	d.want("/", 200, "two")
	d.write("main.go", strings.Replace(program, "one", "three", 1))
	d.want("/", 200, "three")
}

// TestDevHurry interrupts twice.
func TestDevHurry(t *testing.T) {
	dir := site(t)
	d := &developed{t: t, dir: dir}
	d.write("stubborn.go", "package main\n\nimport (\n\t\"os/signal\"\n\t\"syscall\"\n)\n\nfunc init() { signal.Ignore(syscall.SIGTERM) }\n")
	d = develop(t, dir, nil, "--grace", "1h", "--", "-addr", "LISTEN")
	group := d.pid()
	_ = d.cmd.Process.Signal(os.Interrupt)
	d.says("once more")
	d.stop()
	if alive(group) {
		t.Error("the program lives on")
	}
}

// TestDevInterruptsBuild checks that nothing goes on building.
func TestDevInterruptsBuild(t *testing.T) {
	dir := site(t)
	tool := filepath.Join(dir, "toolexec")
	if err := os.WriteFile(tool, []byte("#!/bin/sh\ncase $2 in -V*) exec \"$@\";; esac\necho $$ >>"+dir+"/running\nsleep 600\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	d := develop(t, dir, []string{"GOFLAGS=-buildvcs=false -toolexec=" + tool})
	d.wait("a compiler", func() bool {
		_, err := os.Stat(filepath.Join(dir, "running"))
		return err == nil
	})
	d.stop()
	for _, pid := range strings.Fields(read(t, filepath.Join(dir, "running"))) {
		n, _ := strconv.Atoi(pid)
		d.wait("the compiler's end", func() bool { return syscall.Kill(n, 0) != nil })
	}
}
