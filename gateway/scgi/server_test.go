package scgi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/scgi"
)

// request is a request with a body for which n bytes are announced.
func request(n int, body string, more ...string) string {
	vars := [][2]string{
		{"CONTENT_LENGTH", fmt.Sprint(n)},
		{"SCGI", "1"},
		{"REQUEST_METHOD", "POST"},
		{"REQUEST_URI", "/"},
		{"SERVER_PROTOCOL", "HTTP/1.1"},
		{"HTTP_HOST", "h"},
	}
	for i := 0; i < len(more); i += 2 {
		vars = append(vars, [2]string{more[i], more[i+1]})
	}
	return encode(vars...) + body
}

// within fails the test when ch has nothing for long.
func within[T any](t testing.TB, ch <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(20 * time.Second):
		t.Fatalf("waited in vain: %s", what)
	}
	return v
}

func TestClientGone(t *testing.T) {
	for _, body := range []string{"", "hello"} {
		began, gone := make(chan struct{}), make(chan error, 1)
		addr := serve(t, &scgi.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			close(began)
			<-r.Context().Done()
			gone <- r.Context().Err()
		})})
		conn := dial(t, addr)
		_, _ = io.WriteString(conn, request(len(body), body))
		within(t, began, "the handler")
		_ = conn.Close()
		if err := within(t, gone, "the end of the context"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// The server in front sends all of a body that the handler does not want, as Apache does, before
// it reads; it gets the answer, small or large.
func TestUnread(t *testing.T) {
	answers := map[string]int{"small": 10, "large": 8 << 20}
	addr := serve(t, &scgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, answers[r.URL.Query().Get("answer")]))
	})})
	for _, row := range []struct {
		body           int
		answer, server string
	}{
		{1, "small", "nginx/1"},
		{300 << 10, "small", "nginx/1"},
		{16 << 20, "small", "nginx/1"},
		{200 << 10, "large", "nginx/1"},
		{16 << 20, "large", "Apache/2"},
	} {
		got := ask(t, addr, request(row.body, strings.Repeat("b", row.body), "SERVER_SOFTWARE", row.server, "REQUEST_URI", "/?answer="+row.answer))
		if _, body, _ := strings.Cut(got, "\r\n\r\n"); len(body) != answers[row.answer] {
			t.Errorf("%+v: %d bytes", row, len(body))
		}
	}
}

func TestLength(t *testing.T) {
	read := make(chan string, 1)
	addr := serve(t, &scgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		read <- fmt.Sprintf("%q %v", b, err)
		_, _ = io.WriteString(w, "answer")
	})})
	t.Run("more comes", func(t *testing.T) {
		for _, n := range []int{6, 100_000} {
			got := ask(t, addr, request(5, strings.Repeat("x", n)))
			if want := `"xxxxx" <nil>`; within(t, read, "the body") != want || !strings.HasSuffix(got, "\r\n\r\nanswer") {
				t.Errorf("%d: %q", n, got)
			}
		}
	})
	t.Run("less comes", func(t *testing.T) {
		conn := dial(t, addr)
		_, _ = io.WriteString(conn, request(5, "xx"))
		_ = conn.(*net.TCPConn).CloseWrite()
		if got := within(t, read, "the body"); got != `"xx" unexpected EOF` {
			t.Error(got)
		}
	})
}

// An answer that breaks off is seen to: by a reset over TCP, by its length over a Unix socket.
func TestTorn(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "length" {
			w.Header().Set("Content-Length", "10")
		}
		_, _ = io.WriteString(w, "begin")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	conn := dial(t, serve(t, &scgi.Server{Handler: h}))
	_, _ = io.WriteString(conn, request(0, ""))
	if _, err := io.ReadAll(conn); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("TCP: %v", err)
	}
	conn = dial(t, serveUnix(t, &scgi.Server{Handler: h}))
	_, _ = io.WriteString(conn, request(0, "", "REQUEST_URI", "/?length"))
	if a := paritytest.ReadCGI(conn, "POST"); !a.Torn {
		t.Errorf("Unix: %+v", a)
	}
}

func serveUnix(t *testing.T, s *scgi.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return path
}

func TestUnix(t *testing.T) {
	addr := serveUnix(t, &scgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprint(w, n, err, r.RemoteAddr)
	})})
	body := strings.Repeat("b", 100_000)
	if got := ask(t, addr, request(len(body), body, "REMOTE_ADDR", "unix:")); !strings.HasSuffix(got, "\r\n\r\n100000 <nil>@") {
		t.Errorf("%q", got)
	}
}

// A file goes out whole, whatever way the network takes it.
func TestFile(t *testing.T) {
	content := strings.Repeat("0123456789", 300_000)
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) })
	for _, addr := range []string{serve(t, &scgi.Server{Handler: h}), serveUnix(t, &scgi.Server{Handler: h})} {
		_, body, _ := strings.Cut(ask(t, addr, request(0, "", "REQUEST_METHOD", "GET")), "\r\n\r\n")
		if body != content {
			t.Errorf("%d bytes", len(body))
		}
	}
}

