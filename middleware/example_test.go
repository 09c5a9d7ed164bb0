package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

// However the fields are written, the layers come in their order.
func ExampleStack() {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}, Optional: true}
	site := middleware.Stack{
		Auth:     guard,
		Session:  &session.Manager{},
		Compress: &gzip.Compressor{},
		Trace:    &cgitrace.Page{},
	}.Chain()
	fmt.Println(site)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "for everybody") })
	mux.Handle("GET /notes", guard.Require()(http.NotFoundHandler()))
	h := site.Then(mux)
	for _, path := range []string{"/", "/notes"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(path, w.Code)
	}
	// Output:
	// cgitrace.Page → gzip.Compressor → session.Manager → auth.Guard
	// / 200
	// /notes 401
}
