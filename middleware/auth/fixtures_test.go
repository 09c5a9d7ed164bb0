package auth_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// TestMain keeps the error answers that the tests provoke out of their output.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// counter counts what a Hasher spends.
type counter struct{ all, decoys atomic.Int64 }

func (c *counter) observe(op password.Operation) {
	c.all.Add(1)
	if op.Decoy {
		c.decoys.Add(1)
	}
}

func (c *counter) reset() { c.all.Store(0); c.decoys.Store(0) }

// quick is a Hasher whose operations take microseconds.
func quick() *password.Hasher {
	return &password.Hasher{Memory: 8, Time: 1, InsecureCost: true, Queue: 1000}
}

func newAccounts(tb testing.TB) *auth.Accounts {
	tb.Helper()
	return &auth.Accounts{
		Users: &auth.MemoryUsers{}, Hasher: quick(), Policy: password.Policy{Minimum: 8},
		Logger: slog.New(slog.DiscardHandler),
	}
}

// lenient is a Throttle for tests in which one client makes many mistakes at once.
func lenient() *throttle.Throttle {
	return &throttle.Throttle{Free: 1000, Limit: 1000, NetworkFree: 1000}
}

// newCounted returns accounts with one user, and what they spend from then on.
func newCounted(tb testing.TB, name, pass string, roles ...string) (*auth.Accounts, *counter) {
	tb.Helper()
	count := &counter{}
	accounts := newAccounts(tb)
	accounts.Hasher.Observe = count.observe
	hash, err := accounts.Hasher.Hash(tb.Context(), pass)
	if err != nil {
		tb.Fatal(err)
	}
	if err := accounts.Users.Create(tb.Context(), auth.User{Name: name, Hash: hash, Roles: roles}); err != nil {
		tb.Fatal(err)
	}
	count.reset()
	return accounts, count
}

// state is a session of one browser, in memory.
type state struct {
	mu      sync.Mutex
	values  map[string]string
	subject string
	reads   int
	renewed int
	fail    error
}

var errStore = errors.New("the store is down")

func (s *state) from(context.Context) auth.State { return s }

func (s *state) Value(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return s.values[name], s.fail
}

func (s *state) SetValue(name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = map[string]string{}
	}
	s.values[name] = value
	return s.fail
}

func (s *state) Renew(_ context.Context, subject string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewed++
	s.subject = subject
	return s.fail
}

func (s *state) Destroy(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values, s.subject = nil, ""
	return s.fail
}

// answer runs one request through h, without a server.
func answer(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func request(method, target string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// who answers with the subject of the request's identity.
type who struct{}

func (who) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, ok := auth.From(r.Context())
	if !ok {
		id.Subject = "nobody"
	}
	_, _ = io.WriteString(w, id.Subject)
}

// onServers runs test against h on HTTP/1.1 and on HTTP/2. Its client follows no redirect.
func onServers(t *testing.T, h http.Handler, test func(t *testing.T, c *http.Client, url string)) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			s := httptest.NewUnstartedServer(h)
			s.EnableHTTP2 = protocol == "HTTP/2.0"
			s.StartTLS()
			t.Cleanup(s.Close)
			c := s.Client()
			c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			test(t, c, s.URL)
		})
	}
}

// send returns the response with its body read.
func send(t *testing.T, c *http.Client, r *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func outgoing(t *testing.T, method, url string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// logged returns what f logs to the default logger.
func logged(t *testing.T, f func()) string {
	t.Helper()
	var b bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	defer slog.SetDefault(old)
	f()
	return b.String()
}

// failingUsers is a store that is down at times.
type failingUsers struct {
	auth.Users
	down bool
}

func (f *failingUsers) Lookup(ctx context.Context, name string) (auth.User, error) {
	if f.down {
		return auth.User{}, errStore
	}
	return f.Users.Lookup(ctx, name)
}
