package lint_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"

	"github.com/surcoat/surcoat/internal/respond"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/lint"
)

// keeping is the writer of a layer that shows faults.
type keeping struct {
	respond.Writer
	kept []string
}

func (k *keeping) KeepFault(text, file string, line int) {
	k.kept = append(k.kept, fmt.Sprintf("%s:%d: %s", filepath.Base(file), line, text))
}

// TestKeep: in a dev build the nearest layer that shows faults gets them, through others'
// writers, and before a Report that may not return. In production none does.
func TestKeep(t *testing.T) {
	base := httptest.NewRecorder()
	var outer, inner keeping
	outer.Init(base, nil)
	inner.Init(&outer, nil)
	var between respond.Writer
	between.Init(&inner, nil)

	var got lint.Fault
	watch := lint.Handler{Report: func(f lint.Fault) { got = f; panic(f) }}
	func() {
		defer func() { _ = recover() }()
		watch.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.WriteHeader(http.StatusTeapot)
		})).ServeHTTP(&between, httptest.NewRequest("GET", "/", nil))
	}()

	var want []string
	if cgitrace.Enabled {
		want = []string{fmt.Sprintf("keep_test.go:%d: repeated-status: %s", got.Line, got.Text)}
	}
	if !slices.Equal(inner.kept, want) || outer.kept != nil || got.Line == 0 {
		t.Errorf("the inner layer was told %q, the outer one %q; want %q", inner.kept, outer.kept, want)
	}
}
