package lint_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/internal/respond"
	"github.com/surcoat/surcoat/middleware/lint"
)

var quiet = log.New(io.Discard, "", 0)

// TestAfterReturn: the writer and the body end with the handler. Nothing of what is done
// to them later reaches the server, so that lint has no race of its own with it.
func TestAfterReturn(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(w http.ResponseWriter, r *http.Request) error
		want lint.Rule
	}{
		{"Write", func(w http.ResponseWriter, r *http.Request) error { _, err := w.Write([]byte("late")); return err }, lint.WriterAfter},
		{"WriteString", func(w http.ResponseWriter, r *http.Request) error { _, err := io.WriteString(w, "late"); return err }, lint.WriterAfter},
		{"ReadFrom", func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.Copy(w, io.LimitReader(strings.NewReader("late"), 9))
			return err
		}, lint.WriterAfter},
		{"Flush", func(w http.ResponseWriter, r *http.Request) error { return http.NewResponseController(w).Flush() }, lint.WriterAfter},
		{"Hijack", func(w http.ResponseWriter, r *http.Request) error {
			_, _, err := http.NewResponseController(w).Hijack()
			return err
		}, lint.WriterAfter},
		{"Header", func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("X-Late", "1")
			return errors.New("has no error")
		}, lint.WriterAfter},
		{"WriteHeader", func(w http.ResponseWriter, r *http.Request) error {
			w.WriteHeader(500)
			return errors.New("has no error")
		}, lint.WriterAfter},
		{"Body.Read", func(w http.ResponseWriter, r *http.Request) error { _, err := io.ReadAll(r.Body); return err }, lint.BodyAfter},
		{"Body.Read, closed before", func(w http.ResponseWriter, r *http.Request) error {
			_ = r.Body.Close()
			_, err := io.ReadAll(r.Body)
			return err
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got collector
			returned, used := make(chan struct{}), make(chan error, 1)
			inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				go func() {
					<-returned
					used <- c.use(w, r)
				}()
				_, _ = io.WriteString(w, "in time")
			})
			watched := (&lint.Handler{Report: got.report}).Wrap(inner)
			servers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				watched.ServeHTTP(w, r)
				returned <- struct{}{}
				if err := <-used; err == nil {
					t.Error("no error")
				}
			}), func(t *testing.T, s *httptest.Server) {
				got.faults = nil
				resp, err := s.Client().Post(s.URL, "text/plain", strings.NewReader("body"))
				if err != nil {
					t.Fatal(err)
				}
				b, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				s.Close()
				if string(b) != "in time" || resp.StatusCode != 200 || resp.Header.Get("X-Late") != "" {
					t.Errorf("status %d, %q, %v", resp.StatusCode, b, resp.Header)
				}
				switch {
				case c.want == "" && len(got.faults) == 0:
				case len(got.faults) != 1 || got.faults[0].Rule != c.want || filepath.Base(got.faults[0].File) != "lifetime_test.go":
					t.Errorf("reported %v, want %q here", got.faults, c.want)
				}
			})
		})
	}
}

// blocking is a base whose Write waits.
type blocking struct {
	http.ResponseWriter
	entered chan struct{}
	leave   chan struct{}
	once    sync.Once
}

func (b *blocking) Write(p []byte) (int, error) {
	b.once.Do(func() { close(b.entered); <-b.leave })
	return b.ResponseWriter.Write(p)
}

func (b *blocking) ReadFrom(src io.Reader) (int64, error) { return io.Copy(b.ResponseWriter, src) }

// TestConcurrent: the second goroutine in the writer is reported, and waits.
func TestConcurrent(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(http.ResponseWriter)
	}{
		{"Write", func(w http.ResponseWriter) { _, _ = w.Write([]byte("two")) }},
		{"Header", func(w http.ResponseWriter) { w.Header() }},
		{"Flush", func(w http.ResponseWriter) { w.(http.Flusher).Flush() }},
		{"returning", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var faults []lint.Fault
			base := &blocking{ResponseWriter: httptest.NewRecorder(), entered: make(chan struct{}), leave: make(chan struct{})}
			watch := lint.Handler{Report: func(f lint.Fault) {
				faults = append(faults, f)
				close(base.leave)
			}}
			ended := make(chan struct{})
			watch.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				go func() {
					_, _ = w.Write([]byte("one"))
					close(ended)
				}()
				<-base.entered
				if c.use != nil {
					c.use(w)
					<-ended
				}
			})).ServeHTTP(base, httptest.NewRequest("GET", "/", nil))
			<-ended
			if len(faults) != 1 || faults[0].Rule != lint.Concurrent || filepath.Base(faults[0].File) != "lifetime_test.go" {
				t.Errorf("reported %v, want one of %s, here", faults, lint.Concurrent)
			}
		})
	}
}

