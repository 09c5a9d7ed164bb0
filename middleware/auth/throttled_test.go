package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// tries is a way to send a password.
type tries func(name, pass string, header ...string) *http.Request

func byForm(name, pass string, header ...string) *http.Request {
	form := url.Values{"name": {name}, "password": {pass}}.Encode()
	r := httptest.NewRequest("POST", "/login", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return with(r, header)
}

func byBasic(name, pass string, header ...string) *http.Request {
	return with(request("GET", "/private", "Authorization", basic(name+":"+pass)), header)
}

func with(r *http.Request, header []string) *http.Request {
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// newGuarded returns a site that takes passwords by form and by Basic, and remembers those of
// Basic for as long as cache says.
func newGuarded(t *testing.T, cache time.Duration) *site {
	s := &site{state: &state{}}
	s.accounts, s.count = newCounted(t, "ada", "correct horse")
	s.guard = &auth.Guard{
		Schemes: []auth.Scheme{
			&auth.Session{From: s.state.from, Users: s.accounts.Users},
			&auth.Basic{Accounts: s.accounts, CacheFor: cache},
		},
		Optional: true,
	}
	s.pages = &auth.Pages{Guard: s.guard, Accounts: s.accounts}
	mux := http.NewServeMux()
	mux.Handle("/private", s.guard.Require()(who{}))
	mux.Handle("/login", s.pages.Login())
	s.Handler = s.guard.Wrap(mux)
	return s
}

// bothWays runs test for each way to send a password. right and wrong are the statuses of
// the answers to those.
func bothWays(t *testing.T, test func(t *testing.T, try tries, right, wrong int)) {
	t.Run("form", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, byForm, 303, 422) })
	})
	t.Run("Basic", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, byBasic, 200, 401) })
	})
}

// deviceOf returns the Cookie field that a browser sends after an answer.
func deviceOf(w *httptest.ResponseRecorder) string {
	for _, c := range w.Result().Cookies() {
		if c.Name == "__Host-device" {
			return c.Name + "=" + c.Value
		}
	}
	return ""
}

// spec 20: ten wrong guesses slow an account for strangers, and cost them no hash any more,
// while the owner's known device still logs in.
func TestThrottle20_OwnerGetsIn(t *testing.T) {
	bothWays(t, func(t *testing.T, try tries, right, wrong int) {
		s := newGuarded(t, -1)
		w := answer(s, try("ada", "correct horse"))
		device := deviceOf(w)
		if w.Code != right || device == "" {
			t.Fatalf("the owner, at first: %d %v", w.Code, w.Header())
		}
		for i := range 10 { // as fast as they may
			w := answer(s, try("ada", "wrong"))
			for ; w.Code == 429; w = answer(s, try("ada", "wrong")) {
				wait, err := time.ParseDuration(w.Header().Get("Retry-After") + "s")
				if err != nil {
					t.Fatal(w.Header())
				}
				time.Sleep(wait)
			}
			if w.Code != wrong {
				t.Errorf("guess %d: %d, want %d", i, w.Code, wrong)
			}
		}
		s.count.reset()
		w = answer(s, try("ada", "correct horse"))
		if w.Code != 429 || w.Header().Get("Retry-After") != "32" || s.count.all.Load() != 0 {
			t.Errorf("a stranger with the right password: %d %v, %d hashes; want 429, 32, 0", w.Code, w.Header(), s.count.all.Load())
		}
		if w = answer(s, try("ada", "correct horse", "Cookie", device)); w.Code != right {
			t.Errorf("the owner's device: %d, want %d", w.Code, right)
		}
		if w = answer(s, try("ada", "correct horse")); w.Code != 429 {
			t.Errorf("a stranger after that: %d, want 429", w.Code)
		}
		time.Sleep(33 * time.Second)
		if w = answer(s, try("ada", "correct horse")); w.Code != right {
			t.Errorf("a stranger who waited: %d, want %d", w.Code, right)
		}
	})
}

