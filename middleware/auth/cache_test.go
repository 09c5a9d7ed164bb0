package auth_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

// spec 17: a right password is remembered, and what changes about its user is seen at once.
func TestCacheSeesChanges(t *testing.T) {
	accounts, count := newCounted(t, "ada", "correct horse", "admin")
	header := &auth.Basic{Accounts: accounts}
	h := (&auth.Guard{Schemes: []auth.Scheme{header}}).Wrap(roles{})
	right := basic("ada:correct horse")
	check := func(what string, status int, body string, hashes int64) {
		t.Helper()
		count.reset()
		w := answer(h, request("GET", "/", "Authorization", right))
		if w.Code != status || status == 200 && w.Body.String() != body {
			t.Errorf("%s: %d %s, want %d %s", what, w.Code, w.Body, status, body)
		}
		if n := count.all.Load(); n != hashes {
			t.Errorf("%s: %d operations, want %d", what, n, hashes)
		}
	}
	update := func(change func(*auth.User)) {
		t.Helper()
		if err := accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { change(u); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	check("first", 200, "ada [admin]", 1)
	check("second", 200, "ada [admin]", 0)
	update(func(u *auth.User) { u.Roles = []string{"editor"} })
	check("other roles", 200, "ada [editor]", 0)
	update(func(u *auth.User) { u.Disabled = true })
	check("disabled", 401, "", 1)
	update(func(u *auth.User) { u.Disabled = false })
	check("enabled again", 200, "ada [editor]", 0)
	if _, err := accounts.SetPassword(t.Context(), "ada", "tigers like tea"); err != nil {
		t.Fatal(err)
	}
	check("changed password", 401, "", 1)
	right = basic("ada:tigers like tea")
	check("new password", 200, "ada [editor]", 1)
	accounts.Users.(*auth.MemoryUsers).Delete("ada")
	check("deleted", 401, "", 1)
}

type roles struct{}

func (roles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.From(r.Context())
	fmt.Fprint(w, id.Subject, " ", id.Roles)
}

// spec 17: wrong passwords are never remembered.
func TestWrongPasswordIsNotCached(t *testing.T) {
	accounts, count := newCounted(t, "ada", "correct horse")
	h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}).Wrap(who{})
	for range 3 {
		if w := answer(h, request("GET", "/", "Authorization", basic("ada:wrong"))); w.Code != 401 {
			t.Errorf("%d", w.Code)
		}
	}
	if n := count.all.Load(); n != 3 {
		t.Errorf("%d operations, want 3", n)
	}
}

// spec 17: short-lived, and bounded.
func TestCacheIsShortLivedAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			life  time.Duration
			wait  time.Duration
			total int64
		}{
			{0, 59 * time.Second, 1},
			{0, 61 * time.Second, 2},
			{time.Second, 2 * time.Second, 2},
			{-1, 0, 2},
		} {
			accounts, count := newCounted(t, "ada", "correct horse")
			h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts, CacheFor: tt.life}}}).Wrap(who{})
			answer(h, request("GET", "/", "Authorization", basic("ada:correct horse")))
			time.Sleep(tt.wait)
			answer(h, request("GET", "/", "Authorization", basic("ada:correct horse")))
			if n := count.all.Load(); n != tt.total {
				t.Errorf("CacheFor %v, after %v: %d operations, want %d", tt.life, tt.wait, n, tt.total)
			}
		}
	})
	accounts, count := newCounted(t, "user0", "correct horse")
	for i := 1; i < 5; i++ {
		if _, err := accounts.Create(t.Context(), fmt.Sprint("user", i), "correct horse"); err != nil {
			t.Fatal(err)
		}
	}
	count.reset()
	h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts, CacheSize: 2}}}).Wrap(who{})
	for range 2 {
		for i := range 5 {
			if w := answer(h, request("GET", "/", "Authorization", basic(fmt.Sprintf("user%d:correct horse", i)))); w.Code != 200 {
				t.Fatal(w.Code)
			}
		}
	}
	if n := count.all.Load(); n < 8 { // 5 the first time, 3 of 5 or more the second
		t.Errorf("%d operations for 5 users in a cache of 2", n)
	}
}

// spec 18: the cache is asked again after the gate.
func TestParallelFirstRequests(t *testing.T) {
	for _, workers := range []int64{1, 2, 4} {
		t.Run(fmt.Sprint("workers=", workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				accounts, count := newCounted(t, "ada", "correct horse")
				hash := hashOf(t, accounts, "correct horse")
				_ = accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { u.Hash = hash; return nil })
				accounts.Hasher = &password.Hasher{
					Memory: 8, Time: 1, InsecureCost: true, Workers: int(workers),
					Observe: func(op password.Operation) {
						time.Sleep(time.Second) // all are at the gate before the first is through
						count.observe(op)
					},
				}
				count.reset()
				h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}).Wrap(who{})
				var wg sync.WaitGroup
				var right atomic.Int64
				for range 6 {
					wg.Go(func() {
						if w := answer(h, request("GET", "/", "Authorization", basic("ada:correct horse"))); w.Code == 200 {
							right.Add(1)
						}
					})
				}
				wg.Wait()
				if n := count.all.Load(); n > workers || right.Load() != 6 {
					t.Errorf("%d operations, %d answered; want at most %d, and 6", n, right.Load(), workers)
				}
			})
		})
	}
}

// spec 19, seen from outside: a full queue is 503 with Retry-After, and who is known passes.
func TestFloodIsTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, _ := newCounted(t, "ada", "correct horse")
		release := make(chan struct{})
		close(release)
		hold := &release
		accounts.Hasher = &password.Hasher{
			Memory: 8, Time: 1, InsecureCost: true, Workers: 1,
			Observe: func(password.Operation) { <-*hold },
		}
		h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}).Wrap(who{})
		known := request("GET", "/", "Authorization", basic("ada:correct horse"))
		if w := answer(h, known); w.Code != 200 {
			t.Fatal(w.Code)
		}
		shut := make(chan struct{})
		*hold = shut
		var refused, busy atomic.Int64
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				w := answer(h, request("GET", "/", "Authorization", basic(fmt.Sprintf("user%d:wrong", i))))
				switch {
				case w.Code == 401:
					refused.Add(1)
				case w.Code == 503 && w.Header().Get("Retry-After") == "1":
					busy.Add(1)
				default:
					t.Error(w.Code, w.Header())
				}
			})
		}
		synctest.Wait()
		if busy.Load() != 100-1-16 || refused.Load() != 0 {
			t.Errorf("turned away %d, refused %d; want 83, 0", busy.Load(), refused.Load())
		}
		if w := answer(h, known); w.Code != 200 {
			t.Errorf("a remembered credential in a flood: %d", w.Code)
		}
		close(shut)
		wg.Wait()
		if refused.Load() != 17 {
			t.Errorf("refused %d, want 17", refused.Load())
		}
	})
}

// The store is asked behind a remembered credential too: it fails closed.
func TestCachedWhileStoreIsDown(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	store := &watched{Users: accounts.Users}
	accounts.Users = store
	h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}).Wrap(who{})
	r := request("GET", "/", "Authorization", basic("ada:correct horse"))
	for _, tt := range []struct {
		fail   error
		status int
	}{{errStore, 503}, {nil, 200}, {nil, 200}, {errStore, 503}, {nil, 200}} {
		store.lookupErr = tt.fail
		w := answer(h, r)
		if w.Code != tt.status || (w.Code == 503) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("store %v: %d %v, want %d", tt.fail, w.Code, w.Header(), tt.status)
		}
	}
}
