//go:build dev

package cgitrace_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// flooded sends n requests to a real server, all panicking at once in a handler each of
// its own depth, and returns how many answers were not that request's own.
func flooded(t *testing.T, page *cgitrace.Page, n int) (wrong int) {
	t.Helper()
	gate := make(chan struct{})
	var arrived sync.WaitGroup
	arrived.Add(n)
	s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		arrived.Done()
		<-gate
		lose(string(b), len(b)%40)
	})), false)
	s.Client().Transport.(*http.Transport).MaxConnsPerHost = 0
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var clients sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		clients.Go(func() {
			own := fmt.Sprintf("number-%d-of-%s", i, strings.Repeat("x", i%40))
			r, _ := http.NewRequestWithContext(ctx, "POST", s.URL, strings.NewReader(own))
			r.Header.Set("Accept", []string{browser, "application/json", "*/*"}[i%3])
			r.Header.Set("Content-Type", "text/plain")
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 500 || !strings.Contains(string(b), "lost "+own) {
				mu.Lock()
				wrong++
				mu.Unlock()
			}
		})
	}
	arrived.Wait()
	close(gate)
	clients.Wait()
	s.Close()
	return wrong
}

//go:noinline
func lose(own string, depth int) {
	if depth == 0 {
		panic("lost " + own)
	}
	lose(own, depth-1)
}

// Panics at the same time do not get into each other's pages, and leave nothing running.
func TestPanicFlood(t *testing.T) {
	n := 40
	if os.Getenv("SOAK") != "" {
		n = 400
	}
	before := runtime.NumGoroutine()
	page, log := develop(&cgitrace.Page{})
	if wrong := flooded(t, page, n); wrong > 0 {
		t.Errorf("%d of %d answers are not their own", wrong, n)
	}
	if got := len(log.records(t)); got != n {
		t.Errorf("%d records of %d", got, n)
	}
	ended(t, before)
}

// ended waits until no more goroutines are there than before.
func ended(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		n := runtime.NumGoroutine()
		if n <= before {
			return
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// A limit of memory that is set is kept to: reports are made one by one if need be, and
// what was used for them is free again.
func TestFloodWithMemoryLimit(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(before.HeapInuse) + 64<<20))
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the limit alone sets the collector off
	page, _ := develop(&cgitrace.Page{})
	if wrong := flooded(t, page, 30); wrong > 0 {
		t.Errorf("%d answers are not their own", wrong)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 32<<20 {
		t.Errorf("%d bytes are still in use", grown)
	}
}

// The collector is as it was when no panic is under way any more, whichever way it ended.
func TestCollectorIsLeftAlone(t *testing.T) {
	percent := debug.SetGCPercent(137)
	defer debug.SetGCPercent(percent)
	page, _ := develop(&cgitrace.Page{})
	choosy, _ := develop(&cgitrace.Page{Redact: func(string, string) bool { panic("in Redact") }})
	for name, h := range map[string]http.Handler{
		"a panic":         page.Wrap(http.HandlerFunc(culprit)),
		"ErrAbortHandler": page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })),
		"Goexit":          page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { runtime.Goexit() })),
		"nil":             page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(nil) })), //nolint:govet // on purpose
		"too late": page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			culprit(w, r)
		})),
		"Show": page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { cgitrace.Show(w, r, recover()) }()
			culprit(w, r)
		})),
		"a rule that panics": choosy.Wrap(http.HandlerFunc(culprit)),
	} {
		done := make(chan struct{})
		go func() { // Goexit ends it
			defer close(done)
			defer func() { _ = recover() }()
			h.ServeHTTP(httptest.NewRecorder(), request("GET", "*/*", ""))
		}()
		<-done
		if now := debug.SetGCPercent(137); now != 137 {
			t.Errorf("after %s the collector's percentage is %d", name, now)
		}
	}
	flooded(t, page, 12)
	if now := debug.SetGCPercent(137); now != 137 {
		t.Errorf("after a flood the collector's percentage is %d", now)
	}
}
