package postgresstore_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

// Fifty parallel increments by two processes are fifty.
func TestConcurrency10_TwoProcesses(t *testing.T) {
	srv := newDatabase(t)
	sites := []string{newSite(t, srv.URL(), 0), newSite(t, srv.URL(), 0)}
	b := newBrowser(t)
	b.get(t, sites[0]+"/add")
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() { want(t, "status", b.get(t, sites[n%2]+"/add").status, 200) })
	}
	all.Wait()
	want(t, "count", b.get(t, sites[0]+"/count").body, "51")
}

// A restart of the server fails requests cleanly, loses nothing that was acknowledged,
// and leaves no connection and no goroutine behind.
func TestRestartInMidLoad(t *testing.T) {
	srv := testserver.Postgres(t)
	restart(t, srv, false, 1)
	restart(t, srv, true, 1)
}

func restart(t *testing.T, srv *testserver.PostgresServer, kill bool, times int) {
	goroutines := runtime.NumGoroutine()
	t.Run("load", func(t *testing.T) {
		site := newSite(t, srv.URL()+"&application_name=shop&pool_max_conns=6", 2*time.Second)
		const workers = 8
		var all sync.WaitGroup
		var stop atomic.Bool
		var answered, failed, recovered atomic.Int64
		for range workers {
			all.Go(func() {
				b := newBrowser(t)
				eventually(t, "a first answer", func() bool { return b.get(t, site+"/add").status == 200 })
				acknowledged, unknown := 1, 0
				for !stop.Load() {
					switch a := b.get(t, site+"/add"); a.status {
					case 200:
						acknowledged++
						answered.Add(1)
					case 503:
						unknown++
						failed.Add(1)
						a.wantClean(t)
					default:
						t.Errorf("status %d: %s", a.status, a.body)
					}
				}
				var a answer
				eventually(t, "recovery", func() bool { a = b.get(t, site+"/count"); return a.status == 200 })
				var n int
				if _, err := fmt.Sscan(a.body, &n); err != nil || n < acknowledged || n > acknowledged+unknown {
					t.Errorf("the count is %q, of %d acknowledged and %d failed", a.body, acknowledged, unknown)
				}
				recovered.Add(1)
			})
		}
		more := func(n *atomic.Int64) {
			t.Helper()
			before := n.Load()
			eventually(t, "requests", func() bool { return n.Load() > before+20 })
		}
		more(&answered)
		for range times {
			if kill {
				srv.Kill()
			} else {
				srv.Stop()
			}
			more(&failed)
			srv.Start()
			more(&answered)
		}
		stop.Store(true)
		all.Wait()
		want(t, "workers that recovered", recovered.Load(), workers)
		if n := connections(t, srv); n < 1 || n > 6 {
			t.Errorf("%d connections, of at most 6", n)
		}
		t.Logf("%d requests answered, %d failed", answered.Load(), failed.Load())
	})
	eventually(t, "the end of the connections", func() bool { return connections(t, srv) == 0 })
	eventually(t, "the end of the goroutines", func() bool { return runtime.NumGoroutine() <= goroutines })
}

// TestRestartKill restarts the server again and again; scripts/soak runs it.
func TestRestartKill(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("takes a minute; SOAK=1 runs it")
	}
	srv := testserver.Postgres(t)
	restart(t, srv, false, 20)
	restart(t, srv, true, 20)
}

// While the server hangs every request ends within the Timeout; it goes on afterwards.
// The way to the server hangs instead: a signal would reach only the first of its
// processes.
func TestPause(t *testing.T) {
	srv := testserver.Postgres(t)
	link := testserver.LinkTo(t, srv.Addr)
	url := strings.Replace(srv.URL(), srv.Addr, link.Addr, 1)
	goroutines := runtime.NumGoroutine()
	t.Run("load", func(t *testing.T) {
		const timeout = 500 * time.Millisecond
		site := newSite(t, url+"&application_name=shop", timeout)
		b := newBrowser(t)
		want(t, "before", b.get(t, site+"/add").status, 200)
		link.Freeze()
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				began := time.Now()
				a := b.get(t, site+"/add")
				want(t, "status", a.status, 503)
				a.wantClean(t)
				if took := time.Since(began); took > timeout+2*time.Second {
					t.Errorf("a request took %v", took)
				}
				want(t, "one that has no need of its session", b.get(t, site+"/plain").body, "plain")
			})
		}
		all.Wait()
		link.Thaw()
		eventually(t, "recovery", func() bool { return b.get(t, site+"/add").status == 200 })
	})
	eventually(t, "the end of the connections", func() bool { return connections(t, srv) == 0 })
	eventually(t, "the end of the goroutines", func() bool { return runtime.NumGoroutine() <= goroutines })
}

