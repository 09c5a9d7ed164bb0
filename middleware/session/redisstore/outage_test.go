package redisstore_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// The tests make stores fail hundreds of times; each failure is logged.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

var visits = session.NewKey[int]("visits")

// site is a server with sessions: /static never asks for one, /read needs one, /count
// changes it, /login and /logout do what they say.
func site(t *testing.T, store session.Backend) *httptest.Server {
	m := &session.Manager{Store: session.NewServerStore(store)}
	mux := http.NewServeMux()
	mux.HandleFunc("/static", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "static") })
	mux.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		n, _ := visits.Get(s)
		if err := s.Err(); err != nil {
			session.ErrorPage(w, r, err)
			return
		}
		fmt.Fprint(w, n)
	})
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		_ = visits.Update(s, func(n int) int { return n + 1 }) // what fails is the Manager's to answer
		fmt.Fprint(w, "counted")
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		_ = session.From(r.Context()).Renew(r.Context(), "user "+r.FormValue("user"))
		fmt.Fprint(w, "in")
	})
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		if err := session.From(r.Context()).Destroy(r.Context()); err != nil {
			session.ErrorPage(w, r, err)
		}
	})
	srv := httptest.NewUnstartedServer(m.Wrap(mux))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

// browser is a client of one site, with its cookies.
type browser struct {
	http http.Client
	url  string
}

func newBrowser(t *testing.T, srv *httptest.Server) *browser {
	jar, _ := cookiejar.New(nil)
	b := &browser{http: http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: time.Minute}}
	b.url = strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	t.Cleanup(b.http.CloseIdleConnections)
	return b
}

// get returns the status, the body and how long that took. An answer of 503 must be
// clean: say when to come again, set no cookie, hold nothing of the handler's page.
func (b *browser) get(t *testing.T, path string) (int, string, time.Duration) {
	t.Helper()
	began := time.Now()
	res, err := b.http.Get(b.url + path)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return 0, "", 0
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%s: the body breaks off: %v", path, err)
	}
	if res.StatusCode == http.StatusServiceUnavailable {
		after, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		if after <= 0 || len(res.Cookies()) > 0 || strings.Contains(string(body), "counted") {
			t.Errorf("%s: a 503 that is not clean: %v %s", path, res.Header, body)
		}
	}
	return res.StatusCode, string(body), time.Since(began)
}

func (b *browser) must(t *testing.T, path, want string) {
	t.Helper()
	if status, body, _ := b.get(t, path); status != http.StatusOK || body != want {
		t.Fatalf("%s: got %d %q, want %q", path, status, body, want)
	}
}

