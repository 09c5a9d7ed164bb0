package middlewaretest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
)

// loadChecks: many requests at a time, and what they leave behind.
func loadChecks() []check {
	return []check{
		{name: "concurrent requests", run: concurrent},
		{name: "goroutines end", run: goroutinesEnd},
		{name: "allocations do not grow with the body", run: allocations},
	}
}

// concurrent gives every request a body of its own, some of them cut off in the
// middle: a writer or compressor that is shared or pooled wrongly mixes them up.
func concurrent(t *trial) {
	const clients, each = 8, 12
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		for range 200 {
			_, _ = io.WriteString(w, r.URL.Path)
		}
		if strings.HasSuffix(r.URL.Path, "5") {
			panic(http.ErrAbortHandler)
		}
		flush(w)
		_, _ = io.Copy(w, readerOnly{strings.NewReader(prose)})
	})
	var wrong atomic.Pointer[string]
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				path := fmt.Sprintf("/%d-%d", c, i)
				r := s.request("GET", path, nil)
				if i%2 == 0 {
					r.Header.Set("Accept-Encoding", "gzip")
				}
				got := s.do(r)
				if strings.HasSuffix(path, "5") {
					continue
				}
				if want := strings.Repeat(path, 200) + prose; !got.whole() || got.status != 200 || string(got.body) != want {
					said := path + ": " + got.String()
					wrong.CompareAndSwap(nil, &said)
				}
			}
		})
	}
	all.Wait()
	if said := wrong.Load(); said != nil {
		t.fail("each of many concurrent requests gets its own answer", *said, "state is shared between requests; run with -race to see where")
	}
}

// trialLabel marks, in goroutine profiles, what one check's requests started.
const trialLabel = "middlewaretest"

var trials atomic.Int64

// goroutinesEnd tells the layer's goroutines by a profiler label, which a goroutine
// has from the one that started it.
func goroutinesEnd(t *trial) {
	label := fmt.Sprint(trials.Add(1))
	wrapped := t.layer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic(http.ErrAbortHandler)
		}
		plainText(w, prose)
		flush(w)
	}))
	var labelled atomic.Bool // the first request may start what stays, such as a janitor
	s := t.serveWrapped(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !labelled.Load() {
			wrapped.ServeHTTP(w, r)
			return
		}
		pprof.Do(r.Context(), pprof.Labels(trialLabel, label), func(context.Context) { wrapped.ServeHTTP(w, r) })
	}))
	for _, accept := range []string{"", "gzip"} {
		s.get(accept)
	}
	labelled.Store(true)
	for range 8 {
		for _, accept := range []string{"", "gzip"} {
			s.get(accept)
			r := s.request("GET", "/panic", nil)
			r.Header.Set("Accept-Encoding", accept)
			s.do(r)
		}
	}
	s.server.CloseClientConnections()
	left := ""
	if !t.eventually(func() bool { left = goroutines(label); return left == "" }) {
		t.fail("no goroutine that a request started is still there", "\n"+left, "a goroutine that stays with each request is a leak; it keeps the request's memory too")
	}
}

// goroutines returns the stacks of those with the label.
func goroutines(label string) string {
	var profile bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)
	var found []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, fmt.Sprintf("%q:%q", trialLabel, label)) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n")
}

// discard is a server's writer that costs nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header               { return d.header }
func (d discard) Write(p []byte) (int, error)       { return len(p), nil }
func (d discard) WriteString(s string) (int, error) { return len(s), nil }
func (d discard) WriteHeader(int)                   {}
func (d discard) Flush()                            {}
func (d discard) ReadFrom(src io.Reader) (n int64, err error) {
	return io.Copy(io.Discard, readerOnly{src})
}

const (
	maxAllocs   = 250 // for one request: several times what a layer with cryptography and a store needs
	maxPerWrite = 0.2
)

// allocations compares a handler that writes twice with one that writes a thousand times.
// The count is the whole program's; of several measurements that is best which other
// tests disturbed least.
func allocations(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		piece := []byte(prose[:100])
		measure := func(writes int) float64 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			t.direct(discard{http.Header{}}, accept, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				for range writes {
					_, _ = w.Write(piece)
				}
			})
			runtime.ReadMemStats(&after)
			return float64(after.Mallocs - before.Mallocs)
		}
		measure(2) // fills pools
		few, perWrite := math.Inf(1), math.Inf(1)
		for range 8 {
			few = min(few, measure(2))
		}
		for range 20 {
			perWrite = min(perWrite, (measure(1002)-few)/1000)
			if few = min(few, measure(2)); few <= maxAllocs && perWrite <= maxPerWrite {
				return
			}
		}
		if few > maxAllocs {
			t.failf(fmt.Sprintf("at most %d allocations for a small answer", maxAllocs), "each layer's price is paid by every request", "%.0f", few)
		}
		if perWrite > maxPerWrite {
			t.failf(fmt.Sprintf("at most %v allocations a Write", maxPerWrite), "large answers would pay for every piece", "%.2f", perWrite)
		}
	})
}
