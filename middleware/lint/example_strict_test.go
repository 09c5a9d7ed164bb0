package lint_test

import (
	"log"
	"net/http"

	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/lint"
)

// A fault can be made as loud as a panic: in a build with -tags dev it is then answered
// with a traceback, the offending line on top. What a goroutine may have done that is not
// the handler's is only logged: no layer would recover it.
func ExampleHandler_strict() {
	report := func(f lint.Fault) {
		log.Print(f)
		switch f.Rule {
		case lint.WriterAfter, lint.BodyAfter, lint.Concurrent:
		default:
			if cgitrace.Enabled {
				panic(f)
			}
		}
	}
	page, watch := &cgitrace.Page{}, &lint.Handler{Report: report}
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusNotFound)
	})
	log.Fatal(http.ListenAndServe("localhost:8080", page.Wrap(watch.Wrap(app))))
}
