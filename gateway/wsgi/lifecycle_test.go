package wsgi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// programVariable makes of this test's binary a program with an App, which prints the ids of its
// processes and waits.
const programVariable = "SURCOAT_WSGI_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		program()
	}
	os.Exit(m.Run())
}

func program() {
	app := &wsgi.App{Module: "process", Dir: "testdata", Processes: 2, Python: os.Getenv(programVariable), Env: map[string]string{"PYTHONDONTWRITEBYTECODE": "1"}}
	if err := app.Start(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for range 2 { // both hang, one with the GIL
		go func() {
			r, _ := http.NewRequest("GET", "http://localhost/spin", nil)
			app.ServeHTTP(discard{}, r)
		}()
	}
	fmt.Println("ready")
	select {}
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

// However this program ends, nothing of it stays.
func TestProgramEnds(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: a worker that hangs outlives this program but on Linux")
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), programVariable+"="+python(t))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
			t.Fatalf("%q %v", line, err)
		}
		var pids []int
		eventually(t, "there are three processes", func() bool { pids = children(t, cmd.Process.Pid); return len(pids) == 3 })
		_ = cmd.Process.Signal(sig)
		_ = cmd.Wait()
		eventually(t, "nothing is left of it", func() bool {
			for _, pid := range pids {
				if alive(pid) {
					return false
				}
			}
			return true
		})
	}
}

// Close ends everything, in whatever state it is, and the goroutines too.
func TestClose(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	for range 3 {
		app := &wsgi.App{Module: "process", Processes: 2}
		prepare(t, app)
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		pids := children(t, os.Getpid())
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				defer func() { _ = recover() }()
				r, _ := http.NewRequest("GET", "http://localhost/hang", nil)
				app.ServeHTTP(discard{}, r)
			})
		}
		if err := app.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if err := app.Close(); err != nil {
			t.Errorf("again: %v", err)
		}
		for _, pid := range pids {
			eventually(t, "the processes are gone", func() bool { return !alive(pid) })
		}
		if err := app.Start(t.Context()); err == nil {
			t.Error("a closed App starts")
		}
	}
	eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= goroutines })
	var never wsgi.App
	if err := never.Close(); err != nil {
		t.Error(err)
	}
	if err := never.Start(t.Context()); err == nil {
		t.Error("a closed App starts")
	}
}

// Shutdown lets requests finish, as long as its context allows.
func TestShutdown(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process"})
	slow := make(chan answer)
	go func() { slow <- s.get(t, "/slow") }()
	eventually(t, "the request is under way", func() bool { return s.busy(t) })
	if err := s.app.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if a := <-slow; a.status != 200 {
		t.Errorf("%d %q %v", a.status, a.body, a.err)
	}
	if a := s.get(t, "/"); a.status != http.StatusServiceUnavailable {
		t.Errorf("after it: %d", a.status)
	}
	if n := s.log.count("level=ERROR"); n > 0 {
		t.Errorf("%d errors", n)
	}

	s = serve(t, &wsgi.App{Module: "process"})
	go func() { slow <- s.get(t, "/hang") }()
	eventually(t, "the request is under way", func() bool { return s.busy(t) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.app.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if a := <-slow; a.status < 500 {
		t.Errorf("%d %v", a.status, a.err)
	}
}

// A restart under load costs no request.
func TestRestart(t *testing.T) {
	for _, preload := range []bool{false, true} {
		dir := t.TempDir()
		code := "def application(environ, start):\n  start('200 OK', [])\n  return [b'%d']\n"
		write(t, dir, fmt.Sprintf(code, 1))
		s := serve(t, &wsgi.App{Module: "mended", Dir: dir, Processes: 2, Threads: 2, Preload: preload})
		var stop atomic.Bool
		var n atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for !stop.Load() {
					if a := s.do(t, "POST", "/", strings.NewReader("x")); a.status != 200 {
						t.Errorf("%d %q %v", a.status, a.body, a.err)
						return
					}
					n.Add(1)
				}
			})
		}
		for i := 2; i < 5; i++ {
			write(t, dir, fmt.Sprintf(code, i))
			if err := s.app.Restart(t.Context()); err != nil {
				t.Error(err)
			}
			eventually(t, "the new code answers", func() bool { return s.get(t, "/").body == strconv.Itoa(i) })
		}
		write(t, dir, "broken(")
		if err := s.app.Restart(t.Context()); err == nil || !strings.Contains(err.Error(), "SyntaxError") {
			t.Errorf("broken: %v", err)
		}
		if a := s.get(t, "/"); a.body != "4" {
			t.Errorf("after it: %d %q", a.status, a.body)
		}
		stop.Store(true)
		wg.Wait()
		if n.Load() < 20 {
			t.Errorf("only %d requests", n.Load())
		}
		eventually(t, "the old workers are gone", func() bool { return s.workers(t) == 2 })
		s.app.Close()
	}
}

