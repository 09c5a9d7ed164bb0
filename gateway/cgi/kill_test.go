//go:build unix

package cgi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// family is a script with children, whose ids it writes into a file beside it; begin and rest are
// what it does before and behind that.
func family(t *testing.T, begin, rest string) (file string, ids func() []int) {
	t.Helper()
	file = script(t, begin+`
sleep 1000 &
sh -c 'sleep 1001 & echo $! >>ids; wait' &
echo $! >>ids
echo $$ >>ids
`+rest)
	list := filepath.Join(filepath.Dir(file), "ids")
	return file, func() (ids []int) {
		b, _ := os.ReadFile(list)
		for word := range strings.FieldsSeq(string(b)) {
			id, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		return ids
	}
}

// alive reports whether a process runs. One that has ended and that nobody has buried does not.
func alive(id int) bool {
	if runtime.GOOS == "linux" {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
		_, rest, _ := strings.Cut(string(b), ") ")
		return err == nil && !strings.HasPrefix(rest, "Z")
	}
	return syscall.Kill(id, 0) == nil
}

// awaited serves h, and tells when it returns.
func awaited(t *testing.T, h http.Handler) (at string, done chan struct{}) {
	done = make(chan struct{}, 1000)
	return site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { done <- struct{}{} }()
		h.ServeHTTP(w, r)
	})), done
}

// When a request is over, however, nothing of its program runs.
func TestKillGroup(t *testing.T) {
	const (
		head   = `printf '\nhello'`
		endure = "wait"
		deaf   = `trap '' TERM; while :; do sleep 0.1; done`
	)
	for _, tt := range []struct {
		name, begin, rest string
		h                 *cgi.Handler
		leave             bool // the client
		want              string
	}{
		{"client gone before the head", "", endure, &cgi.Handler{}, true, ""},
		{"client gone within the answer", head, endure, &cgi.Handler{}, true, ""},
		{"client gone, deaf program", "trap '' TERM;" + head, deaf, &cgi.Handler{Grace: 100 * time.Millisecond}, true, ""},
		{"client gone, no grace", head, deaf, &cgi.Handler{Grace: -1}, true, ""},
		{"no head in time", "", endure, &cgi.Handler{AnswerTimeout: 300 * time.Millisecond}, false, "504"},
		{"no head in time, deaf", "trap '' TERM", deaf, &cgi.Handler{AnswerTimeout: 300 * time.Millisecond, Grace: 100 * time.Millisecond}, false, "504"},
		{"not over in time, head", "", endure, &cgi.Handler{Timeout: 300 * time.Millisecond}, false, "504"},
		{"not over in time", head, endure, &cgi.Handler{Timeout: 300 * time.Millisecond}, false, "torn"},
		{"answers when told to end", "trap 'echo; echo late; exit 0' TERM", "wait", &cgi.Handler{Timeout: 300 * time.Millisecond}, false, "504"},
		{"does not end", head, "exec >&- 2>&-; " + endure, &cgi.Handler{Grace: 100 * time.Millisecond}, false, "200 hello"},
		{"bad head", "", "echo hello; " + endure, &cgi.Handler{}, false, "502"},
		{"has all of the answer, and does not end", `printf 'Content-Length: 5\n\nhello'`, endure, &cgi.Handler{Grace: 100 * time.Millisecond}, false, "200 hello"},
	} {
		before := runtime.NumGoroutine()
		t.Run(tt.name, func(t *testing.T) {
			file, ids := family(t, tt.begin, tt.rest)
			tt.h.Path, tt.h.Logger = file, paritytest.Silent
			if strings.Contains(tt.rest, "exec") { // the children as well
				b, _ := os.ReadFile(file)
				if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(b), "&\n", ">/dev/null 2>&1 &\n")), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			t.Cleanup(func() {
				for _, id := range ids() { // where the test has failed
					_ = syscall.Kill(-id, syscall.SIGKILL)
				}
			})
			at, done := awaited(t, tt.h)
			if tt.leave {
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					r, _ := http.NewRequestWithContext(ctx, "GET", at, nil)
					if resp, err := http.DefaultClient.Do(r); err == nil {
						_, _ = io.Copy(io.Discard, resp.Body)
						resp.Body.Close()
					}
				}()
				eventually(t, "it runs", func() bool { return len(ids()) == 3 })
				cancel()
			} else if got := ask(t, "GET", at, nil); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			select {
			case <-done:
			case <-time.After(15 * time.Second):
				t.Fatal("the request does not end")
			}
			if len(ids()) == 0 {
				t.Fatalf("ids %v", ids())
			}
			eventually(t, "all of it has ended", func() bool {
				for _, id := range ids() {
					if alive(id) {
						return false
					}
				}
				return true
			})
		})
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= before+1 }) // or a kept thread
	}
}

// A body that breaks off, or is longer than a layer around allows, ends the program: it would take
// what it has for all.
func TestKillTornBody(t *testing.T) {
	journalDefault(t)
	file := script(t, `cat >/dev/null; echo took it all >done; printf '\nhello'`)
	h := &cgi.Handler{Path: file, Logger: paritytest.Silent}
	limited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 10)
		h.ServeHTTP(w, r)
	})
	for _, tt := range []struct {
		h          http.Handler
		body, want string
	}{{h, "hello", ""}, {limited, strings.Repeat("x", 100), "HTTP/1.1 413 Request Entity Too Large"}} {
		at, done := awaited(t, tt.h)
		c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"+tt.body)
		_ = c.(*net.TCPConn).CloseWrite()
		line, _ := bufio.NewReader(c).ReadString('\n')
		if got := strings.TrimSpace(line); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
		<-done
		_ = c.Close()
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), "done")); err == nil {
			t.Error("the program took a part of the body for all of it")
		}
	}
}