func TestTimeouts(t *testing.T) {
	const short = 50 * time.Millisecond
	t.Run("head", func(t *testing.T) {
		addr := serve(t, &scgi.Server{ReadHeaderTimeout: short})
		for _, sent := range []string{"", "1", good[:30]} {
			conn := dial(t, addr)
			_, _ = io.WriteString(conn, sent)
			if got, err := io.ReadAll(conn); len(got) != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("after %q: %q %v", sent, got, err)
			}
		}
	})
	t.Run("body", func(t *testing.T) {
		read := make(chan error, 1)
		addr := serve(t, &scgi.Server{ReadTimeout: short, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			read <- err
		})})
		conn := dial(t, addr)
		_, _ = io.WriteString(conn, request(5, "x"))
		if err := within(t, read, "the timeout"); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("answer", func(t *testing.T) {
		wrote := make(chan error, 1)
		addr := serve(t, &scgi.Server{WriteTimeout: short, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			var err error
			for err == nil {
				_, err = w.Write(make([]byte, 1<<20))
			}
			wrote <- err
		})})
		conn := dial(t, addr)
		_, _ = io.WriteString(conn, good)
		if err := within(t, wrote, "the timeout"); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	})
}

// A shutdown amid requests: each that was sent is answered, or was never accepted.
func TestShutdownUnderLoad(t *testing.T) {
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		time.Sleep(time.Millisecond)
		_, _ = w.Write(b)
	})}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	body := strings.Repeat("b", 20_000)
	var answered, refused, lost atomic.Int32
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for refused.Load() == 0 {
				conn, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					refused.Add(1)
					return
				}
				_, sendErr := io.WriteString(conn, request(len(body), body))
				got, err := io.ReadAll(conn)
				_ = conn.Close()
				err = errors.Join(err, sendErr) // the kernel tells a reset once
				switch {
				case strings.HasSuffix(string(got), body) && err == nil:
					answered.Add(1)
				case len(got) == 0 && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)):
					refused.Add(1) // it was in the kernel's queue, from which nobody took it
				default:
					lost.Add(1)
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}
		})
	}
	for answered.Load() < 100 {
		runtime.Gosched()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := within(t, served, "Serve"); !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	clients.Wait()
	t.Logf("answered %d, refused %d", answered.Load(), refused.Load())
	settled(t, before)
}

// settled waits until there are no more goroutines than before.
func settled(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before %d:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

// Connections that send nothing, or little, do not keep good ones out.
func TestFlood(t *testing.T) {
	conns, good := 60, 30
	if os.Getenv("SOAK") != "" {
		conns, good = 3000, 500
	}
	flood(t, conns, good)
}

func flood(t *testing.T, bad, asked int) {
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	most := bad / 2
	s := &scgi.Server{MaxConns: most, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	var flooders sync.WaitGroup
	stop := make(chan struct{})
	for i := range bad {
		flooders.Go(func() {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				return
			}
			defer conn.Close()
			if i%2 == 0 {
				_, _ = io.WriteString(conn, "1")
			}
			<-stop
		})
	}
	var slowest time.Duration
	for range asked {
		start := time.Now()
		if got := ask(t, l.Addr().String(), request(0, "")); !strings.HasSuffix(got, "ok") {
			t.Errorf("%q", got)
		}
		slowest = max(slowest, time.Since(start))
	}
	if n := runtime.NumGoroutine() - before; n > bad+2*most+20 {
		t.Errorf("%d goroutines for %d connections at once", n-bad, most)
	}
	t.Logf("%d half-open connections, %d at once; the slowest of %d requests took %v", bad, most, asked, slowest)
	close(stop)
	flooders.Wait()
	_ = s.Close()
	within(t, served, "Serve")
	settled(t, before)
}

func TestPanic(t *testing.T) {
	var log logBuffer
	addr := serve(t, &scgi.Server{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") }),
		Logger:  slog.New(slog.NewTextHandler(&log, nil)),
	})
	for range 3 {
		conn := dial(t, addr)
		_, _ = io.WriteString(conn, good)
		if got, _ := io.ReadAll(conn); len(got) != 0 {
			t.Errorf("%q", got)
		}
	}
	if got := log.take(); strings.Count(got, "panic=oops") != 3 {
		t.Errorf("logged %s", got)
	}
}

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// take returns what was logged since the last time.
func (l *logBuffer) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

func TestBaseContext(t *testing.T) {
	type key struct{}
	got := make(chan any, 1)
	addr := serve(t, &scgi.Server{
		BaseContext: func(net.Listener) context.Context { return context.WithValue(context.Background(), key{}, "base") },
		Handler:     http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Context().Value(key{}) }),
	})
	ask(t, addr, good)
	if v := within(t, got, "the handler"); v != "base" {
		t.Errorf("%v", v)
	}
}
