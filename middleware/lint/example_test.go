package lint_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"

	"github.com/surcoat/surcoat/middleware/lint"
)

// A handler that answers twice, as happens where a return is forgotten.
func ExampleHandler() {
	watch := lint.Handler{Report: func(f lint.Fault) {
		fmt.Printf("%s, line %d: %s\n", filepath.Base(f.File), f.Line, f.Text)
	}}
	h := watch.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("name") == "" {
			w.WriteHeader(http.StatusBadRequest)
		}
		w.WriteHeader(http.StatusOK)
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output:
	// example_test.go, line 21: WriteHeader(200) after WriteHeader(400): the first one was sent
}

// Faults are errors too, and their rule tells the kinds apart.
func ExampleFault() {
	watch := lint.Handler{Report: func(f lint.Fault) {
		f.File = filepath.Base(f.File)
		if f.Rule == lint.MissingField {
			fmt.Println(f.Error())
		}
	}}
	h := watch.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "who are you?", http.StatusUnauthorized)
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/notes", nil))
	// Output:
	// example_test.go:37: missing-field: status 401 without Www-Authenticate, which tells the client what to do (GET /notes)
}
