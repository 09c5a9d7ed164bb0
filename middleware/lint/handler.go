// Package lint reports what a handler does against the contract of net/http: the
// mistakes that the server forgives, drops or logs without saying where.
//
//	watch := &lint.Handler{Report: func(f lint.Fault) { log.Print(f) }}
//	log.Fatal(http.ListenAndServe("localhost:8080", watch.Wrap(mux)))
//
// It is to net/http what wsgiref.validate is to WSGI: a layer that changes nothing in
// a correct exchange, and names file and line of the call that is wrong in another:
//
//	notes/page.go:42: late-status: WriteHeader(404) after the header left … (GET /notes/7)
//
// Put it outermost to check a whole application with its layers, or right around one
// handler to check that. Use it in tests and in development; with about 2 µs for a
// request it is cheap enough to stay on.
//
// Inside a cgitrace.Page, in a build with -tags dev, the faults of a request that then
// panics stand on its traceback as well. Outside one it sees little in such a build: the
// Page holds responses back, and forgives what the server would have.
//
// It does not repair anything, with one exception: a writer or body that is used after
// its handler returned is not passed on, because the server has given its buffers to
// another request by then. It does not look into bodies. Two goroutines that use a
// writer are noticed when their calls overlap; package lint then makes the second wait,
// but during a ReadFrom, which may take for ever.
package lint

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/surcoat/surcoat/internal/request"
	"github.com/surcoat/surcoat/internal/respond"
)

// Handler is the layer. Its zero value logs faults with slog.
type Handler struct {
	// Report is called with each fault, in the goroutine that commits it, from many at
	// a time; each kind of fault is reported once for each request and line. A Report
	// that panics takes the handler down with it, as one that is strict may want, and the
	// program where that goroutine is not the handler's own. nil logs a warning to
	// slog.Default.
	Report func(Fault)
}

// Wrap returns next under watch. Putting the same Handler around it twice is the same
// as once.
func (h *Handler) Wrap(next http.Handler) http.Handler {
	if next == nil {
		panic("lint: Handler.Wrap: next is nil")
	}
	report := h.Report
	if report == nil {
		report = logged
	}
	return &handler{next: next, owner: h, report: report}
}

// handler is Handler at work.
type handler struct {
	next   http.Handler
	owner  *Handler
	report func(Fault)
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if watched(w, h.owner) {
		h.next.ServeHTTP(w, r)
		return
	}
	rs := &response{handler: h, header: w.Header(), declared: -1, head: r.Method == http.MethodHead, layered: !serverOwn(w), settled: true}
	rs.Init(w, rs)
	rs.asked.take(r)
	rs.outer.take(rs.header)
	defer rs.end()
	if r.Body == nil || r.Body == http.NoBody {
		h.next.ServeHTTP(rs, r)
	} else {
		inner := r.WithContext(r.Context())
		inner.Body = &body{ReadCloser: r.Body, response: rs}
		request.ServeCopy(h.next, rs, r, inner)
	}
	rs.finish(r)
}

// watched reports whether a Handler's response is among the wrappers of w.
func watched(w http.ResponseWriter, by *Handler) bool {
	for layer := range respond.Layers(w) {
		if rs, ok := layer.(*response); ok && rs.handler.owner == by {
			return true
		}
	}
	return false
}

// serverOwn reports whether w is net/http's own writer, which leaves the header alone.
func serverOwn(w http.ResponseWriter) bool {
	t := reflect.TypeOf(w)
	return t.Kind() == reflect.Pointer && strings.HasPrefix(t.Elem().PkgPath(), "net/http")
}
