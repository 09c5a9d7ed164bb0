package wsgi_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
	"github.com/surcoat/surcoat/internal/testserver"
)

// site is an App behind a server.
type site struct {
	*httptest.Server
	app *wsgi.App
	log *record
}

// record is a log that a test can look at.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *record) count(text string) int { return strings.Count(r.String(), text) }

// await waits until the log has text n times.
func (r *record) await(t *testing.T, n int, text string) {
	t.Helper()
	eventually(t, "the log has "+text, func() bool { return r.count(text) >= n })
}

// eventually waits until is returns true.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is not so that %s", what)
		}
	}
}

// python is Debian's, which has Django and Flask, or the one that there is.
func python(t testing.TB) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: there are no worker processes on Windows")
	}
	return testserver.Program(t, "python3", "/usr/bin/python3", "python3")
}

// prepare fills in what all tests have in common, and has app closed when the test ends.
func prepare(t testing.TB, app *wsgi.App) *record {
	t.Helper()
	log := &record{}
	app.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	app.Python = python(t)
	if app.Dir == "" {
		app.Dir, _ = filepath.Abs("testdata")
	}
	if app.Processes == 0 {
		app.Processes = 1
	}
	if app.Env == nil {
		app.Env = map[string]string{}
	}
	app.Env["PYTHONDONTWRITEBYTECODE"] = "1"
	t.Cleanup(func() {
		_ = app.Close()
		if t.Failed() {
			t.Logf("log:\n%s", log)
		}
	})
	return log
}

// serve starts app behind a server.
func serve(t testing.TB, app *wsgi.App) *site {
	t.Helper()
	log := prepare(t, app)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return front(t, app, log)
}

// front puts a server before app.
func front(t testing.TB, app *wsgi.App, log *record) *site { return frontOf(t, app, app, log) }

// frontOf is front where layers are around app.
func frontOf(t testing.TB, h http.Handler, app *wsgi.App, log *record) *site {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.Start()
	t.Cleanup(srv.Close)
	return &site{srv, app, log}
}

// answer is what a client got. err is of the body.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (s *site) get(t testing.TB, path string) answer { return s.do(t, http.MethodGet, path, nil) }

func (s *site) do(t testing.TB, method, path string, body io.Reader) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	return s.send(t, r)
}

func (s *site) send(t testing.TB, r *http.Request) answer {
	t.Helper()
	res, err := s.Client().Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(b), err}
}