// Redis dies, hangs, or cannot be reached. Requests that do not touch their session do
// not notice; the others get one 503 within the store's Timeout, and recover by
// themselves.
func TestOutageKill(t *testing.T) {
	for _, test := range []struct {
		name       string
		begin, end func(*testserver.RedisServer, *testserver.Link)
	}{
		{
			"dead", func(s *testserver.RedisServer, _ *testserver.Link) { s.Stop() },
			func(s *testserver.RedisServer, _ *testserver.Link) { s.Start() },
		},
		{
			"hanging", func(s *testserver.RedisServer, _ *testserver.Link) { s.Pause() },
			func(s *testserver.RedisServer, _ *testserver.Link) { s.Resume() },
		},
		{
			"cut off", func(_ *testserver.RedisServer, l *testserver.Link) { l.Freeze() },
			func(_ *testserver.RedisServer, l *testserver.Link) { l.Thaw() },
		},
	} {
		for _, cache := range []int64{0, 16 << 20} {
			t.Run(fmt.Sprintf("%s/CacheBytes=%d", test.name, cache), func(t *testing.T) {
				server := testserver.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
				link := testserver.LinkTo(t, server.Addr)
				before, clients := runtime.NumGoroutine(), server.Info("connected_clients")
				url := server.URL()
				if test.name == "cut off" {
					url = "redis://" + link.Addr
				}
				store, err := redisstore.Open(t.Context(), redisstore.Config{URL: url, CacheBytes: cache, Timeout: timeout})
				if err != nil {
					t.Fatal(err)
				}
				srv := site(t, store)
				o := outage{srv: srv, counter: newBrowser(t, srv), idle: newBrowser(t, srv), other: newBrowser(t, srv)}
				o.idle.must(t, "/count", "counted")
				o.counter.must(t, "/login", "in")
				for range times(1, 10) {
					o.counter.must(t, "/count", "counted")
					o.other.must(t, "/login", "in")
					test.begin(server, link)
					o.endure(t)
					test.end(server, link)
					o.recover(t)
				}
				o.idle.must(t, "/read", "1")

				if err := store.Close(); err != nil {
					t.Error(err)
				}
				srv.Close()
				for _, b := range []*browser{o.counter, o.idle, o.other} {
					b.http.CloseIdleConnections()
				}
				link.Cut()
				poll(t, "no connection is left", func() bool { return server.Info("connected_clients") == clients })
				poll(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
			})
		}
	}
}

const (
	timeout = 300 * time.Millisecond // of the store
	slack   = 2 * time.Second        // for a machine that does other things
)

// outage is what people see of one.
type outage struct {
	srv     *httptest.Server
	counter *browser // changes its session
	idle    *browser // was there before, and comes back afterwards
	other   *browser // tries to sign in and out, which may take effect although it is told not
	longest time.Duration
}

// endure looks at the answers while Redis does not.
func (o *outage) endure(t *testing.T) {
	t.Helper()
	var untouched time.Duration
	refused := 0
	o.longest = 0
	for range 2 {
		for _, try := range []struct {
			b    *browser
			path string
		}{{o.counter, "/count"}, {o.other, "/login"}, {o.other, "/logout"}} {
			status, body, took := try.b.get(t, try.path)
			if status != http.StatusServiceUnavailable {
				t.Errorf("%s: got %d %q, want 503", try.path, status, body)
			}
			refused++
			o.longest = max(o.longest, took)
		}
		for _, b := range []*browser{newBrowser(t, o.srv), o.counter} {
			status, body, took := b.get(t, "/static")
			if status != http.StatusOK || body != "static" {
				t.Errorf("/static: got %d %q", status, body)
			}
			untouched = max(untouched, took)
		}
	}
	if o.longest > timeout+slack {
		t.Errorf("a 503 took %v, the timeout is %v", o.longest, timeout)
	}
	if untouched > slack {
		t.Errorf("/static took %v", untouched)
	}
	t.Logf("%d answers of 503, the slowest after %v; /static took %v at most",
		refused, o.longest.Round(time.Millisecond), untouched.Round(time.Microsecond))
}

// recover waits until sessions are there again.
func (o *outage) recover(t *testing.T) {
	t.Helper()
	began := time.Now()
	poll(t, "sessions are there again", func() bool { status, _, _ := o.counter.get(t, "/count"); return status == http.StatusOK })
	t.Logf("recovered %v after its end", time.Since(began).Round(time.Millisecond))
}

// The kernel connects to a server that hangs as to any other. To give up on it takes no
// longer for that.
func TestOutage_HangingServerIsConnectedTo(t *testing.T) {
	const timeout, much = 20 * time.Millisecond, 900 * time.Millisecond
	server := testserver.Redis(t)
	store := open(t, redisstore.Config{URL: server.URL(), Timeout: timeout})
	server.Pause()
	var slow atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				began := time.Now()
				if _, err := store.Load(t.Context(), newID()); err == nil {
					t.Error("a server that hangs answers")
				}
				if time.Since(began) > much {
					slow.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := slow.Load(); n > 0 {
		t.Errorf("%d of 800 loads took more than %v, the timeout is %v", n, much, timeout)
	}
}
