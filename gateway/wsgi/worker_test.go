package wsgi_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// A worker that ends in the midst of a request costs that request, and is replaced.
func TestWorkerEnds(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process"})
	slog.SetDefault(s.app.Logger)
	for _, tt := range []struct{ path, logged string }{
		{"/suicide", "killed by signal 9"},
		{"/exit", "exit status 7"},
		{"/segfault", "killed by signal 11"},
	} {
		a := s.get(t, tt.path)
		if a.status != http.StatusBadGateway || !strings.Contains(a.body, "Incident") {
			t.Errorf("%s: %d %q %v", tt.path, a.status, a.body, a.err)
		}
		s.log.await(t, 1, tt.logged)
		if a := s.get(t, "/"); a.body != "hello" {
			t.Errorf("after %s: %d %q", tt.path, a.status, a.body)
		}
		if n := s.log.count("a worker has ended: " + tt.logged); n != 1 {
			t.Errorf("%s: logged %d times", tt.path, n)
		}
	}
	if a := s.get(t, "/broken-off"); a.err == nil {
		t.Errorf("an answer that broke off looks whole: %d %q", a.status, a.body)
	}
	if a := s.get(t, "/"); a.body != "hello" {
		t.Errorf("after it: %d %q", a.status, a.body)
	}
}

// A worker that was killed while it had nothing to do costs no request, not even a POST.
func TestWorkerKilledIdle(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", Processes: 2})
	for range 5 {
		pid := s.pid(t)
		kill(t, pid)
		if a := s.do(t, "POST", "/", strings.NewReader("body")); a.body != "hello" {
			t.Fatalf("%d %q %v", a.status, a.body, a.err)
		}
	}
}

// A worker that hangs is killed, and told where.
func TestWorkerHangs(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", Processes: 2, AnswerTimeout: 500 * time.Millisecond})
	slog.SetDefault(s.app.Logger)
	for i, path := range []string{"/hang", "/spin"} {
		done := make(chan answer)
		go func() { done <- s.get(t, path) }()
		for range 5 {
			if a := s.get(t, "/"); a.body != "hello" {
				t.Errorf("beside %s: %d", path, a.status)
			}
		}
		if a := <-done; a.status != http.StatusGatewayTimeout {
			t.Errorf("%s: %d %q %v", path, a.status, a.body, a.err)
		}
		s.log.await(t, i+1, "no answer within AnswerTimeout, 500ms")
		eventually(t, "the worker is replaced", func() bool { return s.workers(t) == 2 })
	}
	s.log.await(t, 2, "most recent call first")
	s.log.await(t, 1, "in application")
}

func TestTimeout(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", Timeout: 300 * time.Millisecond})
	slog.SetDefault(s.app.Logger)
	if a := s.get(t, "/hang"); a.status != http.StatusGatewayTimeout {
		t.Errorf("%d %q %v", a.status, a.body, a.err)
	}
	if a := s.get(t, "/endless"); a.err == nil {
		t.Errorf("endless: %d", a.status)
	}
	s.log.await(t, 1, "a request took longer than Timeout, 300ms")
}

// A client that goes is found out wherever the application is.
func TestClientGone(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process"})
	slog.SetDefault(s.app.Logger)
	pid := s.pid(t)
	for _, path := range []string{"/endless", "/flood"} {
		ctx, cancel := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, "GET", s.URL+path, nil)
		res, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(res.Body, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		cancel()
		res.Body.Close()
		if a := s.get(t, "/notes"); a.body != "closed" {
			t.Errorf("%s: %q %v", path, a.body, a.err)
		}
	}
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nbeginning")
	eventually(t, "the application reads", func() bool { return s.busy(t) })
	conn.Close()
	if a := s.get(t, "/notes"); a.body != "upload: OSError" {
		t.Errorf("upload: %q %v", a.body, a.err)
	}
	if now := s.pid(t); now != pid {
		t.Errorf("the worker was replaced")
	}
	if n := s.log.count("request failed"); n > 0 {
		t.Errorf("%d incidents", n)
	}
}

// A worker whose client has gone may not go on forever.
func TestClientGoneHangs(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", Grace: 200 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/hang", nil)
	if _, err := s.Client().Do(r); err == nil {
		t.Fatal("it answers")
	}
	if a := s.get(t, "/"); a.body != "hello" {
		t.Errorf("%d %v", a.status, a.err)
	}
	s.log.await(t, 1, "goes on 200ms after its client has gone")
}

func TestMaxRequests(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", MaxRequests: 5})
	seen := map[string]int{}
	for len(seen) < 4 {
		a := s.get(t, "/pid")
		if a.status != 200 {
			t.Fatalf("%d %q %v", a.status, a.body, a.err)
		}
		if seen[a.body]++; seen[a.body] > 5000 {
			t.Fatal("a worker is not replaced")
		}
	}
	if n := s.log.count("level=ERROR"); n > 0 {
		t.Errorf("%d errors", n)
	}
}

