package chain_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/chain"
)

// tag is a layer that notes on the response that it ran.
func tag(s string) chain.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Ran", s)
			next.ServeHTTP(w, r)
		})
	}
}

// leaf is a handler that can be compared.
type leaf struct{ body string }

func (l *leaf) ServeHTTP(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(l.body)) }

// ran returns which layers h went through for a request, and the response.
func ran(h http.Handler, method, target string) (string, *http.Response) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, target, nil))
	return strings.Join(rec.Header().Values("Ran"), " "), rec.Result()
}

func TestOrder(t *testing.T) {
	a, b, c, d := tag("a"), tag("b"), tag("c"), tag("d")
	h := &leaf{"body"}
	for name, tt := range map[string]struct {
		handler http.Handler
		want    string
	}{
		"New(a, b) is a(b(h))":   {chain.New(a, b).Then(h), "a b"},
		"by hand":                {a(b(h)), "a b"},
		"With goes inside":       {chain.New(a).With(b, c).Then(h), "a b c"},
		"Extend goes inside":     {chain.New(a).Extend(chain.New(b, c)).Then(h), "a b c"},
		"a chain is a layer":     {chain.New(a, chain.New(b, c).Then, d).Then(h), "a b c d"},
		"the same layer twice":   {chain.New(a, a).Then(h), "a a"},
		"ThenFunc":               {chain.New(a, b).ThenFunc(h.ServeHTTP), "a b"},
		"If true":                {chain.New(a, chain.If(true, b), c).Then(h), "a b c"},
		"If false":               {chain.New(a, chain.If(false, b), c).Then(h), "a c"},
		"the zero Chain's With":  {chain.Chain{}.With(a).Then(h), "a"},
		"nested zero Chain":      {chain.New(a, chain.Chain{}.Then, b).Then(h), "a b"},
		"Then twice of one base": {chain.New(a).Then(chain.New(b).Then(h)), "a b"},
	} {
		if got, _ := ran(tt.handler, "GET", "/"); got != tt.want {
			t.Errorf("%s: ran %q, want %q", name, got, tt.want)
		}
	}
}

func TestIdentity(t *testing.T) {
	h := &leaf{"body"}
	off := chain.If(false, tag("x"))
	for name, got := range map[string]http.Handler{
		"the zero Chain":     chain.Chain{}.Then(h),
		"New()":              chain.New().Then(h),
		"If(false, m)":       off(h),
		"a chain of If(off)": chain.New(off, off).Then(h),
	} {
		if got != h {
			t.Errorf("%s: got %v, want the handler itself", name, got)
		}
	}
}

// Two children of one parent must not share the parent's spare capacity.
func TestWithDoesNotAlias(t *testing.T) {
	h := &leaf{}
	for n := range 10 {
		parent := chain.Chain{}
		for range n {
			parent = parent.With(tag("p"))
		}
		left, right := parent.With(tag("left")), parent.With(tag("right"))
		for _, tt := range []struct {
			chain chain.Chain
			last  string
		}{{left, "left"}, {right, "right"}} {
			if got, _ := ran(tt.chain.Then(h), "GET", "/"); got != strings.Repeat("p ", n)+tt.last {
				t.Errorf("%d layers in the parent: ran %q", n, got)
			}
		}
		if got, _ := ran(parent.Then(h), "GET", "/"); got != strings.TrimSpace(strings.Repeat("p ", n)) {
			t.Errorf("%d layers: the parent changed to %q", n, got)
		}
	}
}

// The caller's slice is not the chain's.
func TestNewCopies(t *testing.T) {
	layers := []chain.Middleware{tag("a"), tag("b")}
	c := chain.New(layers...)
	layers[0] = tag("changed")
	if got, _ := ran(c.Then(&leaf{}), "GET", "/"); got != "a b" {
		t.Errorf("ran %q, want %q", got, "a b")
	}
}

