package middlewaretest

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Failure is what the suite says of a layer that fails it.
type Failure struct{ Check, Text string }

// Failures points s at a layer and returns what it finds instead of failing a test.
func Failures(s Suite, layer func(http.Handler) http.Handler, skip func(check string) bool) []Failure {
	s.patience, s.skip = 500*time.Millisecond, skip
	root := &recording{all: &failures{}}
	root.do(func(t reporter) { s.run(t, layer) })
	return root.all.list
}

type failures struct {
	mu   sync.Mutex
	list []Failure
}

// recording is a reporter that remembers.
type recording struct {
	name    string
	all     *failures
	mu      sync.Mutex
	failed  bool
	cleanup []func()
}

func (r *recording) Helper() {}

func (r *recording) Errorf(format string, args ...any) {
	r.mu.Lock()
	r.failed = true
	r.mu.Unlock()
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	// "HTTP1/3 panic/after Flush/gzip" is the check "3 panic/after Flush".
	name := r.name
	if parts := strings.Split(name, "/"); len(parts) > 3 {
		name = parts[2] + "/" + strings.TrimPrefix(name, strings.Join(parts[:3], "/")+"/")
		name, _, _ = strings.Cut(name, "/identity")
		name, _, _ = strings.Cut(name, "/gzip")
	}
	r.all.list = append(r.all.list, Failure{name, fmt.Sprintf(format, args...)})
}

func (r *recording) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recording) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recording) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanup = append(r.cleanup, f)
}

func (r *recording) sub(name string, f func(reporter)) bool {
	inner := &recording{name: r.name + "/" + name, all: r.all}
	inner.do(f)
	if inner.Failed() {
		r.mu.Lock()
		r.failed = true
		r.mu.Unlock()
		return false
	}
	return true
}

// do runs f where Fatalf can end it.
func (r *recording) do(f func(reporter)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := len(r.cleanup) - 1; i >= 0; i-- {
				r.cleanup[i]()
			}
		}()
		f(r)
	}()
	<-done
}