// spec 20, on real servers: ten at once.
func TestThrottle20_OnServers(t *testing.T) {
	s := newSite(t)
	onServers(t, s, func(t *testing.T, c *http.Client, base string) {
		name := strings.ReplaceAll(t.Name(), "/", " ")
		if _, err := s.accounts.Create(t.Context(), name, "correct horse"); err != nil {
			t.Fatal(err)
		}
		login := func(pass, cookie string) *http.Response {
			r := postForm(t, base+"/login", url.Values{"name": {name}, "password": {pass}, "next": {"/private"}})
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			resp, body := send(t, c, r)
			if resp.StatusCode == 429 && !strings.Contains(body, "Please wait ") {
				t.Errorf("the page does not say how long to wait:\n%s", body)
			}
			return resp
		}
		resp := login("correct horse", "")
		line := resp.Header.Get("Set-Cookie")
		device, attributes, _ := strings.Cut(line, ";")
		if resp.StatusCode != 303 || attributes != " Path=/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax" {
			t.Fatalf("%d, Set-Cookie %q", resp.StatusCode, line)
		}
		s.count.reset()
		got := map[int]int{}
		for range 10 {
			got[login("wrong", "").StatusCode]++
		}
		if got[422] != 5 || got[429] != 5 || s.count.all.Load() != 5 {
			t.Errorf("ten wrong: %v, %d hashes", got, s.count.all.Load())
		}
		if resp := login("correct horse", ""); resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "1" {
			t.Errorf("a stranger: %d %v", resp.StatusCode, resp.Header)
		}
		if resp := login("correct horse", device); resp.StatusCode != 303 {
			t.Errorf("the owner: %d", resp.StatusCode)
		}
	})
}

// Whether there is such an account shows nowhere: not in statuses, headers, pages, delays
// or hashes.
func TestThrottle20_UnknownAccountIsAlike(t *testing.T) {
	bothWays(t, func(t *testing.T, try tries, _, _ int) {
		s := newGuarded(t, -1)
		for _, u := range []auth.User{
			{Name: "q1z", Hash: hashOf(t, s.accounts, "correct horse")},
			{Name: "q2z", Hash: hashOf(t, s.accounts, "wrong"), Disabled: true},
			{Name: "q3z"},
		} {
			if err := s.accounts.Users.Create(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		history := func(name string) string {
			var b strings.Builder
			s.count.reset()
			start := time.Now()
			for i := range 40 {
				w := answer(s, try(name, "wrong", "Accept", []string{"*/*", "text/html", "application/json"}[i%3]))
				fmt.Fprintln(&b, i, w.Code, w.Header(), strings.ReplaceAll(w.Body.String(), name, "NAME"), s.count.all.Load(), time.Since(start))
				time.Sleep(time.Duration(i) * time.Second)
			}
			time.Sleep(time.Hour) // for the network
			return b.String()
		}
		known := history("q1z")
		if !strings.Contains(known, " 429 ") {
			t.Fatal("the user was never slowed")
		}
		for _, name := range []string{"q2z", "q3z", "q4z", "q\x7fz"} {
			if got := history(name); got != known {
				t.Errorf("%q is told from a user:\n%s\n%s", name, got, known)
			}
		}
	})
}

// 200 at a time are no more than one after the other.
func TestThrottle20_Parallel(t *testing.T) {
	bothWays(t, func(t *testing.T, try tries, _, wrong int) {
		s := newGuarded(t, -1)
		s.accounts.Throttle = &throttle.Throttle{Free: 10}
		var refused, limited atomic.Int64
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				switch w := answer(s, try("ada", "wrong")); w.Code {
				case wrong:
					refused.Add(1)
				case 429:
					limited.Add(1)
				default:
					t.Error(w.Code)
				}
			})
		}
		wg.Wait()
		if n := s.count.all.Load(); n != 10 || refused.Load() != 10 || limited.Load() != 190 {
			t.Errorf("%d hashes, %d refused, %d limited; want 10, 10, 190", n, refused.Load(), limited.Load())
		}
	})
}