// TestSourceUsesWriter: what a source of ReadFrom does to the writer is no concurrent use.
func TestSourceUsesWriter(t *testing.T) {
	var got collector
	watch := lint.Handler{Report: got.report}
	servers(t, watch.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		src := readerFunc(func(p []byte) (int, error) {
			_ = http.NewResponseController(w).Flush()
			return copy(p, "x"), io.EOF
		})
		if n, err := w.(io.ReaderFrom).ReadFrom(src); n != 1 || err != nil {
			t.Errorf("ReadFrom: %d, %v", n, err)
		}
	})), func(t *testing.T, s *httptest.Server) {
		resp, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); string(b) != "x" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		if len(got.faults) > 0 {
			t.Errorf("reported %v", got.faults)
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// adding is an outer layer that changes the header when it leaves.
type adding struct {
	respond.Writer
	held []byte
}

func (a *adding) Commit(int) error {
	a.Header().Set("X-Outer", "1")
	a.Header().Del("Content-Length")
	return nil
}

// Write holds the first kilobyte back.
func (a *adding) Write(p []byte) (int, error) {
	a.held = append(a.held, p...)
	if len(a.held) > 1000 {
		_, _ = a.Writer.Write(a.held)
		a.held = a.held[:0]
	}
	return len(p), nil
}

// TestOuterLayer: what layers outside lint do to the header is not the handler's doing.
func TestOuterLayer(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
		want  int
	}{
		{"written at once", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 5000)) }, 0},
		{"written in pieces", func(w http.ResponseWriter, r *http.Request) {
			for range 500 {
				_, _ = w.Write(make([]byte, 10))
			}
			w.Header()
		}, 0},
		{"flushed", func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() }, 0},
		{"with a length", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write(make([]byte, 5000))
		}, 0},
		{"and the handler is late", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(make([]byte, 5000))
			w.Header().Set("X-Late", "1")
		}, 1},
		{"and the handler is late and goes on", func(w http.ResponseWriter, r *http.Request) {
			for range 500 {
				_, _ = w.Write(make([]byte, 10))
			}
			w.Header().Set("X-Late", "1")
			_, _ = w.Write(make([]byte, 10))
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got collector
			watched := (&lint.Handler{Report: got.report}).Wrap(c.serve)
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				a := &adding{}
				a.Init(w, a)
				watched.ServeHTTP(a, r)
				_, _ = a.Writer.Write(a.held)
			})
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			if len(got.faults) != c.want {
				t.Errorf("reported %v, want %d", got.faults, c.want)
			}
		})
	}
}

// TestPanic: a handler that panics has not finished its answer; lint says nothing about
// what is missing, and lets the panic pass.
func TestPanic(t *testing.T) {
	var got collector
	h := (&lint.Handler{Report: got.report}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "short")
		panic("on purpose")
	}))
	defer func() {
		if v := recover(); v != "on purpose" || len(got.faults) > 0 {
			t.Errorf("recovered %v, reported %v", v, got.faults)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// TestOnce: the same fault on the same line is reported once a request.
func TestOnce(t *testing.T) {
	var got collector
	h := (&lint.Handler{Report: got.report}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		for range 1000 {
			_, _ = io.WriteString(w, "x")
		}
	}))
	for i := range 2 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		if len(got.faults) != i+1 {
			t.Errorf("%d faults after %d requests", len(got.faults), i+1)
		}
	}
}

func TestTwice(t *testing.T) {
	var got collector
	watch := &lint.Handler{Report: got.report}
	watch.Wrap(watch.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	}))).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if len(got.faults) != 1 {
		t.Errorf("reported %v, want one fault", got.faults)
	}
}

// TestZeroValue: without a Report faults go to the log.
func TestZeroValue(t *testing.T) {
	var out bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	(&lint.Handler{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/notes/7?key=secret", nil))
	for _, want := range []string{"level=WARN", "rule=missing-field", "lifetime_test.go", "line=", "path=/notes/7"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the log: %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "secret") {
		t.Errorf("the query is in the log: %s", out.String())
	}
}

func TestNilNext(t *testing.T) {
	defer func() {
		if v, _ := recover().(string); !strings.HasPrefix(v, "lint: ") {
			t.Errorf("panic %q does not name the package", v)
		}
	}()
	(&lint.Handler{}).Wrap(nil)
}
