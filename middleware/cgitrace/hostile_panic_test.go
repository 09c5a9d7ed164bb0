//go:build dev

package cgitrace_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/respond"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// trouble is an error whose methods do what they should not.
type trouble struct {
	Name   string
	text   func() string
	unwrap func() error
}

func (e *trouble) Error() string { return e.text() }

func (e *trouble) Unwrap() error {
	if e.unwrap == nil {
		return nil
	}
	return e.unwrap()
}

// Format is never asked for: it is the application's code too.
func (e *trouble) Format(fmt.State, rune) { panic("Format") }

// stringer is no error.
type stringer struct{ say func() string }

func (s stringer) String() string   { return s.say() }
func (s stringer) GoString() string { panic("GoString") }

func (s stringer) MarshalJSON() ([]byte, error) { panic("MarshalJSON") }

// many does not ask its errors for its text.
type many []error

func (many) Error() string     { return "many errors" }
func (m many) Unwrap() []error { return m }

// broad wraps itself more often than can be looked at.
type broad struct{}

func (broad) Error() string { return "broad" }

func (b broad) Unwrap() []error { return slices.Repeat([]error{b}, 1<<20) }

// Whatever the methods of what is panicked with do, a page comes, soon, and has the frames.
func TestHostileValues(t *testing.T) {
	before := runtime.NumGoroutine()
	var held sync.Mutex
	held.Lock()
	never := make(chan struct{})
	t.Cleanup(func() {
		held.Unlock()
		close(never)
		ended(t, before) // those that waited, too
	})

	fine := func() string { return "fine" }
	panics := func() string { panic("once more") }
	exits := func() string { runtime.Goexit(); return "" }
	locks := func() string { held.Lock(); defer held.Unlock(); return "" }
	blocks := func() string { <-never; return "" }
	text := strings.Repeat("huge", 25<<20)
	huge := func() string { return text }
	deep := func() string { return fmt.Sprint("at ", dive(200_000)) }
	nilPanic := func() string { panic(&trouble{text: panics}) }

	endless := &trouble{Name: "endless", text: fine}
	endless.unwrap = func() error { return endless }
	growing := func() error { return nil }
	growing = func() error { return &trouble{Name: "more", text: fine, unwrap: growing} }
	wide := make([]error, 5000)
	for i := range wide {
		wide[i] = &trouble{text: fine}
	}
	long := &trouble{text: func() string { time.Sleep(400 * time.Millisecond); return "fine" }}
	slow := slices.Repeat([]error{long}, 50)
	self := stringer{}
	self.say = func() string { return fmt.Sprintf("%T", self) }

	for _, tt := range []struct {
		name  string
		value any
		want  string // in the text
	}{
		{"Error panics", &trouble{text: panics}, "which panics when asked"},
		{"Error panics with such an error", &trouble{text: nilPanic}, "which panics when asked"},
		{"Error ends its goroutine", &trouble{text: exits}, "which ends its goroutine when asked"},
		{"Error waits for a lock", &trouble{text: locks}, "which does not answer when asked"},
		{"Error waits for ever", &trouble{text: blocks}, "which does not answer when asked"},
		{"Error is huge", &trouble{text: huge}, "hugehuge"},
		{"Error is deep", &trouble{text: deep}, "at 200000"},
		{"Error of a nil function", &trouble{}, "which panics when asked"},
		{"Error of a nil pointer", (*trouble)(nil), "which panics when asked"},
		{"String panics", stringer{panics}, "which panics when asked"},
		{"String waits for ever", stringer{blocks}, "which does not answer when asked"},
		{"String is huge", stringer{huge}, "hugehuge"},
		{"String speaks of itself", self, "cgitrace_test.stringer"},
		{"Unwrap panics", &trouble{text: fine, unwrap: func() error { panic("once more") }}, "fine"},
		{"Unwrap waits for ever", &trouble{text: fine, unwrap: func() error { <-never; return nil }}, "fine"},
		{"Unwrap ends its goroutine", &trouble{text: fine, unwrap: func() error { runtime.Goexit(); return nil }}, "fine"},
		{"Unwrap goes round", endless, "fine"},
		{"Unwrap goes on for ever", growing(), "fine"},
		{"what is wrapped waits for ever", fmt.Errorf("outer: %w", &lazy{blocks}), "outer"},
		{"thousands of errors", errors.Join(wide...), "fine"},
		{"what is wrapped waits long, and is many", fmt.Errorf("outer: %w", many(slow)), "many errors"},
		{"millions of errors on each level", broad{}, "broad"},
		{"a function", panics, "func() string"},
		{"a channel", never, "chan struct"},
		{"an array without end", [1 << 16]byte{}, "[65536]uint8"},
		{"what cannot be compared", []func(){nil}, "[]func()"},
		{"a runtime error's lookalike", fake{}, "fake"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			formats := []string{"*/*", browser, "application/json"}
			switch {
			case strings.Contains(tt.name, "waits"): // a second
				t.Parallel()
				fallthrough
			case strings.HasSuffix(tt.name, "huge"):
				formats = formats[:1]
			}
			for _, accept := range formats {
				began := time.Now()
				w := traceback(&cgitrace.Page{}, request("GET", accept, ""), func(http.ResponseWriter, *http.Request) { panic(tt.value) })
				if body := w.Body.String(); w.Code != 500 || !strings.Contains(body, "hostile_panic_test.go") || !strings.Contains(body, tt.want) {
					t.Errorf("as %s: %d %.500s", accept, w.Code, body)
				}
				if n := w.Body.Len(); n > 1<<20 {
					t.Errorf("as %s: %d bytes", accept, n)
				}
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("as %s: took %v", accept, took)
				}
			}
		})
	}
}