// How long a client takes for its body is not held against the program; that it does not take
// the body is.
func TestKillAnswerTimeout(t *testing.T) {
	journalDefault(t)
	for _, tt := range []struct {
		script string
		slow   bool // the client
		want   string
	}{
		{`cat >/dev/null; printf '\nok'`, true, "200 ok"},
		{`cat >/dev/null; exec sleep 100`, true, "504"},
		{"exec sleep 100", false, "504"},
		{"exec <&-; exec sleep 100", false, "504"},
	} {
		at := site(t, &cgi.Handler{Path: script(t, tt.script), Logger: paritytest.Silent, AnswerTimeout: 400 * time.Millisecond})
		body, size := io.Reader(zeros{}), int64(8<<20)
		if tt.slow {
			pr, pw := io.Pipe()
			go func() {
				for range 4 {
					time.Sleep(200 * time.Millisecond)
					_, _ = pw.Write(make([]byte, 10))
				}
				_ = pw.Close()
			}()
			body, size = pr, 40
		}
		r, _ := http.NewRequestWithContext(t.Context(), "POST", at, io.LimitReader(body, size))
		r.ContentLength = size
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := fmt.Sprint(resp.StatusCode, " ", string(b)); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s, want %s", tt.script, got, tt.want)
		}
	}
}

// A program whose answer is whole may finish what it does, though its client has left.
func TestFinishes(t *testing.T) {
	file := script(t, `printf 'Content-Length: 5\n\nhello'; sleep 0.3; echo >done`)
	at, done := awaited(t, &cgi.Handler{Path: file})
	c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(resp.Body); string(b) != "hello" || err != nil {
		t.Errorf("%q %v", b, err)
	}
	_ = c.Close()
	<-done
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "done")); err != nil {
		t.Error("the program was ended before its time")
	}
}

// The server's end leaves no process.
func TestKillShutdown(t *testing.T) {
	file, ids := family(t, `printf '\nhello'`, "wait")
	h := &cgi.Handler{Path: file, Logger: paritytest.Silent}
	var running sync.WaitGroup
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		h.ServeHTTP(w, r)
	}))
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	eventually(t, "it runs", func() bool { return len(ids()) == 3 })
	s.CloseClientConnections()
	running.Wait()
	s.Close()
	for _, id := range ids() {
		if alive(id) {
			t.Errorf("%d runs", id)
		}
	}
}

// More requests than programs may run wait for their turn, and those that wait too long are told.
func TestMaxProcesses(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "a.cgi", "#!/bin/sh\nmkdir run.$$; set -- run.*; echo $# >>counts; sleep 0.02; rmdir run.$$; printf '\\nok'\n")
	before := runtime.NumGoroutine()
	s := httptest.NewServer(&cgi.Handler{Path: file, MaxProcesses: 8, QueueTimeout: time.Minute})
	var wg sync.WaitGroup
	var answers atomic.Int32
	for range 200 {
		wg.Go(func() {
			if got := ask(t, "GET", s.URL, nil); got == "200 ok" {
				answers.Add(1)
			} else {
				t.Error(got)
			}
		})
	}
	wg.Wait()
	s.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	b, _ := os.ReadFile(filepath.Join(dir, "counts"))
	most := 0
	for word := range strings.FieldsSeq(string(b)) {
		n, _ := strconv.Atoi(word)
		most = max(most, n)
	}
	if answers.Load() != 200 || most > 8 || most < 2 {
		t.Errorf("%d answers, %d at once", answers.Load(), most)
	}
	// Threads that start programs stay, 16 at most.
	eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= before+16 })

	journalDefault(t)
	hold := make(chan struct{})
	full := &cgi.Handler{Path: script(t, `printf '\nok'; cat >/dev/null`), MaxProcesses: 1, QueueTimeout: -1, Logger: paritytest.Silent}
	at := site(t, full)
	pr, pw := io.Pipe()
	go func() {
		r, _ := http.NewRequest("POST", at, pr)
		r.ContentLength = 1
		if resp, err := http.DefaultClient.Do(r); err == nil {
			close(hold)
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}()
	<-hold
	if got := ask(t, "GET", at, nil); got != "503 Retry-After: 5;" {
		t.Error(got)
	}
	waiting := &cgi.Handler{Path: script(t, `echo >>started; printf '\nok'; cat >/dev/null`), MaxProcesses: 1, Logger: paritytest.Silent}
	leaves(t, waiting)
	_, _ = pw.Write([]byte("x"))
	_ = pw.Close()
	eventually(t, "there is a place again", func() bool { return ask(t, "GET", at, nil) == "200 ok" })
}

// leaves sends two requests of which the second, a GET, has to wait, and whose client leaves: no
// program is started for it.
func leaves(t *testing.T, h *cgi.Handler) {
	t.Helper()
	at, done := awaited(t, h)
	started := filepath.Join(filepath.Dir(h.Path), "started")
	pr, pw := io.Pipe()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", at, pr)
	r.ContentLength = 1
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r, _ = http.NewRequestWithContext(ctx, "GET", at, nil)
	if resp, err := http.DefaultClient.Do(r); err == nil {
		resp.Body.Close()
		t.Error("it was answered")
	}
	<-done
	_, _ = pw.Write([]byte("x"))
	_ = pw.Close()
	<-done
	if b, _ := os.ReadFile(started); string(b) != "\n" {
		t.Errorf("%d programs were started", len(b))
	}
}