// A name that a store takes in several forms has one count.
func TestThrottleSeesOneName(t *testing.T) {
	for name, users := range map[string]func(auth.Users) auth.Users{
		"a store that tells case apart": func(u auth.Users) auth.Users { return u },
		"a store that does not":         func(u auth.Users) auth.Users { return folding{u, strings.ToLower} },
		"a store that goes by the street": func(u auth.Users) auth.Users {
			return folding{u, func(s string) string { return strings.ToLower(strings.TrimRight(s, "0123456789")) }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newGuarded(t, -1)
			s.accounts.Users = users(s.accounts.Users)
			forms := []string{"ada", "ADA", "Ada", "aDa", "adA"}
			if strings.Contains(name, "street") {
				forms = []string{"ada", "ADA1", "ada2", "ada33", "Ada4"}
			}
			for _, form := range forms {
				if w := answer(s, byBasic(form, "wrong")); w.Code != 401 {
					t.Errorf("%s: %d", form, w.Code)
				}
			}
			if w := answer(s, byBasic("ada", "correct horse")); w.Code != 429 {
				t.Errorf("%d, want 429", w.Code)
			}
		})
	}
}

// Where case tells two users apart, who has the one name neither takes back what they guess at
// the other nor has a device of theirs.
func TestThrottleOfTwoNames(t *testing.T) {
	s := newGuarded(t, -1)
	if _, err := s.accounts.Create(t.Context(), "ADA", "tigers like tea"); err != nil {
		t.Fatal(err)
	}
	looked := 0
	for range 20 {
		if w := answer(s, byBasic("ada", "wrong")); w.Code == 401 {
			looked++
		}
		w := answer(s, byBasic("ADA", "tigers like tea"))
		if cookie, _, ok := strings.Cut(w.Header().Get("Set-Cookie"), ";"); ok {
			if knows(t, s.accounts, "ada", cookie) || !knows(t, s.accounts, "ADA", cookie) {
				t.Errorf("%s is of ada", cookie)
			}
		}
	}
	if looked != 5 {
		t.Errorf("%d guesses at once", looked)
	}
}

// folding is a store that takes several names for one.
type folding struct {
	auth.Users
	fold func(string) string
}

func (f folding) Lookup(ctx context.Context, name string) (auth.User, error) {
	return f.Users.Lookup(ctx, f.fold(name))
}

// What could not be found out is no wrong guess; what a client did not wait for is.
func TestThrottleCountsWhatWasLookedAt(t *testing.T) {
	s := newGuarded(t, -1)
	store := &watched{Users: s.accounts.Users}
	s.accounts.Users = store
	var leave context.CancelFunc = func() {}
	hasher := &password.Hasher{
		Memory: 8, Time: 1, InsecureCost: true, Workers: 1, Queue: -1,
		Observe: func(op password.Operation) { s.count.observe(op); leave() },
	}
	s.accounts.Hasher = hasher
	permit, err := hasher.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if w := answer(s, byBasic("ada", "wrong")); w.Code != 503 {
			t.Errorf("a full gate: %d, want 503", w.Code)
		}
	}
	permit.Leave()
	store.lookupErr = errStore
	for range 10 {
		if w := answer(s, byBasic("ada", "wrong")); w.Code != 503 {
			t.Errorf("the store is down: %d, want 503", w.Code)
		}
	}
	store.lookupErr = nil
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		leave = cancel // in the middle of the hash
		answer(s, byBasic("ada", "wrong").WithContext(ctx))
	}
	if w := answer(s, byBasic("ada", "wrong")); w.Code != 429 {
		t.Errorf("after five whose clients left: %d, want 429", w.Code)
	}
}

// spec 17, 18, 20: what is remembered needs no guess, and asks neither throttle nor gate.
func TestThrottle20_RememberedBypasses(t *testing.T) {
	s := newGuarded(t, time.Minute)
	if w := answer(s, byBasic("ada", "correct horse")); w.Code != 200 {
		t.Fatal(w.Code)
	}
	for range 10 {
		answer(s, byBasic("ada", "wrong"))
	}
	if w := answer(s, byBasic("ada", "correct horse")); w.Code != 200 {
		t.Errorf("remembered: %d", w.Code)
	}
	if w := answer(s, byForm("ada", "correct horse")); w.Code != 429 {
		t.Errorf("by the form, where nothing is remembered: %d, want 429", w.Code)
	}
}

