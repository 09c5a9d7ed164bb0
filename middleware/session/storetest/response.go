package storetest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/middleware/session"
)

func responseChecks() []check {
	return []check{
		{"1 set, flush, write", setFlushWrite},
		{"2 early hints, then set", earlyHints},
		{"3 set after the first byte", setLate},
		{"4 store down", storeDown},
		{"6 one Set-Cookie", oneSetCookie},
		{"7 Vary and no-store", varyNoStore},
		{"8 untouched asks nothing", untouched},
		{"9 unreadable cookies", unreadableCookies},
		{"values", values},
	}
}

func setFlushWrite(t *trial) {
	b := t.site(&session.Manager{}, map[string]page{
		"/flush": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = name.Set(s, "ada")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "page")
		},
	}).browser()
	b.wantBody("set, flush, write", "/flush", "page", "")
	b.wantBody("the next request", "/name", "ada", "the cookie must leave with what Flush sends")
}

func earlyHints(t *trial) {
	b := t.site(&session.Manager{}, map[string]page{
		"/hints": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			w.WriteHeader(http.StatusEarlyHints)
			_ = name.Set(s, "ada")
			_, _ = io.WriteString(w, "page")
		},
	}).browser()
	hints, r := 0, b.request("/hints")
	b.do(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error { hints = code; return nil },
	})))
	if hints != http.StatusEarlyHints {
		t.Errorf("the interim answer is %d, want 103", hints)
	}
	b.wantBody("the next request", "/name", "ada", "an interim answer is not the one the cookie leaves with")
}

func setLate(t *trial) {
	var got error
	b := t.site(&session.Manager{}, map[string]page{
		"/late": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = io.WriteString(w, "page")
			_ = http.NewResponseController(w).Flush()
			got = name.Set(s, "late")
		},
	}).browser()
	b.must("/late")
	if !errors.Is(got, session.ErrHeaderSent) {
		t.Errorf("a new session after the header has left: got error %v, want ErrHeaderSent: it could have no cookie", got)
	}
	b.must("/set?early")
	token := b.cookie
	b.must("/late")
	want := "early"
	if t.can&session.Merge != 0 {
		want = "late"
		t.wantErr("Set after the header has left", got, nil, "a server store needs no new cookie for it")
	} else {
		t.wantErr("Set after the header has left", got, session.ErrHeaderSent, "the change would be lost silently")
	}
	b.wantBody("the next request", "/name", want, "")
	if b.cookie != token {
		t.Errorf("the cookie changed although nothing could set one")
	}
}

// storeDown: who needs the session gets one clean answer, and nothing is stored over
// what could not be loaded.
func storeDown(t *trial) {
	w := &watch{}
	s := t.site(&session.Manager{Store: t.watched(w)}, map[string]page{
		"/plain": func(w http.ResponseWriter, _ *http.Request, _ *session.Session) { _, _ = io.WriteString(w, "page") },
		"/change": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			_ = name.Set(s, "over it")
			_, _ = io.WriteString(w, "stored!")
		},
	})
	b := s.browser()
	b.must("/set?before")
	for range 2 {
		w.down.Store(true)
		for _, c := range []*browser{b, s.browser()} {
			a := c.get("/change")
			if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || strings.Contains(a.body, "stored!") {
				t.Errorf("a change while the store is down is answered with %d, Retry-After %q and %.80q, want a 503 in place of the page",
					a.StatusCode, a.Header.Get("Retry-After"), a.body)
			}
			if len(a.cookies()) > 0 {
				t.Errorf("an answer without a store sets %q", a.cookies())
			}
		}
		b.wantBody("a page that needs no session", "/plain", "page", "an outage must not spread")
		w.down.Store(false)
		b.wantBody("when the store is back", "/name", "before", "an outage must not overwrite what it hides")
	}
}

func oneSetCookie(t *trial) {
	a := t.site(&session.Manager{}, map[string]page{
		"/often": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			http.SetCookie(w, &http.Cookie{Name: "other", Value: "kept"})
			_ = name.Set(s, "a")
			_ = s.Save(r.Context())
			_ = s.Renew(r.Context(), newSubject())
			_ = name.Set(s, "b")
			_ = s.Save(r.Context())
		},
	}).browser().must("/often")
	if lines := a.cookies(); len(lines) != 2 {
		t.Errorf("Set-Cookie lines %q, want one of the session and one of the handler", lines)
	}
}

