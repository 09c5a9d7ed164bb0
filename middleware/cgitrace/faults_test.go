//go:build dev

package cgitrace_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/lint"
)

// faulty makes n mistakes, two of them on the lines before it panics.
func faulty(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := range n - 2 {
			w.Header().Set(fmt.Sprintf("X-Mistake %d", i), "x")
		}
		w.Header().Set("Etag", r.Header.Get("X-Api-Key"))
		io.WriteString(w, "half an answer")
		w.WriteHeader(http.StatusTeapot)
		panic("then this")
	}
}

// quietly is lint with a Report that says nothing.
var quietly = lint.Handler{Report: func(lint.Fault) {}}

// What lint found wrong with the request before it panicked stands on the traceback, in
// each representation, with file and line of the handler and without its secrets.
func TestFaultsOnTraceback(t *testing.T) {
	const secret = "planted-in-etag"
	for _, tt := range []struct{ accept, where string }{
		{browser, `faults_test.go`},
		{"application/json", `faults_test.go`},
		{"*/*", `faults_test.go`},
	} {
		r := request("GET", tt.accept, "")
		r.Header.Set("X-Api-Key", secret)
		inner := (&gzip.Compressor{}).Wrap(quietly.Wrap(faulty(2)))
		w := traceback(&cgitrace.Page{}, r, inner.ServeHTTP)
		body := strings.ReplaceAll(w.Body.String(), "&#34;", `"`)
		for _, want := range []string{"then this", "late-status: WriteHeader(418) after the first Write", "malformed-etag: ETag", "faults_test.go"} {
			if !strings.Contains(body, want) {
				t.Errorf("Accept %s: no %q", tt.accept, want)
			}
		}
		if strings.Contains(body, secret) {
			t.Errorf("Accept %s: the secret in the fault's text is shown", tt.accept)
		}
	}
}

// The line is that of the offending call, and the file is found as those of frames are.
func TestFaultsPlace(t *testing.T) {
	_, file, line, _ := runtime.Caller(0)
	page := &cgitrace.Page{Paths: map[string]string{filepath.Dir(file): "/elsewhere"}}
	p := decode(t, traceback(page, request("GET", "application/json", ""), quietly.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusTeapot) // four lines below line
		panic("then this")
	})).ServeHTTP))
	if f := p.Panic.Faults; len(f) != 1 || f[0].File != "/elsewhere/faults_test.go" || f[0].Line != line+4 || !strings.HasPrefix(f[0].Text, "repeated-status: ") {
		t.Errorf("%+v, want one at line %d", f, line+4)
	}
}

// The first faults are kept, and not more than can be read.
func TestFaultsBounded(t *testing.T) {
	p := decode(t, traceback(&cgitrace.Page{}, request("GET", "application/json", ""), quietly.Wrap(faulty(500)).ServeHTTP))
	if f := p.Panic.Faults; len(f) != 20 || !strings.Contains(f[0].Text, "X-Mistake") {
		t.Errorf("%d faults, the first is %+v", len(f), f)
	}
}

// Faults are those of one request, whoever else is at work and whatever comes late.
func TestFaultsOfOneRequest(t *testing.T) {
	page, _ := develop(&cgitrace.Page{})
	h := page.Wrap(quietly.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "fine" {
			panic("fine so far")
		}
		faulty(3)(w, r)
	})))
	for i := range 4 {
		r, want := request("GET", "application/json", ""), 3
		if i%2 == 0 {
			r.URL.RawQuery, want = "fine", 0
		}
		p := decode(t, traceback(page, r, h.ServeHTTP))
		if len(p.Panic.Faults) != want {
			t.Errorf("request %d has %d faults, want %d", i, len(p.Panic.Faults), want)
		}
	}
	var late http.ResponseWriter
	traceback(page, request("GET", "*/*", ""), quietly.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		late = w
		panic("gone")
	})).ServeHTTP)
	if _, err := late.Write(nil); err == nil {
		t.Error("a write after the end succeeded")
	}
}

// A handler's own recover shows them too.
func TestFaultsShown(t *testing.T) {
	page, _ := develop(&cgitrace.Page{})
	p := decode(t, traceback(page, request("GET", "application/json", ""), quietly.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { cgitrace.Show(w, r, recover()) }()
		faulty(2)(w, r)
	})).ServeHTTP))
	if len(p.Panic.Faults) != 2 {
		t.Errorf("%+v", p.Panic.Faults)
	}
}

// A strict Report makes the fault itself the panic: the traceback begins at the
// offending line.
func TestStrictFaults(t *testing.T) {
	strict := lint.Handler{Report: func(f lint.Fault) { panic(f) }}
	p := decode(t, traceback(&cgitrace.Page{}, request("GET", "application/json", ""), strict.Wrap(faulty(2)).ServeHTTP))
	for _, f := range p.Panic.Stack[0].Frames {
		if f.Application {
			if !strings.HasSuffix(f.File, "faults_test.go") || !strings.Contains(strings.Join(f.Source, "\n"), `io.WriteString(w, "half an answer")`) {
				t.Errorf("the application's first frame is %+v", f)
			}
			break
		}
	}
	if !strings.Contains(p.Detail, "malformed-etag") || len(p.Panic.Faults) != 1 {
		t.Errorf("%s; %+v", p.Detail, p.Panic.Faults)
	}
}
