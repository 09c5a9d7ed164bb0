package chain_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/surcoat/surcoat/chain"
)

// Stamp is a layer in the shape surcoat's own have: a struct whose fields are its
// options and whose method Wrap is the layer.
type Stamp struct{ Text string }

func (s *Stamp) Wrap(next http.Handler) http.Handler { return &stamped{next, s.Text} }

type stamped struct {
	next http.Handler
	text string
}

func (h *stamped) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Stamp", h.text)
	h.next.ServeHTTP(w, r)
}

func hello(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }

// get shows what a handler answers, and which stamps the answer carries.
func get(h http.Handler, target string) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", target, nil))
	fmt.Println(target, rec.Code, rec.Header().Values("Stamp"))
}

func Example() {
	outer, inner := &Stamp{"outer"}, &Stamp{"inner"}

	layers := chain.New(outer.Wrap, inner.Wrap)
	get(layers.ThenFunc(hello), "/")
	fmt.Println(layers)
	// Output:
	// / 200 [outer inner]
	// chain_test.Stamp → chain_test.Stamp
}

// A group of routes is a chain put on a mux. Further layers make a narrower group.
func Example_groups() {
	site, members, admins := &Stamp{"site"}, &Stamp{"members"}, &Stamp{"admins"}

	mux := http.NewServeMux()
	public := chain.New(site.Wrap).On(mux)
	private := public.With(members.Wrap)

	public.HandleFunc("GET /{$}", hello)
	private.HandleFunc("GET /account", hello)
	private.With(admins.Wrap).HandleFunc("GET /admin/{id}", hello)

	get(mux, "/")
	get(mux, "/account")
	get(mux, "/admin/7")
	get(mux, "/nowhere") // the mux's own answer: no layer of a route sees it
	// Output:
	// / 200 [site]
	// /account 200 [site members]
	// /admin/7 200 [site members admins]
	// /nowhere 404 []
}

// Layers that every answer needs, 404 and 405 included, go around the mux itself;
// those of single routes go inside it.
func Example_wholeMux() {
	log, limit := &Stamp{"log"}, &Stamp{"limit"}

	mux := http.NewServeMux()
	chain.New(limit.Wrap).On(mux).HandleFunc("GET /report", hello)
	site := chain.New(log.Wrap).Then(mux)

	get(site, "/report")
	get(site, "/nowhere")
	// Output:
	// /report 200 [log limit]
	// /nowhere 404 [log]
}

// One route can have a layer more than the rest without a group of its own.
func ExampleChain_With() {
	site, slow := &Stamp{"site"}, &Stamp{"slow"}
	base := chain.New(site.Wrap)

	get(base.ThenFunc(hello), "/quick")
	get(base.With(slow.Wrap).ThenFunc(hello), "/report")
	// Output:
	// /quick 200 [site]
	// /report 200 [site slow]
}

// A layer of the standard library, or of anyone else, fits by its shape alone.
func ExampleNew_thirdParty() {
	timeout := func(next http.Handler) http.Handler {
		return http.TimeoutHandler(next, time.Second, "too slow")
	}
	limit := func(next http.Handler) http.Handler { return http.MaxBytesHandler(next, 1<<20) }
	origin := http.NewCrossOriginProtection()

	get(chain.New(origin.Handler, timeout, limit).ThenFunc(hello), "/")
	// Output:
	// / 200 []
}

// A chain is a layer of another: Then has the shape of one. Extend does the same
// and keeps the inner layers' names in view.
func ExampleChain_Extend() {
	a, b, c := &Stamp{"a"}, &Stamp{"b"}, &Stamp{"c"}
	inner := chain.New(b.Wrap, c.Wrap)

	get(chain.New(a.Wrap, inner.Then).ThenFunc(hello), "/nested")
	get(chain.New(a.Wrap).Extend(inner).ThenFunc(hello), "/extended")
	fmt.Println(chain.New(a.Wrap, inner.Then))
	fmt.Println(chain.New(a.Wrap).Extend(inner))
	// Output:
	// /nested 200 [a b c]
	// /extended 200 [a b c]
	// chain_test.Stamp → chain.Chain.Then
	// chain_test.Stamp → chain_test.Stamp → chain_test.Stamp
}

// If decides when the program starts. A layer that is off leaves nothing behind.
func ExampleIf() {
	debug := false
	stamp := &Stamp{"debug"}

	layers := chain.New(chain.If(debug, stamp.Wrap))
	get(layers.ThenFunc(hello), "/")
	fmt.Printf("%q\n", layers)
	// Output:
	// / 200 []
	// ""
}

// When decides for each request.
func ExampleWhen() {
	stamp := &Stamp{"browser"}
	browser := func(r *http.Request) bool { return r.FormValue("ua") == "browser" }

	h := chain.New(chain.When(browser, stamp.Wrap)).ThenFunc(hello)
	get(h, "/?ua=browser")
	get(h, "/?ua=robot")
	// Output:
	// /?ua=browser 200 [browser]
	// /?ua=robot 200 []
}

// Handlers that return an error need no support from the chain: an adapter is
// eight lines, and only the application knows which error means which answer.
func ExampleChain_Then_errorReturning() {
	type handlerE func(http.ResponseWriter, *http.Request) error
	adapt := func(f handlerE) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch err := f(w, r); {
			case errors.Is(err, fs.ErrNotExist):
				http.NotFound(w, r)
			case err != nil:
				panic(err) // cgitrace.Page logs it and answers
			}
		})
	}
	find := func(w http.ResponseWriter, r *http.Request) error {
		return fmt.Errorf("page %s: %w", r.URL.Path, fs.ErrNotExist)
	}

	stamp := &Stamp{"site"}
	get(chain.New(stamp.Wrap).Then(adapt(find)), "/page")
	// Output:
	// /page 404 [site]
}

// muxLike is a mux of another make: a method Handle is all that On asks for.
type muxLike struct{ patterns []string }

func (m *muxLike) Handle(pattern string, _ http.Handler) { m.patterns = append(m.patterns, pattern) }

func ExampleChain_On() {
	stamp := &Stamp{"site"}
	mux := &muxLike{}

	chain.New(stamp.Wrap).On(mux).HandleFunc("GET /pages/:id", hello)
	fmt.Println(mux.patterns)
	// Output:
	// [GET /pages/:id]
}
