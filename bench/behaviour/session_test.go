package behaviour_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A keeper is a session library as a handler uses it, with one value in the session.
type keeper interface {
	layer(http.Handler) http.Handler
	get(r *http.Request) string
	count(r *http.Request) int
	set(w http.ResponseWriter, r *http.Request, value string) error
	// add adds one to a number in the session, the way the library offers for it.
	add(w http.ResponseWriter, r *http.Request) error
	renew(w http.ResponseWriter, r *http.Request) error
	destroy(w http.ResponseWriter, r *http.Request) error
	// onServer says that the session's content is on the server.
	onServer() bool
}

// errNotOffered is a keeper's answer where its library has no such thing.
var errNotOffered = errors.New("not offered")

// visitor is a browser: it carries the cookies that it was given, Secure ones too.
type visitor struct {
	site
	cookies map[string]string
}

// newVisitor serves the pages under their paths, inside k's layer.
func newVisitor(t *testing.T, k keeper, pages map[string]http.HandlerFunc) *visitor {
	t.Helper()
	s := newSite(t, k.layer, func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			page = defaultPages(k)[r.URL.Path]
		}
		page(w, r)
	})
	return &visitor{s, map[string]string{}}
}

// defaultPages set the value "first", read the value, renew and destroy.
func defaultPages(k keeper) map[string]http.HandlerFunc {
	act := func(f func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := f(w, r); errors.Is(err, errNotOffered) {
				w.WriteHeader(http.StatusNotImplemented)
			} else if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}
	}
	return map[string]http.HandlerFunc{
		"/set":     act(func(w http.ResponseWriter, r *http.Request) error { return k.set(w, r, "first") }),
		"/add":     act(k.add),
		"/renew":   act(k.renew),
		"/destroy": act(k.destroy),
		"/count":   func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, k.count(r)) },
		"/get":     func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, k.get(r)) },
	}
}

// visit asks for a page and keeps its cookies.
func (v *visitor) visit(path string) answer {
	v.t.Helper()
	a := v.request(path)
	for _, c := range a.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	return a
}