func TestMaxMemory(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", MaxMemory: 64 << 20})
	first := s.pid(t)
	for range 4 {
		s.get(t, "/leak")
	}
	eventually(t, "the worker is replaced", func() bool { return s.pid(t) != first })
	if n := s.log.count("more than MaxMemory"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// What a worker may do to its connections harms nobody but itself.
func TestWorkerGarbage(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", AnswerTimeout: time.Second, Grace: time.Second})
	slog.SetDefault(s.app.Logger)
	for _, path := range []string{"/garbage", "/fds", "/garbage"} {
		if a := s.get(t, path); a.err == nil && a.status < 500 {
			t.Errorf("%s: %d %q", path, a.status, a.body)
		}
		eventually(t, "there is a worker again", func() bool { return s.get(t, "/").body == "hello" })
	}
}

func TestThreads(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", Threads: 4})
	var wg sync.WaitGroup
	begun := time.Now()
	for range 8 {
		wg.Go(func() {
			if a := s.get(t, "/slow"); a.status != 200 {
				t.Errorf("%d", a.status)
			}
		})
	}
	wg.Wait()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("eight requests of 0.3 s took %s", took)
	}
	if a := s.get(t, "/thread"); !strings.HasPrefix(a.body, "wsgi-") {
		t.Errorf("thread %q", a.body)
	}
}

// What an application yields leaves while it goes on.
func TestStreams(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process"})
	res, err := s.Client().Get(s.URL + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b := make([]byte, 100)
	for _, want := range []string{"0\n", "1\n", "2\n"} {
		n, _ := res.Body.Read(b)
		if string(b[:n]) != want {
			t.Errorf("read %q, want %q", b[:n], want)
		}
	}
}

func TestMaxWaiting(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", MaxWaiting: 1})
	slog.SetDefault(s.app.Logger)
	var wg sync.WaitGroup
	var busy atomic.Int64
	for range 6 {
		wg.Go(func() {
			a := s.get(t, "/slow")
			if a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" {
				busy.Add(1)
			} else if a.status != 200 {
				t.Errorf("%d", a.status)
			}
		})
	}
	wg.Wait()
	if n := busy.Load(); n < 3 || n > 5 {
		t.Errorf("%d of 6 were turned away", n)
	}
}

// An application that cannot be imported is told of once, and works when it is mended.
func TestBroken(t *testing.T) {
	for name, preload := range map[string]bool{"": false, "preloaded": true} {
		for what, code := range map[string]string{
			"SyntaxError":         "def application(:\n",
			"ModuleNotFoundError": "import nothing_of_that_name\n",
			"AttributeError":      "x = 1\n",
			"SystemExit":          "import sys; sys.exit('gone')\n",
			"exit status 9":       "import os; os._exit(9)\n",
			"cannot be called":    "application = 1\n",
		} {
			t.Run(name+what, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				write(t, dir, code)
				app := &wsgi.App{Module: "mended", Dir: dir, Processes: 2, Preload: preload}
				log := prepare(t, app)
				err := app.Start(t.Context())
				if err == nil || !strings.Contains(err.Error(), what) {
					t.Fatalf("Start: %v", err)
				}
				var e *wsgi.Exception
				if errors.As(err, &e) == (what == "exit status 9") {
					t.Errorf("Start: %T", err)
				}
				s := front(t, app, log)
				if a := s.get(t, "/"); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "Incident") || strings.Contains(a.body, what) {
					t.Errorf("%d %v %q", a.status, a.header, a.body)
				}
				log.await(t, 1, "still cannot be started")
				if n := log.count("level=ERROR"); n != 1 {
					t.Errorf("%d errors in the log", n)
				}
				write(t, dir, "def application(environ, start):\n  start('200 OK', [])\n  return [b'mended']\n")
				eventually(t, "it works", func() bool { return s.get(t, "/").body == "mended" })
				log.await(t, 1, "the application works again")
			})
		}
	}
}

func write(t *testing.T, dir, code string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "mended.py"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStartTimeout(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "while True: pass\n")
	for name, preload := range map[string]bool{"": false, "preload": true} {
		app := &wsgi.App{Module: "mended", Dir: dir, StartTimeout: 500 * time.Millisecond, Preload: preload}
		prepare(t, app)
		if err := app.Start(t.Context()); err == nil {
			t.Errorf("%s: it started", name)
		}
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A worker that ends all the time is not started all the time.
func TestRestartStorm(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "import os\nwith open('starts', 'a') as f: f.write('x')\ndef application(environ, start): os._exit(1)\n")
	s := serve(t, &wsgi.App{Module: "mended", Dir: dir})
	slog.SetDefault(s.app.Logger)
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		r, _ := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
		if res, err := s.Client().Do(r); err == nil {
			res.Body.Close()
		}
		cancel()
	}
	b, _ := os.ReadFile(filepath.Join(dir, "starts"))
	if n := len(b); n < 3 || n > 12 {
		t.Errorf("%d starts in 2 s", n)
	}
}
