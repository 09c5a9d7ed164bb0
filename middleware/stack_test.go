package middleware_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/chain"
	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/forwarded"
	zip "github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
	"github.com/surcoat/surcoat/middleware/session"
)

// outer and inner are others' layers.
func outer(next http.Handler) http.Handler { return note{next, "outer"} }

func inner(next http.Handler) http.Handler { return note{next, "inner"} }

type note struct {
	next http.Handler
	text string
}

func (n note) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Noted", n.text+" "+r.RemoteAddr)
	n.next.ServeHTTP(w, r)
}

// whole returns a Stack that has everything, with a log of its own.
func whole(log io.Writer) middleware.Stack {
	logger := slog.New(slog.NewJSONHandler(log, nil))
	return middleware.Stack{
		Forwarded: &forwarded.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		Outer:     chain.New(outer),
		Trace:     &cgitrace.Page{Logger: logger},
		Compress:  &zip.Compressor{},
		Session:   &session.Manager{Events: func(context.Context, session.Event) {}},
		Auth:      &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}, Optional: true},
		Inner:     chain.New(inner),
	}
}

func TestOrder(t *testing.T) {
	const all = "forwarded.Proxies → middleware_test.outer → cgitrace.Page → gzip.Compressor → session.Manager → auth.Guard → middleware_test.inner"
	if got := whole(io.Discard).Chain().String(); got != all {
		t.Errorf("the whole stack is %s\nwant %s", got, all)
	}
	if got := (middleware.Stack{}).Chain().String(); got != "" {
		t.Errorf("the zero Stack is %q", got)
	}
	some := middleware.Stack{Session: &session.Manager{}, Trace: &cgitrace.Page{}}
	if got, want := some.Chain().String(), "cgitrace.Page → session.Manager"; got != want {
		t.Errorf("two layers are %q, want %q", got, want)
	}
}

func TestConformance(t *testing.T) {
	middlewaretest.Suite{AppendsToHTML: cgitrace.Enabled}.Run(t, func(next http.Handler) http.Handler {
		// A handler that asks for the session and for the user makes every layer work.
		return whole(io.Discard).Chain().ThenFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = session.From(r.Context()).SetValue("seen", r.URL.Path)
			auth.From(r.Context())
			next.ServeHTTP(w, r)
		})
	})
}

// app is a small application in the stack: a page to sign in, one that says who is
// signed in, and one that fails.
func app(log io.Writer) http.Handler {
	stack := whole(log)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /in", func(w http.ResponseWriter, r *http.Request) {
		if err := stack.Auth.Login(w, r, auth.Identity{Subject: "ada"}); err != nil {
			panic(err)
		}
		fmt.Fprint(w, "welcome")
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		id, ok := auth.From(r.Context())
		fmt.Fprintf(w, "%s %v %s", id.Subject, ok, strings.Repeat("hello ", 1000))
	})
	mux.HandleFunc("GET /fail", func(w http.ResponseWriter, r *http.Request) {
		_ = session.From(r.Context()).SetValue("lost", "with the panic")
		w.Header().Set("Etag", `"v1"`)
		fmt.Fprint(w, "half a page")
		panic("the cellar is flooded")
	})
	mux.Handle("GET /members", stack.Auth.Require()(http.NotFoundHandler()))
	return stack.Chain().Then(mux)
}

// client keeps cookies and decodes nothing by itself.
type client struct {
	*http.Client
	t   *testing.T
	url string
}

func serve(t *testing.T, h http.Handler) client {
	srv := httptest.NewTLSServer(h) // cookies are Secure
	t.Cleanup(srv.Close)
	c := srv.Client()
	c.Jar, _ = cookiejar.New(nil)
	c.Transport.(*http.Transport).DisableCompression = true
	return client{c, t, srv.URL}
}

func (c client) do(method, path string, header http.Header) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := c.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, string(body)
}

