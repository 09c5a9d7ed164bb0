package storetest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// BackendFailures points the suite at a backend, and returns what it says, by check,
// instead of failing t. It makes only the checks that are named.
func BackendFailures(t testing.TB, open func() session.Backend, checks ...string) map[string][]string {
	return failures(t, checks, func(s suite, r reporter) {
		s.backend(r, func(testing.TB) session.Backend { return open() })
	})
}

// StoreFailures is the same for RunStore.
func StoreFailures(t testing.TB, open func() sessions.Store, can session.Capability, checks ...string) map[string][]string {
	return failures(t, checks, func(s suite, r reporter) {
		s.store(r, func(testing.TB) sessions.Store { return open() }, can)
	})
}

func failures(t testing.TB, checks []string, run func(suite, reporter)) map[string][]string {
	known := map[string]bool{}
	for _, name := range checks {
		known[name] = false
	}
	root := &recording{TB: t, all: &texts{list: map[string][]string{}}}
	root.do(func(r reporter) {
		run(suite{patience: time.Second, skip: func(check string) bool {
			_, wanted := known[check]
			known[check] = true
			return !wanted
		}}, r)
	})
	for _, name := range checks {
		if !known[name] {
			t.Errorf("there is no check %q", name)
		}
	}
	return root.all.list
}

type texts struct {
	mu   sync.Mutex
	list map[string][]string
}

// recording is a test that remembers instead of failing. What it does not have itself
// it leaves to a real one.
type recording struct {
	testing.TB
	name    string
	all     *texts
	mu      sync.Mutex
	failed  bool
	cleanup []func()
}

func (r *recording) Errorf(format string, args ...any) {
	r.mu.Lock()
	r.failed = true
	r.mu.Unlock()
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	name := r.name[1:]
	r.all.list[name] = append(r.all.list[name], fmt.Sprintf(format, args...))
}

func (r *recording) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recording) Skipf(string, ...any) { runtime.Goexit() }

func (r *recording) Logf(string, ...any) {}

func (r *recording) Context() context.Context { return context.Background() }

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
	inner := &recording{TB: r.TB, name: r.name + "/" + name, all: r.all}
	inner.do(f)
	return !inner.Failed()
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