// spec 19, 20: in a flood of strangers the owner's device gets a worker soon.
func TestGate19_KnownDeviceInAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGuarded(t, -1)
		slow := false
		s.accounts.Hasher = &password.Hasher{
			Memory: 8, Time: 1, InsecureCost: true, Workers: 1,
			Observe: func(password.Operation) {
				if slow {
					time.Sleep(50 * time.Millisecond)
				}
			},
		}
		hash := hashOf(t, s.accounts, "correct horse")
		_ = s.accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { u.Hash = hash; return nil })
		device := deviceOf(answer(s, byBasic("ada", "correct horse")))
		slow = true
		var flood sync.WaitGroup
		defer flood.Wait()
		for i := range 100 {
			flood.Go(func() {
				for range 20 {
					r := byBasic(fmt.Sprint("user", i), "wrong")
					r.RemoteAddr = fmt.Sprintf("10.0.%d.1:1234", i)
					answer(s, r)
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		time.Sleep(25 * time.Millisecond)
		for range 5 {
			start := time.Now()
			w := answer(s, byBasic("ada", "correct horse", "Cookie", device))
			if took := time.Since(start); w.Code != 200 || took > 150*time.Millisecond {
				t.Errorf("%d after %v; want 200 within three operations", w.Code, took)
			}
		}
		time.Sleep(15 * time.Millisecond) // the place that was left is taken
		if w := answer(s, byBasic("ada", "correct horse")); w.Code != 503 {
			t.Errorf("without the cookie: %d, want 503", w.Code)
		}
	})
}

// For other pages: codes are counted apart from passwords, and what has no right answer is
// limited as well.
func TestAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, _ := newCounted(t, "ada", "correct horse")
		code := func(use string) error {
			a, err := accounts.Attempt(byForm("", ""), "ada", use)
			if err == nil {
				a.Fail()
			}
			return err
		}
		for range 5 {
			if err := code("code"); err != nil {
				t.Fatal(err)
			}
		}
		var limited *throttle.Limited
		if err := code("code"); !errors.As(err, &limited) || limited.RetryAfter != time.Second {
			t.Errorf("the sixth code: %v", err)
		}
		if err := code(""); err != nil {
			t.Errorf("a password after five codes: %v", err)
		}
		guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
		w := httptest.NewRecorder()
		guard.Refuse(w, byForm("", ""), fmt.Errorf("the code: %w", code("code")))
		if w.Code != 429 || w.Header().Get("Retry-After") != "1" || w.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("Refuse: %d %v", w.Code, w.Header())
		}
		if err := code("reset"); err != nil {
			t.Error(err)
		}
	})
}

func TestWaitInWords(t *testing.T) {
	for _, tt := range []struct {
		limits *throttle.Throttle
		want   string
	}{
		{&throttle.Throttle{Free: 1}, "wait a second and"},
		{&throttle.Throttle{Free: 1, Delay: 1500 * time.Millisecond}, "wait 2 seconds and"},
		{&throttle.Throttle{Free: 1, Delay: 90 * time.Second}, "wait 90 seconds and"},
		{&throttle.Throttle{Free: 1, Delay: 91 * time.Second}, "wait 2 minutes and"},
		{&throttle.Throttle{Free: 1, Delay: 15 * time.Minute}, "wait 15 minutes and"},
		{&throttle.Throttle{Free: 1, Delay: 24 * time.Hour, MaxDelay: 24 * time.Hour}, "wait 24 hours and"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newGuarded(t, -1)
			s.accounts.Throttle = tt.limits
			answer(s, byForm("ada", "wrong"))
			page, program := answer(s, byForm("ada", "wrong")), answer(s, byBasic("ada", "wrong"))
			if !strings.Contains(page.Body.String(), tt.want) || !strings.Contains(program.Body.String(), tt.want) {
				t.Errorf("want %q in\n%s\n%s", tt.want, page.Body, program.Body)
			}
			if !strings.Contains(page.Body.String(), `name="password"`) || page.Header().Get("Content-Security-Policy") == "" {
				t.Errorf("not the form again:\n%s", page.Body)
			}
			if got := page.Header()["Retry-After"]; len(got) != 1 || got[0] != program.Header().Get("Retry-After") {
				t.Errorf("Retry-After %q and %q", got, program.Header()["Retry-After"])
			}
		})
	}
}