// lazy is an error that fmt has asked for its text before; after that it does not answer.
type lazy struct{ then func() string }

func (l *lazy) Error() string {
	then := l.then
	if pc := make([]uintptr, 16); strings.Contains(callers(pc), "fmt.Errorf") {
		return "inner"
	}
	return then()
}

func callers(pc []uintptr) (names string) {
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for {
		f, more := frames.Next()
		if names += f.Function + " "; !more {
			return names
		}
	}
}

// fake says that it is the runtime's.
type fake struct{}

func (fake) Error() string { return "fake" }
func (fake) RuntimeError() { panic("RuntimeError") }

//go:noinline
func dive(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + dive(n-1)
}

// fall panics n calls deep.
//
//go:noinline
func fall(n int) int {
	if n == 0 {
		panic("at the bottom")
	}
	return 1 + fall(n-1)
}

// A million frames are a page like any other: its beginning and its end, and how many
// there are between them.
func TestMillionFrames(t *testing.T) {
	for _, accept := range []string{browser, "application/json", "*/*"} {
		began := time.Now()
		w := traceback(&cgitrace.Page{}, request("GET", accept, ""), func(http.ResponseWriter, *http.Request) { fall(1_000_000) })
		body := w.Body.String()
		if w.Code != 500 || !strings.Contains(body, "at the bottom") || !strings.Contains(body, "cgitrace_test.fall") || w.Body.Len() > 1<<20 {
			t.Errorf("as %s: %d, %d bytes, %.300s", accept, w.Code, w.Body.Len(), body)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("as %s: took %v", accept, took)
		}
		t.Logf("as %.20s: %v, %d bytes", accept, time.Since(began), w.Body.Len())
	}
}

// ledger is what a handler locks, and whose String locks it again.
type ledger struct {
	mu    sync.Mutex
	total int
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprint(l.total)
}

// What the panicking frame holds locked is still locked while the page is made, and
// nothing waits for it, not even for a second.
func TestPanicWithLocks(t *testing.T) {
	books, rw := &ledger{total: 4711}, new(sync.RWMutex)
	for range 2 { // the second finds the locks free again
		began := time.Now()
		w := traceback(&cgitrace.Page{}, request("GET", "*/*", ""), func(http.ResponseWriter, *http.Request) {
			books.mu.Lock()
			defer books.mu.Unlock()
			rw.Lock()
			defer rw.Unlock()
			local := books
			panic(fmt.Errorf("the books of %d are wrong", local.total))
		})
		if !strings.Contains(w.Body.String(), "the books of 4711 are wrong") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if !books.mu.TryLock() || !rw.TryLock() {
			t.Fatal("a lock is still held")
		}
		books.mu.Unlock()
		rw.Unlock()
	}
}

// failingHook is a layer whose hook panics when the header leaves.
type failingHook struct{ respond.Writer }

func (*failingHook) Commit(int) error { panic("in the hook") }

// A layer that panics while it commits is answered like a handler that does. Of one
// outside Page it is not known what has left: whoever is further out gets that panic, or,
// where it came through the handler, http.ErrAbortHandler and the log the panic.
func TestPanicInHook(t *testing.T) {
	failing := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rs := &failingHook{}
			rs.Init(w, rs)
			next.ServeHTTP(rs, r)
			rs.Finish()
		})
	}
	for name, use := range map[string]http.HandlerFunc{
		"WriteHeader": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		"Write":       func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) },
		"Flush":       func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"return":      func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := traceback(&cgitrace.Page{}, request("GET", "*/*", ""), failing(use).ServeHTTP)
			if w.Code != 500 || !strings.Contains(w.Body.String(), "in the hook") || !strings.Contains(w.Body.String(), "failingHook") {
				t.Errorf("inside: %d %s", w.Code, w.Body)
			}
			page, log := develop(&cgitrace.Page{})
			func() {
				defer func() {
					v := recover()
					if name == "Flush" && (v != http.ErrAbortHandler || !strings.Contains(log.String(), "in the hook")) || name != "Flush" && v != "in the hook" {
						t.Errorf("outside: recovered %v", v)
					}
				}()
				failing(page.Wrap(use)).ServeHTTP(httptest.NewRecorder(), request("GET", "*/*", ""))
			}()
		})
	}
	for _, status := range []int{0, 99, 1000, -1} {
		w := traceback(&cgitrace.Page{}, request("GET", "*/*", ""), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if w.Code != 500 || !strings.Contains(w.Body.String(), "invalid WriteHeader code") {
			t.Errorf("status %d: %d %s", status, w.Code, w.Body)
		}
	}
}

// A handler's child that panics and is recovered by itself, a panic during a panic, and
// one that is recovered and thrown again are each answered once.
func TestPanicsInPanics(t *testing.T) {
	page, log := develop(&cgitrace.Page{})
	chainOf := 0
	var again func()
	again = func() {
		defer func() {
			if v := recover(); v != nil && chainOf < 50 {
				chainOf++
				defer again()
				panic(fmt.Sprint("number ", chainOf))
			} else if v != nil {
				panic("the last")
			}
		}()
		panic("the first")
	}
	w := traceback(page, request("GET", "*/*", ""), func(http.ResponseWriter, *http.Request) { again() })
	if w.Code != 500 || !strings.Contains(w.Body.String(), "hostile_panic_test.go") || w.Body.Len() > 1<<20 {
		t.Errorf("%d, %d bytes: %.500s", w.Code, w.Body.Len(), w.Body)
	}
	if n := len(log.records(t)); n != 1 {
		t.Errorf("%d records", n)
	}
}