// To close, or to open, does not take longer because the server hangs.
func TestCloseWhileTheServerHangs(t *testing.T) {
	srv := testserver.Postgres(t)
	link := testserver.LinkTo(t, srv.Addr)
	goroutines := runtime.NumGoroutine()
	c := postgresstore.Config{URL: strings.Replace(srv.URL(), srv.Addr, link.Addr, 1), Timeout: 100 * time.Millisecond}
	s := open(t, c)
	link.Freeze()
	_, err := s.Load(t.Context(), id(1))
	wantText(t, "load", err, "Config.Timeout")
	began := time.Now()
	wantErr(t, "close", s.Close(), nil)
	_, err = postgresstore.Open(t.Context(), c)
	wantText(t, "open", err, "Config.Timeout")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	link.Thaw()
	eventually(t, "the end of the goroutines", func() bool { return runtime.NumGoroutine() <= goroutines })
}

// A load is asked again where connections broke unseen: nobody notices.
func TestLoadAfterRestart(t *testing.T) {
	srv := newDatabase(t)
	pool := newPool(t, srv.URL()+"&pool_max_conns=4")
	s := open(t, postgresstore.Config{Pool: pool, ExpireEvery: -1})
	r := record("ada", "x")
	r.Version, _ = s.Save(t.Context(), id(1), r)
	const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
	for range 3 {
		warm(t, pool, 4)
		run(t, srv, terminate)
		_, err := s.Load(t.Context(), id(1))
		wantErr(t, "load", err, nil)
		warm(t, pool, 4)
		run(t, srv, terminate)
		wantErr(t, "touch", s.Touch(t.Context(), id(1), r.Expires), nil)
		want(t, "listed", listed(t, s, "ada"), 1)
	}
}

// warm uses n connections at once, so that the pool believes in them.
func warm(t *testing.T, pool *pgxpool.Pool, n int) {
	t.Helper()
	var held []*pgxpool.Conn
	for range n {
		c, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	for _, c := range held {
		if err := c.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		c.Release()
	}
}

// connections counts those of the site.
func connections(tb testing.TB, srv *testserver.PostgresServer) (n int) {
	tb.Helper()
	query(tb, srv, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shop'`, &n)
	return n
}

// newSite serves a counter, and returns its address.
func newSite(t *testing.T, url string, timeout time.Duration) string {
	t.Helper()
	s := open(t, postgresstore.Config{URL: url, Timeout: timeout, Table: "counters"})
	hits := session.NewKey[int]("hits")
	mux := http.NewServeMux()
	mux.HandleFunc("/add", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		if err := hits.Update(s, func(n int) int { return n + 1 }); err != nil {
			session.ErrorPage(w, r, err)
			return
		}
		_, _ = io.WriteString(w, "page")
	})
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		n, _ := hits.Get(s)
		if err := s.Err(); err != nil {
			session.ErrorPage(w, r, err)
			return
		}
		fmt.Fprint(w, n)
	})
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "plain") })
	m := &session.Manager{Store: session.NewServerStore(s), Events: func(context.Context, session.Event) {}}
	srv := httptest.NewUnstartedServer(m.Wrap(mux))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.StartTLS() // the cookie is Secure
	t.Cleanup(srv.Close)
	return srv.URL
}

// browser keeps cookies.
type browser struct{ http *http.Client }

func newBrowser(t *testing.T) *browser {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{MaxIdleConnsPerHost: 50, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{&http.Client{Transport: transport, Jar: jar}}
}

type answer struct {
	status     int
	body       string
	retryAfter string
}

func (b *browser) get(t *testing.T, url string) answer {
	res, err := b.http.Get(url)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("an answer broke off: %v", err)
	}
	return answer{res.StatusCode, string(body), res.Header.Get("Retry-After")}
}

// wantClean checks an answer that tells of an outage.
func (a answer) wantClean(t *testing.T) {
	t.Helper()
	if a.retryAfter == "" || strings.Contains(a.body, "page") || strings.Contains(a.body, "postgres") {
		t.Errorf("Retry-After %q, body %s", a.retryAfter, a.body)
	}
}
