package storetest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

func concurrencyChecks() []check {
	return []check{
		{"10 no update is lost", parallelUpdates},
		{"10 different keys", differentKeys},
		{"10 nothing is torn", nothingTorn},
		{"11 a slow reader reverts nothing", slowReader},
		{"12 no zombie", noZombie},
		{"12 a login after the end", loginAfterEnd},
		{"13 rotation with grace", rotation},
		{"14 values are copies", copies},
		{"15 goroutines of one handler", goroutines},
	}
}

// parallelUpdates: 50 requests that think for 2 ms each add one.
func parallelUpdates(t *trial) {
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	together(50, func(int) {
		if a := b.copy().get("/increment"); a.StatusCode != http.StatusOK {
			t.Errorf("one of 50 parallel increments is answered with %d %.200q", a.StatusCode, a.body)
		}
	})
	if t.can&session.Merge != 0 {
		b.wantBody("after 50 parallel increments", "/all", "name=x theme= count=50 subject=", whyLost)
		return
	}
	// The last save wins: some are lost, what else the session holds is not.
	a := b.must("/all")
	var n int
	if _, err := fmt.Sscanf(a.body, "name=x theme= count=%d subject=", &n); err != nil || n < 0 || n > 50 {
		t.Errorf("after 50 parallel increments: %q, want a session that one of them stored", a.body)
	}
	t.Logf("50 parallel increments make %d: this store cannot merge", n)
}

// differentKeys: of two requests that change different values neither undoes the
// other, where the store can merge.
func differentKeys(t *trial) {
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?first")
	c := b.copy()
	finish := c.slow("/slow?dark")
	b.must("/set?second")
	finish()
	if t.can&session.Merge != 0 {
		b.wantBody("two parallel changes", "/all", "name=second theme=dark count=0 subject=", whyLost)
		return
	}
	c.wantBody("the last save wins", "/all", "name=first theme=dark count=0 subject=", "as the package's table says")
}

// nothingTorn: values that one request sets belong together in whatever is stored.
func nothingTorn(t *trial) {
	b := t.site(&session.Manager{}, map[string]page{
		"/pair": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			v := strings.Repeat(r.URL.RawQuery, 200)
			_ = name.Set(s, v)
			_ = theme.Set(s, v)
		},
		"/compare": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			a, _ := name.Get(s)
			b, _ := theme.Get(s)
			if a != b || len(a) != 600 {
				fmt.Fprintf(w, "%.10q and %.10q", a, b)
			}
		},
	}).browser()
	b.must("/pair?000")
	together(16, func(i int) {
		for n := range 5 {
			b.copy().try(fmt.Sprintf("/pair?%03d", 10*i+n))
			b.copy().wantBody("while others save", "/compare", "", "a session must be what some request stored")
		}
	})
	b.wantBody("afterwards", "/compare", "", "a session must be what some request stored")
}

func slowReader(t *trial) {
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?first")
	reader := b.copy()
	finish := reader.slow("/slow")
	b.must("/set?second")
	if a := finish(); len(a.cookies()) > 0 {
		t.Errorf("a request that changed nothing sets %q", a.cookies())
	}
	b.wantBody("after a slow reader", "/name", "second", "a read-only request must revert nothing")
}

func noZombie(t *trial) {
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	stolen, slow := b.copy(), b.copy()
	finish := slow.slow("/slow?zombie")
	b.must("/logout")
	a := finish()
	if a.StatusCode != http.StatusOK || len(a.cookies()) > 0 {
		t.Errorf("a change that comes too late is answered with %d and sets %q", a.StatusCode, a.cookies())
	}
	for _, c := range []*browser{stolen, slow} {
		c.wantBody("after the logout", "/all", nobody, whyZombie)
	}
}

// loginAfterEnd: a login whose session was destroyed meanwhile holds in a new one.
func loginAfterEnd(t *trial) {
	ada := newSubject()
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	c := b.copy()
	finish := c.slow("/slowlogin?" + ada)
	b.copy().must("/logout")
	finish()
	c.wantBody("signed in", "/all", nobody+ada, "the user has just signed in")
	b.wantBody("the destroyed session", "/all", nobody, whyZombie)
}

// rotation: parallel requests across a change of the secret stay signed in; the old
// secret dies when the grace is over.
func rotation(t *trial) {
	// Long enough that no second rotation comes among the parallel requests on a slow machine.
	const every = 3 * time.Second
	s := t.site(&session.Manager{RotateEvery: every, Grace: 2 * time.Second}, nil)
	b := s.browser()
	b.must("/set?x")
	first := b.cookie
	time.Sleep(every + 100*time.Millisecond)
	if t.can&session.Merge == 0 {
		if a := b.must("/name"); len(a.cookies()) > 0 {
			t.Errorf("a store without rotation sets %q at a request that changed nothing", a.cookies())
		}
		return
	}
	var mu sync.Mutex
	var tokens []string
	together(30, func(int) {
		c := b.copy()
		c.try("/increment")
		mu.Lock()
		defer mu.Unlock()
		tokens = append(tokens, c.cookie)
	})
	slices.Sort(tokens)
	if tokens = slices.Compact(tokens); len(tokens) != 1 || tokens[0] == first {
		t.Fatalf("30 parallel requests with the old token are given %d tokens, want one new token for all", len(tokens))
	}
	b.cookie = tokens[0]
	b.wantBody("with the new token", "/all", "name=x theme= count=30 subject=", "a rotation must sign nobody out")
	old := s.browser()
	if !t.eventually(func() bool { old.cookie = first; return old.get("/name").body == "" }) {
		t.Errorf("the old token is still good after its grace")
	}
	s.wantHeard(session.EventReused)
	// Meanwhile it may have been time for another rotation.
	b.wantBody("with the new token", "/name", "x", "a replayed old token must not sign its owner out")
}

func copies(t *trial) {
	b := t.site(&session.Manager{}, map[string]page{
		"/fill": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			v := []string{"a", "b"}
			_ = cart.Set(s, v)
			v[0] = "changed after Set"
		},
		"/mutate": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			v, _ := cart.Get(s)
			if len(v) == 2 {
				v[1] = "changed after Get"
			}
			v, _ = cart.Get(s)
			fmt.Fprint(w, v)
		},
	}).browser()
	b.must("/fill")
	for range 2 {
		b.wantBody("a value changed in place", "/mutate", "[a b]", "values are copies")
	}
}

func goroutines(t *trial) {
	b := t.site(&session.Manager{}, map[string]page{
		"/many": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			together(20, func(i int) {
				_ = count.Update(s, func(n int) int { return n + 1 })
				_, _ = name.Get(s)
				_ = theme.Set(s, fmt.Sprint(i))
				_, _ = s.Handle(), s.Err()
				_ = s.Save(r.Context())
			})
			_ = theme.Delete(s)
		},
	}).browser()
	b.must("/set?x")
	b.must("/many")
	b.wantBody("after 20 goroutines", "/all", "name=x theme= count=20 subject=", whyLost)
}