func varyNoStore(t *trial) {
	public := func(w http.ResponseWriter) { w.Header().Set("Cache-Control", "public, max-age=60") }
	b := t.site(&session.Manager{}, map[string]page{
		"/untouched": func(w http.ResponseWriter, _ *http.Request, _ *session.Session) { public(w) },
		"/read":      func(w http.ResponseWriter, _ *http.Request, s *session.Session) { public(w); _, _ = name.Get(s) },
		"/write":     func(w http.ResponseWriter, _ *http.Request, s *session.Session) { public(w); _ = name.Set(s, "a") },
	}).browser()
	for _, test := range []struct{ path, vary, cache string }{
		{"/untouched", "", "public, max-age=60"},
		{"/write", "Cookie", "no-store"},
		{"/read", "Cookie", "public, max-age=60"},
		{"/untouched", "", "public, max-age=60"},
	} {
		a := b.must(test.path)
		if vary, cache := a.Header.Get("Vary"), a.Header.Get("Cache-Control"); vary != test.vary || cache != test.cache {
			t.Errorf("%s: Vary %q and Cache-Control %q, want %q and %q", test.path, vary, cache, test.vary, test.cache)
		}
	}
}

func untouched(t *trial) {
	w := &watch{}
	s := t.site(&session.Manager{Store: t.watched(w)}, map[string]page{
		"/plain": func(w http.ResponseWriter, _ *http.Request, _ *session.Session) { _, _ = io.WriteString(w, "page") },
	})
	b := s.browser()
	b.must("/set?x")
	before := w.calls.Load()
	b.wantBody("untouched", "/plain", "page", "")
	s.browser().wantBody("untouched, without a cookie", "/plain", "page", "")
	s.browser().wantBody("read, without a cookie", "/name", "", "")
	if n := w.calls.Load() - before; n != 0 {
		t.Errorf("%d calls of the store for requests that need none", n)
	}
}

func unreadableCookies(t *trial) {
	s := t.site(&session.Manager{}, nil)
	owner := s.browser()
	owner.must("/set?owner")
	good := owner.cookie
	middle := []byte(good)
	middle[len(middle)/2] ^= 1
	for _, bad := range []string{
		"x", ".", strings.Repeat("A", 66), good[:len(good)/2], good[1:], good + good, "%00", string(middle),
		strings.Repeat("x", 8<<10), "../../etc/passwd",
	} {
		b := s.browser()
		b.cookie = bad
		s.heard()
		for range 2 {
			b.wantBody("an unreadable cookie", "/name", "", "it is no session")
		}
		if got := s.heard(); !slices.Contains(got, session.EventUndecodable) && !slices.Contains(got, session.EventUnknown) {
			t.Errorf("cookie %.40q: events %v, want one that says so", bad, got)
		}
		b.must("/set?new")
		b.wantBody("a fresh session", "/name", "new", "")
	}
	owner.wantBody("the owner", "/name", "owner", "")
}

// values is the table's last row: there is room on a server store; elsewhere what does
// not fit is refused with one clean answer. It is 503 where the store's error does not
// say that it is the value's fault.
func values(t *trial) {
	big := strings.Repeat("0123456789", 30_000)
	b := t.site(&session.Manager{}, map[string]page{
		"/big": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = name.Set(s, big)
			_, _ = io.WriteString(w, "stored!")
		},
		"/cart": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = cart.Set(s, hostile())
		},
		"/readcart": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			v, _ := cart.Get(s)
			if len(v) == len(hostile()) {
				_, _ = io.WriteString(w, v[len(v)-1]+v[len(v)-3])
			}
		},
	}).browser()
	b.must("/cart")
	b.wantBody("values of any text", "/readcart", "0'; DROP TABLE sessions; --", "")
	b.must("/set?small")
	switch a := b.get("/big"); a.StatusCode {
	case http.StatusOK:
		b.wantBody("300 kB", "/name", big, "")
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		if t.can&session.Merge != 0 || strings.Contains(a.body, "stored!") {
			t.Errorf("300 kB are refused with %.80q", a.body)
		}
		b.wantBody("after a value that does not fit", "/name", "small", "a change that is refused must not destroy what was stored")
	default:
		t.Errorf("300 kB are answered with %d %.200q, want them stored, or a clean error", a.StatusCode, a.body)
	}
}
