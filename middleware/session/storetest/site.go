package storetest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// The values of the sites.
var (
	name  = session.NewKey[string]("name")
	theme = session.NewKey[string]("theme")
	count = session.NewKey[int]("count")
	cart  = session.NewKey[[]string]("cart")
)

const cookieName = "__Host-session"

// nobody is the page /all of a client without a session.
const nobody = "name= theme= count=0 subject="

// page is a handler that is given its session.
type page func(w http.ResponseWriter, r *http.Request, s *session.Session)

// site is a server whose Manager has the store under test.
type site struct {
	t       *trial
	manager *session.Manager
	server  *httptest.Server

	mu     sync.Mutex
	events []session.EventKind

	loaded, goOn, ended chan struct{} // of the slow pages
}

// site starts a server with the pages that most checks need and those in more. It
// fills what m leaves open.
func (t *trial) site(m *session.Manager, more map[string]page) *site {
	s := &site{t: t, manager: m, loaded: make(chan struct{}), goOn: make(chan struct{}), ended: make(chan struct{})}
	if m.Store == nil {
		m.Store = t.store
	}
	m.Events = func(_ context.Context, e session.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.events = append(s.events, e.Kind)
	}
	pages := s.pages()
	maps.Copy(pages, more)
	s.server = httptest.NewServer(m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages[r.URL.Path](w, r, session.From(r.Context()))
	})))
	s.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = crowd
	t.Cleanup(func() {
		close(s.ended) // a check that gave up left a request waiting
		s.server.Close()
	})
	return s
}

func (s *site) pages() map[string]page {
	v := func(r *http.Request) string { return r.URL.RawQuery }
	return map[string]page{
		"/set":      func(_ http.ResponseWriter, r *http.Request, s *session.Session) { _ = name.Set(s, v(r)) },
		"/settheme": func(_ http.ResponseWriter, r *http.Request, s *session.Session) { _ = theme.Set(s, v(r)) },
		"/login": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			_ = s.Renew(r.Context(), v(r))
		},
		"/logout": func(_ http.ResponseWriter, r *http.Request, s *session.Session) { _ = s.Destroy(r.Context()) },
		"/name": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			n, _ := name.Get(s)
			fmt.Fprint(w, n)
		},
		"/all": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			a, _ := name.Get(s)
			b, _ := theme.Get(s)
			n, _ := count.Get(s)
			fmt.Fprintf(w, "name=%s theme=%s count=%d subject=%s", a, b, n, s.Subject())
		},
		"/who": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			fmt.Fprintf(w, "%s %s", s.Subject(), s.Handle())
		},
		"/increment": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = count.Get(s)
			time.Sleep(2 * time.Millisecond) // thinking
			_ = count.Update(s, func(n int) int { return n + 1 })
		},
		"/slow": func(w http.ResponseWriter, r *http.Request, sess *session.Session) {
			s.pause(sess)
			if v(r) != "" {
				_ = theme.Set(sess, v(r))
			}
			fmt.Fprint(w, "page")
		},
		"/slowlogin": func(_ http.ResponseWriter, r *http.Request, sess *session.Session) {
			s.pause(sess)
			_ = sess.Renew(r.Context(), v(r))
		},
	}
}

// pause loads the session and waits, see [browser.slow].
func (s *site) pause(sess *session.Session) {
	_ = sess.Err()
	for _, c := range []chan struct{}{s.loaded, s.goOn} {
		select {
		case c <- struct{}{}:
		case <-s.ended:
		}
	}
}

// heard returns the events so far, and forgets them.
func (s *site) heard() []session.EventKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.events
	s.events = nil
	return all
}

// browser keeps the cookie of one client of a site.
type browser struct {
	site   *site
	cookie string
}

func (s *site) browser() *browser { return &browser{site: s} }

// copy is what a thief, or a parallel request, comes with.
func (b *browser) copy() *browser { return &browser{b.site, b.cookie} }

// answer is a response that was read to its end.
type answer struct {
	*http.Response
	body string
}

func (a answer) cookies() []string { return a.Header["Set-Cookie"] }

func (b *browser) request(target string) *http.Request {
	r, err := http.NewRequestWithContext(b.site.t.Context(), "GET", b.site.server.URL+target, nil)
	if err != nil {
		panic(err) // a target of this package
	}
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: b.cookie})
	}
	return r
}

func (b *browser) get(target string) answer { return b.do(b.request(target)) }

// do sends r and keeps the cookie of the answer. A request that fails answers status 0.
func (b *browser) do(r *http.Request) answer {
	res, err := b.site.server.Client().Do(r)
	if err != nil {
		return answer{&http.Response{Header: http.Header{}}, err.Error()}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		body = append(body, " then "+err.Error()...)
	}
	for _, c := range res.Cookies() {
		if c.Name != cookieName {
			continue
		}
		if b.cookie = c.Value; c.MaxAge < 0 {
			b.cookie = ""
		}
	}
	return answer{res, string(body)}
}

// wantBody reports a page that does not say want with status 200.
func (b *browser) wantBody(what, target, want, why string) {
	t := b.site.t
	t.Helper()
	a := b.get(target)
	if a.StatusCode != http.StatusOK || a.body != want {
		t.Errorf("%s: %s answers %d %.200q, want %q: %s", what, target, a.StatusCode, a.body, want, why)
	}
}

// must gets a page whose answer is only looked at for success.
func (b *browser) must(target string) answer {
	b.site.t.Helper()
	a := b.get(target)
	if a.StatusCode != http.StatusOK {
		b.site.t.Fatalf("%s answers %d %.200q", target, a.StatusCode, a.body)
	}
	return a
}

// try is must for goroutines, which may not end the test.
func (b *browser) try(target string) {
	b.site.t.Helper()
	if a := b.get(target); a.StatusCode != http.StatusOK {
		b.site.t.Errorf("%s answers %d %.200q", target, a.StatusCode, a.body)
	}
}

// slow starts a request that has loaded its session when slow returns, and changes it,
// if target says so, when finish is called.
func (b *browser) slow(target string) (finish func() answer) {
	b.site.t.Helper()
	done := make(chan answer, 1)
	go func() { done <- b.get(target) }()
	select {
	case <-b.site.loaded:
	case a := <-done:
		b.site.t.Fatalf("%s answers %d %.200q before it should", target, a.StatusCode, a.body)
	}
	return func() answer { <-b.site.goOn; return <-done }
}

func (s *site) wantHeard(want session.EventKind) {
	s.t.Helper()
	if got := s.heard(); !slices.Contains(got, want) {
		s.t.Errorf("events %v, want %q among them", got, want)
	}
}

// selfContained reports whether the cookie of the store holds the session, rather
// than naming a record.
func (t *trial) selfContained() bool {
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	short := len(b.cookie)
	b.must("/set?" + strings.Repeat("x", 600))
	return len(b.cookie) > short+300
}