// One login, one compressed page, behind one proxy: each layer does its part.
func TestLayersMeet(t *testing.T) {
	c := serve(t, app(io.Discard))
	if _, body := c.do("GET", "/who", nil); !strings.HasPrefix(body, " false") {
		t.Errorf("before the login: %.20s", body)
	}
	c.do("POST", "/in", nil)
	resp, body := c.do("GET", "/who", http.Header{"Accept-Encoding": {"gzip"}, "X-Forwarded-For": {"203.0.113.7"}})
	zr, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatalf("not gzip: %v", err)
	}
	plain, err := io.ReadAll(zr)
	if err != nil || !strings.HasPrefix(string(plain), "ada true hello") {
		t.Errorf("after the login: %.20s, %v", plain, err)
	}
	for _, text := range resp.Header["Noted"] {
		if !strings.Contains(text, "203.0.113.7") {
			t.Errorf("a layer saw the proxy: %s", text)
		}
	}
	if got := strings.Join(resp.Header["Vary"], ", "); !strings.Contains(got, "Accept-Encoding") || !strings.Contains(got, "Cookie") {
		t.Errorf("Vary is %q, want what both layers add", got)
	}
	if resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("Content-Encoding is %q", resp.Header.Get("Content-Encoding"))
	}
}

// A panic behind all layers is one clean answer, and its number is in the log.
func TestPanic(t *testing.T) {
	if cgitrace.Enabled {
		t.Skip("the dev build answers with a traceback; its own tests look at that")
	}
	var log bytes.Buffer
	c := serve(t, app(&log))
	resp, body := c.do("GET", "/fail", http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}})
	var problem struct{ Incident string }
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		t.Fatalf("%d %q: %v", resp.StatusCode, body, err)
	}
	if resp.StatusCode != 500 || problem.Incident == "" || !strings.Contains(log.String(), problem.Incident) || !strings.Contains(log.String(), "the cellar is flooded") {
		t.Errorf("%d, incident %q, log %s", resp.StatusCode, problem.Incident, log.String())
	}
	if strings.Contains(body, "cellar") || strings.Contains(body, "half") {
		t.Errorf("the client sees %s", body)
	}
	for _, name := range []string{"Etag", "Content-Encoding", "Set-Cookie"} {
		if got := resp.Header.Get(name); got != "" {
			t.Errorf("the answer has the failed page's %s: %q", name, got)
		}
	}
	if resp.Header.Get("Noted") == "" {
		t.Error("the answer lost what a layer outside had set")
	}
}

// The answers of inner layers have the look that Trace gives them.
func TestOneLook(t *testing.T) {
	c := serve(t, app(io.Discard))
	resp, body := c.do("GET", "/members", http.Header{"Accept": {"application/json"}})
	if resp.StatusCode != 401 || resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "Unauthorized") {
		t.Errorf("%d %s %s", resp.StatusCode, resp.Header.Get("Content-Type"), body)
	}
}

// A scheme that was given a From of its own keeps it; one without is given the
// Manager's, and without a Manager is refused with the fix.
func TestConnect(t *testing.T) {
	called := false
	scheme := &auth.Session{From: func(context.Context) auth.State { called = true; return nil }}
	middleware.Stack{Session: &session.Manager{}, Auth: &auth.Guard{Schemes: []auth.Scheme{scheme}}}.Chain()
	scheme.From(context.Background())
	if !called {
		t.Error("From was replaced")
	}

	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "auth: Session.From is nil") {
			t.Errorf("without a session layer: %q", got)
		}
	}()
	middleware.Stack{Auth: &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}}}.Chain().Then(http.NotFoundHandler())
}

// Layers put on by hand in a wrong order fail closed, and the log says what to do.
func TestWrongOrder(t *testing.T) {
	var log bytes.Buffer
	sessions := &session.Manager{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: func(ctx context.Context) auth.State {
		if s := sessions.From(ctx); s != nil {
			return s
		}
		return nil
	}}}}
	page := &cgitrace.Page{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	h := chain.New(page.Wrap, guard.Wrap, sessions.Wrap).ThenFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the handler was reached")
	})
	resp, _ := serve(t, h).do("GET", "/", nil)
	if resp.StatusCode != 500 || !strings.Contains(log.String(), "put session.Manager.Wrap outside auth.Guard.Wrap") {
		t.Errorf("%d, log %s", resp.StatusCode, log.String())
	}
}

func Example() {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}, Optional: true}
	site := middleware.Stack{
		Trace:    &cgitrace.Page{},
		Compress: &zip.Compressor{},
		Session:  &session.Manager{},
		Auth:     guard,
	}.Chain()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello") })
	mux.Handle("GET /account", guard.Require()(http.NotFoundHandler()))
	srv := httptest.NewServer(site.Then(mux))
	defer srv.Close()

	for _, path := range []string{"/", "/account"} {
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = resp.Body.Close()
		fmt.Println(path, resp.Status)
	}
	fmt.Println(site)
	// Output:
	// / 200 OK
	// /account 401 Unauthorized
	// cgitrace.Page → gzip.Compressor → session.Manager → auth.Guard
}
