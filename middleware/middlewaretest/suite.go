// Package middlewaretest checks that a layer of net/http middleware keeps the
// contract between a server and its handlers. It is a black box around any
// func(http.Handler) http.Handler: surcoat's own layers, anyone else's, or a chain
// of several.
//
//	func TestConformance(t *testing.T) {
//		middlewaretest.Run(t, func(next http.Handler) http.Handler {
//			return gziphandler.New(next)
//		})
//	}
//
// [Run] puts the layer around handlers of its own, on real servers with HTTP/1.1
// and HTTP/2, and looks at both ends: at what a client receives, and at what reaches
// the server's response writer. Each behaviour is a subtest, such as
//
//	TestConformance/HTTP1/4_flush/headers_leave_before_the_first_write/gzip
//
// and each failure says what was expected, what happened and why it matters. Under
// -race the concurrent subtest finds data races in the layer as well. A layer without
// faults takes seconds. For what never comes the suite waits five seconds each time, so one
// that swallows Flush takes minutes; go test -run asks one behaviour alone.
//
// The layer must let the suite's requests through to the handler: GET, HEAD and POST
// below any path, without cookies or an Origin. Give what it asks for with
// [Suite.Prepare], or configure the layer so.
//
// The package does not measure speed, does not know what a layer is for, and does not
// look at its own headers but to see that they arrive. Put around a layer that stores
// or compresses, it knows no content coding but gzip. For a handler rather than a
// layer, or in a running program, there is package lint.
package middlewaretest

import (
	"net/http"
	"testing"
	"time"
)

// Run checks layer with the zero [Suite].
func Run(t *testing.T, layer func(http.Handler) http.Handler) {
	t.Helper()
	Suite{}.Run(t, layer)
}

// Suite is [Run] with what a particular layer needs. The zero value makes no
// exceptions.
type Suite struct {
	// Prepare, when not nil, changes each request before it is sent: credentials for
	// a guard, an Origin for a CSRF filter. It is called concurrently.
	Prepare func(*http.Request)

	// AppendsToHTML is the exception for a development error page: it may add itself
	// to an HTML body in the identity coding and without Content-Length whose handler
	// panicked, and end that response as if it were whole.
	AppendsToHTML bool

	patience time.Duration           // how long to wait for what should come at once; 0: 5 seconds
	skip     func(check string) bool // for tests of the suite
}

// Run checks layer, each behaviour in a subtest of t. It calls layer many times, and
// some of the handlers that it wraps panic on purpose.
func (s Suite) Run(t *testing.T, layer func(http.Handler) http.Handler) {
	t.Helper()
	if s.patience == 0 {
		s.patience = 5 * time.Second
	}
	s.run(gotest{t}, layer)
}

// behaviour is one of the numbered demands of the contract, with its checks.
type behaviour struct {
	name   string
	checks []check
}

// check is one experiment on a layer, for one protocol.
type check struct {
	name string
	run  func(*trial)
	only protocol // 0: on both
}

// behaviours are in the order in which they are best read: what fails early often
// explains what fails later.
func behaviours() []behaviour {
	return []behaviour{
		{"0 exchange", exchangeChecks()},
		{"1 commit", commitChecks()},
		{"2 interim", interimChecks()},
		{"3 panic", panicChecks()},
		{"4 flush", flushChecks()},
		{"5 flush error", flushErrorChecks()},
		{"6 hijack", hijackChecks()},
		{"7 sendfile", sendfileChecks()},
		{"8 controller", controllerChecks()},
		{"9 request", requestChecks()},
		{"10 twice", twiceChecks()},
		{"11 load", loadChecks()},
		{"contract", contractChecks()},
	}
}

func (s Suite) run(t reporter, layer func(http.Handler) http.Handler) {
	t.Helper()
	for _, proto := range []protocol{http1, http2} {
		t.sub(proto.String(), func(t reporter) {
			if !t.sub("lets requests through", func(t reporter) {
				letsThrough(&trial{reporter: t, suite: s, layer: layer, proto: proto})
			}) {
				return // every other failure would only repeat this one
			}
			for _, b := range behaviours() {
				t.sub(b.name, func(t reporter) {
					for _, c := range b.checks {
						if c.only != 0 && c.only != proto || s.skip != nil && s.skip(b.name+"/"+c.name) {
							continue
						}
						t.sub(c.name, func(t reporter) {
							c.run(&trial{reporter: t, suite: s, layer: layer, proto: proto})
						})
					}
				})
			}
		})
	}
}

// letsThrough stops the suite early, and clearly, when the layer answers by itself.
func letsThrough(t *trial) {
	reached := false
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		reached = true
		plainText(w, "hello")
	})
	got := s.get("")
	if got.err != nil {
		t.Fatalf("the first plain request failed: %v", got.err)
	}
	if !reached {
		t.fail("a GET request reaches the handler",
			"the layer answered by itself with "+got.String(),
			"the suite can only look at a layer that lets its requests through: set Suite.Prepare to give credentials, or configure the layer so")
	}
}
