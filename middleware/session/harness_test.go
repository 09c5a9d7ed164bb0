package session_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// The tests make stores fail hundreds of times; each failure is logged.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// The names of the kinds of store, as the columns of the package doc's table.
const (
	memory  = "memory"
	cookie  = "cookie"
	gcookie = "gorilla CookieStore"
	gfiles  = "gorilla FilesystemStore"
)

var allKinds = []string{memory, cookie, gcookie, gfiles}

func newStore(tb testing.TB, kind string) sessions.Store {
	switch kind {
	case memory:
		return session.NewServerStore(&session.Memory{})
	case cookie:
		return session.NewCookieStore(newKeyring(tb))
	case gcookie:
		return sessions.NewCookieStore([]byte("an authentication key of 32 bytes"))
	}
	return sessions.NewFilesystemStore(tb.TempDir(), []byte("an authentication key of 32 bytes"))
}

func newKeyring(tb testing.TB) *session.Keyring {
	k, err := session.ParseKeyring(session.GenerateKey())
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// eachKind runs f on each of the kinds with a Manager that has otherwise the fields of
// like.
func eachKind(t *testing.T, kinds []string, f func(t *testing.T, kind string, m *session.Manager)) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			f(t, kind, &session.Manager{Store: newStore(t, kind)})
		})
	}
}

// mux makes a site of handlers that are called with their session.
type mux map[string]func(http.ResponseWriter, *http.Request, *session.Session)

func (m mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m[r.URL.Path](w, r, session.From(r.Context()))
}

// client is a browser of one site, as far as the tests need it.
type client struct {
	h       http.Handler // where the requests go; nil: to url
	http    *http.Client
	url     string
	cookies map[string]string
}

func (c *client) clone() *client {
	d := *c
	d.cookies = make(map[string]string)
	for k, v := range c.cookies {
		d.cookies[k] = v
	}
	return &d
}

func (c *client) request(target string) *http.Request {
	r := httptest.NewRequest("GET", target, nil)
	r.Host = "localhost"
	if c.url != "" {
		r, _ = http.NewRequest("GET", c.url+target, nil)
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

// answer is a response that was read to its end.
type answer struct {
	*http.Response
	body string
}

func (c *client) get(target string) answer { return c.do(c.request(target)) }

// do sends r and keeps the cookies of the answer.
func (c *client) do(r *http.Request) answer {
	var res *http.Response
	if c.url != "" {
		var err error
		if res, err = c.http.Do(r); err != nil {
			return answer{&http.Response{Header: http.Header{}}, err.Error()}
		}
	} else {
		w := httptest.NewRecorder()
		c.h.ServeHTTP(w, r)
		res = w.Result()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		body = append(body, " then "+err.Error()...)
	}
	for _, ck := range res.Cookies() {
		if c.cookies == nil {
			c.cookies = make(map[string]string)
		}
		if c.cookies[ck.Name] = ck.Value; ck.MaxAge < 0 {
			delete(c.cookies, ck.Name)
		}
	}
	return answer{res, string(body)}
}

// token is the value of the one cookie that the client holds.
func (c *client) token() string {
	for _, v := range c.cookies {
		return v
	}
	return ""
}

// eachProtocol serves h on real servers.
func eachProtocol(t *testing.T, h http.Handler, f func(t *testing.T, c *client)) {
	for _, protocol := range []string{"HTTP1", "HTTP2"} {
		t.Run(protocol, func(t *testing.T) {
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
			srv.EnableHTTP2 = protocol == "HTTP2"
			srv.StartTLS()
			t.Cleanup(srv.Close)
			f(t, &client{url: srv.URL, http: srv.Client()})
		})
	}
}

// watched is a Backend that counts, and fails when told to.
type watched struct {
	session.Backend
	loads, saves, touches, deletes atomic.Int64
	down                           atomic.Bool
}

var errDown = errors.New("connection refused")

func (b *watched) calls() int64 {
	return b.loads.Load() + b.saves.Load() + b.touches.Load() + b.deletes.Load()
}

func (b *watched) call(n *atomic.Int64) error {
	n.Add(1)
	if b.down.Load() {
		return errDown
	}
	return nil
}

func (b *watched) Load(ctx context.Context, id session.ID) (session.Record, error) {
	if err := b.call(&b.loads); err != nil {
		return session.Record{}, err
	}
	return b.Backend.Load(ctx, id)
}

func (b *watched) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	if err := b.call(&b.saves); err != nil {
		return 0, err
	}
	return b.Backend.Save(ctx, id, r)
}

func (b *watched) Touch(ctx context.Context, id session.ID, expires time.Time) error {
	if err := b.call(&b.touches); err != nil {
		return err
	}
	return b.Backend.Touch(ctx, id, expires)
}

func (b *watched) Delete(ctx context.Context, id session.ID) error {
	if err := b.call(&b.deletes); err != nil {
		return err
	}
	return b.Backend.Delete(ctx, id)
}

// events collects what a Manager reports.
type events struct {
	mu  sync.Mutex
	all []session.Event
}

func (e *events) add(_ context.Context, ev session.Event) {
	if ev.Kind == session.EventPlainHTTP { // httptest's requests come so; TestPlainHTTP looks at it
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, ev)
}

// kinds returns the kinds of the events so far, and forgets them.
func (e *events) kinds() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var s []string
	for _, ev := range e.all {
		s = append(s, string(ev.Kind))
	}
	e.all = nil
	return strings.Join(s, ", ")
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