// request asks for a page and leaves the cookies as they are.
func (v *visitor) request(path string) answer {
	v.t.Helper()
	r, err := http.NewRequest("GET", v.server.URL+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatalf("%s: %v", path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if res.StatusCode == http.StatusNotImplemented {
		v.t.Skip("not offered")
	}
	return answer{res, raw, err}
}

func (v *visitor) want(value string) {
	v.t.Helper()
	if a := v.visit("/get"); string(a.raw) != value {
		v.t.Errorf("the session holds %q (status %d), want %q", a.raw, a.StatusCode, value)
	}
}

// A question about sessions.
type sessionBehaviour struct {
	name string
	ask  func(*testing.T, keeper)
}

var sessionBehaviours = []sessionBehaviour{
	{"a value set before a flush is kept", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, map[string]http.HandlerFunc{"/flush": func(w http.ResponseWriter, r *http.Request) {
			_ = k.set(w, r, "first")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "page")
		}})
		v.visit("/flush")
		v.want("first")
	}},
	{"a value set after 103 is kept", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, map[string]http.HandlerFunc{"/hints": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			_ = k.set(w, r, "first")
			_, _ = io.WriteString(w, "page")
		}})
		v.visit("/hints")
		v.want("first")
	}},
	{"a value set too late is kept or refused", func(t *testing.T, k keeper) {
		var refused error
		v := newVisitor(t, k, map[string]http.HandlerFunc{"/late": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "page")
			_ = http.NewResponseController(w).Flush()
			refused = k.set(w, r, "late")
		}})
		v.visit("/late")
		if refused == nil {
			v.want("late")
		}
	}},
	{"one Set-Cookie line for each name", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, map[string]http.HandlerFunc{"/twice": func(w http.ResponseWriter, r *http.Request) {
			_ = k.set(w, r, "first")
			_ = k.set(w, r, "second")
		}})
		if lines := v.visit("/twice").Header.Values("Set-Cookie"); len(lines) != 1 {
			t.Errorf("%d Set-Cookie lines", len(lines))
		}
		v.want("second")
	}},
	{"Set-Cookie keeps a response out of caches", func(t *testing.T, k keeper) {
		control := newVisitor(t, k, nil).visit("/set").Header.Get("Cache-Control")
		for _, directive := range []string{"no-store", "no-cache", "private"} {
			if strings.Contains(control, directive) {
				return
			}
		}
		t.Errorf("Set-Cookie with Cache-Control %q", control)
	}},
	{"Vary: Cookie where the session was read, and only there", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, map[string]http.HandlerFunc{"/plain": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "page")
		}})
		v.visit("/set")
		if !v.visit("/get").varies("Cookie") {
			t.Error("read, and no Vary: Cookie")
		}
		if v.visit("/plain").varies("Cookie") {
			t.Error("not read, and Vary: Cookie")
		}
	}},
	{"an undecodable cookie is a fresh session", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, nil)
		v.visit("/set")
		for name := range v.cookies {
			v.cookies[name] = "%%%not-one-of-ours"
		}
		if a := v.visit("/set"); a.StatusCode != http.StatusOK {
			t.Fatalf("status %d", a.StatusCode)
		}
		v.want("first")
	}},
	{"parallel additions all count", func(t *testing.T, k keeper) {
		if !k.onServer() {
			t.Skip("the content is in the cookie: the last response wins")
		}
		const n = 20
		var adding, all sync.WaitGroup
		adding.Add(n)
		v := newVisitor(t, k, map[string]http.HandlerFunc{"/think": func(w http.ResponseWriter, r *http.Request) {
			defaultPages(k)["/add"](w, r)
			adding.Done()
			adding.Wait() // all of them have read before the first one answers
		}})
		v.visit("/set")
		for range n {
			all.Go(func() { v.request("/think") })
		}
		all.Wait()
		if got := string(v.visit("/count").raw); got != "20" {
			t.Errorf("20 parallel additions made %s", got)
		}
	}},
	{"a slow request does not revive a destroyed session", func(t *testing.T, k keeper) {
		reading, ended := make(chan struct{}), make(chan struct{})
		v := newVisitor(t, k, map[string]http.HandlerFunc{"/slow": func(w http.ResponseWriter, r *http.Request) {
			_ = k.get(r)
			close(reading)
			select {
			case <-ended:
			case <-time.After(2 * time.Second):
			}
			_ = k.set(w, r, "revived")
		}})
		v.visit("/set")
		var slow sync.WaitGroup
		slow.Go(func() { v.request("/slow") })
		<-reading
		a := v.request("/destroy")
		close(ended)
		slow.Wait()
		if a.StatusCode != http.StatusOK {
			t.Fatalf("destroy: status %d", a.StatusCode)
		}
		if a := v.request("/get"); len(a.raw) != 0 {
			t.Errorf("the old cookie still finds %q", a.raw)
		}
	}},
	{"an unknown token is not adopted", func(t *testing.T, k keeper) {
		v, other := newVisitor(t, k, nil), newVisitor(t, k, nil)
		v.visit("/set")
		planted := map[string]string{}
		for name, value := range v.cookies {
			planted[name] = value
		}
		v.visit("/destroy")
		for name, value := range planted {
			other.cookies[name] = value
		}
		for _, c := range other.visit("/set").Cookies() {
			if c.Value == planted[c.Name] {
				t.Errorf("a token that nobody holds became the session's")
			}
		}
		if len(other.cookies) > 0 && same(other.cookies, planted) {
			t.Error("the planted token was kept")
		}
	}},
	{"a login ends the token from before", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, nil)
		v.visit("/set")
		before := v.cookies
		v.cookies = map[string]string{}
		for name, value := range before {
			v.cookies[name] = value
		}
		v.visit("/renew")
		v.want("first")
		if same(v.cookies, before) {
			t.Fatal("the token is the same")
		}
		if !k.onServer() {
			return // nothing on the server to end: the old cookie is an older copy of the values
		}
		v.cookies = before
		v.want("")
	}},
	{"a logout refuses replay", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, nil)
		v.visit("/set")
		before := map[string]string{}
		for name, value := range v.cookies {
			before[name] = value
		}
		v.visit("/destroy")
		v.cookies = before
		v.want("")
	}},
	{"the cookie that logs out signs nobody in", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, nil)
		v.visit("/set")
		v.cookies = map[string]string{}
		for _, c := range v.request("/destroy").Cookies() {
			v.cookies[c.Name] = c.Value
		}
		v.want("")
	}},
	{"no cookie that browsers drop for its size", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, map[string]http.HandlerFunc{"/large": func(w http.ResponseWriter, r *http.Request) {
			if err := k.set(w, r, strings.Repeat("long ", 600)); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}})
		for _, c := range v.visit("/large").Cookies() {
			if n := len(c.Name) + len(c.Value); n > 4096 {
				t.Errorf("a cookie of %d bytes", n)
			}
		}
	}},
	{"Secure, HttpOnly and SameSite without being asked", func(t *testing.T, k keeper) {
		v := newVisitor(t, k, nil)
		for _, c := range v.visit("/set").Cookies() {
			if !c.Secure || !c.HttpOnly || c.SameSite < http.SameSiteLaxMode || c.SameSite == http.SameSiteNoneMode {
				t.Error(c)
			}
		}
	}},
}

func same(a, b map[string]string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// TestSessions asks session libraries what the specification of middleware/session asks.
func TestSessions(t *testing.T) {
	for _, s := range sessionKeepers {
		s.ask(t, func(t *testing.T) {
			for _, b := range sessionBehaviours {
				t.Run(b.name, func(t *testing.T) { b.ask(t, s.keeper(t)) })
			}
		})
	}
}
