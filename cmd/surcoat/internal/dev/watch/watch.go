// Package watch finds out that files have changed by looking at them again and again.
//
// It compares their sizes, times and identities instead of waiting for the operating
// system's word. So it is the same everywhere, in containers and on network file systems,
// where that word does not come, and nothing is lost when a checkout changes hundreds of
// files at once, an editor renames, or folders come and go. A look at a thousand
// files costs a few milliseconds, and looks are spaced so that they take at most a twentieth
// of a processor.
package watch

import (
	"context"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	// interval is how often files are looked at when nobody asks.
	interval = 200 * time.Millisecond

	// Looks take at most one part in share of the time when nobody asks, and one in
	// askedShare when somebody does.
	share      = 20
	askedShare = 2

	// quiet is how long nothing may change until a change is taken for complete, and
	// noisy how long that is waited for.
	quiet = 50 * time.Millisecond
	noisy = 2 * time.Second
)

// Watcher looks at files. Its methods may be called from any goroutine.
type Watcher struct {
	changed func(paths []string)

	mu      sync.Mutex
	sources Sources
	seen    map[string]os.FileInfo
	folders map[string]*folder
	began   time.Time     // when the last look did
	last    time.Time     // when it ended
	took    time.Duration // how long it took
}

// New returns a watcher that calls changed with the paths that are other than at the look
// before, also where they are new or gone. Changed must not call the watcher. It looks at
// nothing yet.
func New(changed func(paths []string)) *Watcher {
	return &Watcher{changed: changed, seen: make(map[string]os.FileInfo), folders: make(map[string]*folder)}
}

// Watch looks at s from now on. Files that it did not look at before count as changed
// where they have been written after since: nobody saw whether they were.
func (w *Watcher) Watch(s Sources, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	paths := w.look()
	before := w.seen
	w.sources = s
	_ = w.look() // what is no longer looked at has not changed
	for path, info := range w.seen {
		was, known := before[path]
		if known && !same(was, info) || !known && info.ModTime().After(since) {
			paths = append(paths, path)
		}
	}
	w.tell(paths)
}

// Run looks until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(interval, w.pause())):
			w.Check()
		}
	}
}

// Check returns after a look that began after its call, and after what that calls. Calls
// at the same time share one.
func (w *Watcher) Check() {
	called := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.began.After(called) {
		return
	}
	time.Sleep(time.Until(w.last.Add((askedShare - 1) * w.took)))
	w.tell(w.look())
}

// tell tells what has changed while nobody else looks: who looks next and sees nothing
// may rely on it.
func (w *Watcher) tell(paths []string) {
	if len(paths) > 0 {
		w.changed(paths)
	}
}

// Settle returns when nothing has changed for a moment. What changes meanwhile is not
// reported.
func (w *Watcher) Settle(ctx context.Context) {
	for begun := time.Now(); time.Since(begun) < noisy; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(quiet, w.pause())):
		}
		w.mu.Lock()
		paths := w.look()
		w.mu.Unlock()
		if len(paths) == 0 {
			return
		}
	}
}

// pause is how long not to look after a look.
func (w *Watcher) pause() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return (share - 1) * w.took
}

// look returns the paths that have changed since the look before.
func (w *Watcher) look() []string {
	w.began = time.Now()
	before := w.seen
	w.seen = w.scan()
	w.last = time.Now()
	w.took = w.last.Sub(w.began)
	paths := make(map[string]bool)
	for path, info := range w.seen {
		if !same(before[path], info) {
			paths[path] = true
		}
	}
	for path := range before {
		if w.seen[path] == nil {
			paths[path] = true
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// same reports whether a file is what it was.
func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return false
	}
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode() && os.SameFile(a, b)
}