func TestPanics(t *testing.T) {
	ok := tag("ok")
	broken := func(http.Handler) http.Handler { return nil }
	for name, tt := range map[string]struct {
		do   func()
		want string
	}{
		"New with nil":          {func() { chain.New(ok, nil) }, "chain: layer 1 is nil"},
		"With nil":              {func() { chain.New(ok).With(nil) }, "chain: layer 0 is nil"},
		"Routes.With nil":       {func() { chain.New().On(http.NewServeMux()).With(nil) }, "chain: layer 0 is nil"},
		"Then(nil)":             {func() { chain.New(ok).Then(nil) }, "chain: Then: the handler is nil"},
		"ThenFunc(nil)":         {func() { chain.New().ThenFunc(nil) }, "chain: ThenFunc: the function is nil"},
		"On(nil)":               {func() { chain.New().On(nil) }, "chain: On: the mux is nil"},
		"If(true, nil)":         {func() { chain.If(true, nil) }, "chain: If: the layer is nil"},
		"If(false, nil)":        {func() { chain.If(false, nil) }, "chain: If: the layer is nil"},
		"When without match":    {func() { chain.When(nil, ok) }, "chain: When: match is nil"},
		"When without layer":    {func() { chain.When(func(*http.Request) bool { return true }, nil) }, "chain: When: the layer is nil"},
		"a layer returning nil": {func() { chain.New(ok, broken).Then(&leaf{}) }, "returned a nil handler"},
		"Handle(nil)":           {func() { chain.New(ok).On(http.NewServeMux()).Handle("/", nil) }, "chain: Then: the handler is nil"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.want) {
					t.Errorf("panicked with %q, want %q in it", got, tt.want)
				}
			}()
			tt.do()
		})
	}
}

func TestWhen(t *testing.T) {
	wraps := 0
	counted := func(next http.Handler) http.Handler {
		wraps++
		return tag("api")(next)
	}
	api := func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }
	h := chain.New(tag("all"), chain.When(api, counted)).Then(&leaf{})
	for target, want := range map[string]string{"/api/x": "all api", "/page": "all"} {
		if got, _ := ran(h, "GET", target); got != want {
			t.Errorf("%s: ran %q, want %q", target, got, want)
		}
	}
	if wraps != 1 {
		t.Errorf("the layer was made %d times, want once", wraps)
	}
}

func TestRoutes(t *testing.T) {
	mux := http.NewServeMux()
	site := chain.New(tag("site")).On(mux)
	site.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "home") })
	admin := site.With(tag("admin"))
	admin.HandleFunc("GET /admin/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s by %s", r.PathValue("id"), r.Pattern)
	})
	site.Handle("example.org/host", &leaf{"host"})
	mux.Handle("GET /plain", &leaf{"plain"})

	for _, tt := range []struct {
		method, target string
		status         int
		ran, body      string
	}{
		{"GET", "/", 200, "site", "home"},
		{"HEAD", "/", 200, "site", ""},
		{"GET", "/admin/7", 200, "site admin", "7 by GET /admin/{id}"},
		{"GET", "http://example.org/host", 200, "site", "host"},
		{"GET", "/plain", 200, "", "plain"},
		{"POST", "/admin/7", 405, "", ""},
		{"GET", "/nothing", 404, "", ""},
	} {
		got, resp := ran(mux, tt.method, tt.target)
		body := make([]byte, 100)
		n, _ := resp.Body.Read(body)
		if resp.StatusCode != tt.status || got != tt.ran || tt.body != "" && string(body[:n]) != tt.body {
			t.Errorf("%s %s: %d, ran %q, %q; want %d, %q, %q", tt.method, tt.target, resp.StatusCode, got, body[:n], tt.status, tt.ran, tt.body)
		}
	}
	if _, resp := ran(mux, "POST", "/admin/7"); resp.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("405 with Allow %q, want the mux's own %q", resp.Header.Get("Allow"), "GET, HEAD")
	}
	// Wrapped as a whole, the mux's own answers pass through the layers too.
	whole := chain.New(tag("whole")).Then(mux)
	if got, resp := ran(whole, "GET", "/nothing"); got != "whole" || resp.StatusCode != 404 {
		t.Errorf("a wrapped mux: %d, ran %q", resp.StatusCode, got)
	}
}

// recorder is a Mux of another make.
type recorder map[string]http.Handler

func (r recorder) Handle(pattern string, h http.Handler) { r[pattern] = h }

func TestRoutesOnAnyMux(t *testing.T) {
	mux := recorder{}
	chain.New(tag("a")).On(mux).Handle("any {pattern} at all", &leaf{})
	if got, _ := ran(mux["any {pattern} at all"], "GET", "/"); got != "a" {
		t.Errorf("ran %q, want %q", got, "a")
	}
}