// With Reload the code that is there is the code that answers, or says what is wrong with it.
func TestReload(t *testing.T) {
	for _, preload := range []bool{false, true} {
		dir := t.TempDir()
		write(t, dir, "def application(environ, start):\n  import part\n  start('200 OK', [])\n  return [part.text]\n")
		part := func(code string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(dir, "part.py"), []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		part("text = b'one'\n")
		s := serve(t, &wsgi.App{Module: "mended", Dir: dir, Reload: true, Preload: preload})
		if a := s.get(t, "/"); a.body != "one" {
			t.Fatalf("%d %q", a.status, a.body)
		}
		part("text = b'another'\n") // was imported by a request
		eventually(t, "the new code answers", func() bool { return s.get(t, "/").body == "another" })
		write(t, dir, "broken(\n")
		eventually(t, "it is said what is wrong", func() bool { return s.get(t, "/").status == 503 })
		write(t, dir, "def application(environ, start):\n  start('200 OK', [])\n  return [b'mended']\n")
		eventually(t, "the mended code answers", func() bool { return s.get(t, "/").body == "mended" })
		s.app.Close()
	}
}

// Without Start the first request starts the workers.
func TestLazy(t *testing.T) {
	app := &wsgi.App{Module: "process:hello"}
	s := front(t, app, prepare(t, app))
	if a := s.get(t, "/"); a.body != "hello\n" {
		t.Errorf("%d %q %v", a.status, a.body, a.err)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		app  *wsgi.App
		want string
	}{
		{&wsgi.App{}, "Module"},
		{&wsgi.App{Module: "a b"}, "Module"},
		{&wsgi.App{Module: "a:b():c"}, "Module"},
		{&wsgi.App{Module: "a", Mount: "wiki"}, "Mount"},
		{&wsgi.App{Module: "a", Processes: -1}, "Processes"},
		{&wsgi.App{Module: "a", Timeout: -1}, "Timeout"},
		{&wsgi.App{Module: "a", Dir: filepath.Join(dir, "none")}, "Dir"},
		{&wsgi.App{Module: "a", Virtualenv: filepath.Join(dir, "none")}, "Virtualenv"},
		{&wsgi.App{Module: "a", Virtualenv: dir}, "Python"},
		{&wsgi.App{Module: "a", Python: "python-of-no-kind"}, "Python"},
		{&wsgi.App{Module: "a", Env: map[string]string{"A=B": ""}}, "Env"},
		{&wsgi.App{Module: "a.b.c:d.e", Mount: "/wiki/", Python: python(t)}, ""},
	} {
		err := tt.app.Check()
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), "wsgi: App."+tt.want) {
			t.Errorf("%+q: %v, want %s", tt.app.Module, err, tt.want)
		}
		if tt.want != "" && tt.app.Start(t.Context()) == nil {
			t.Errorf("%s: it starts", tt.want)
		}
	}
}
