package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

var (
	home   = netip.MustParseAddr("192.0.2.1")
	away   = netip.MustParseAddr("198.51.100.7")
	laptop = throttle.Device{1}
	thief  = throttle.Device{2}
)

func stranger(account string) throttle.Key { return throttle.Key{Account: account, Client: away} }

// guess makes a wrong guess, and returns how long it has to wait instead.
func guess(t *testing.T, limits *throttle.Throttle, k throttle.Key) (wait time.Duration) {
	t.Helper()
	return try(t, limits, k, (*throttle.Attempt).Fail)
}

func try(t *testing.T, limits *throttle.Throttle, k throttle.Key, end func(*throttle.Attempt)) (wait time.Duration) {
	t.Helper()
	a, err := limits.Attempt(t.Context(), k)
	var limited *throttle.Limited
	switch {
	case errors.As(err, &limited):
		return limited.RetryAfter
	case err != nil:
		t.Fatal(err)
	}
	end(a)
	a.Cancel() // does nothing any more
	return 0
}

// guesses makes n wrong ones, as soon as each may be made.
func guesses(t *testing.T, limits *throttle.Throttle, k throttle.Key, n int) {
	t.Helper()
	for range n {
		for wait := guess(t, limits, k); wait > 0; wait = guess(t, limits, k) {
			time.Sleep(wait)
		}
	}
}

// spec 20: strangers wait longer after every wrong guess, and after very many they wait for
// the day to pass (NIST SP 800-63B-4 §3.2.2).
func TestDelays(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits *throttle.Throttle
		after  int
		want   time.Duration
	}{
		{"none", &throttle.Throttle{}, 0, 0},
		{"the last free one but one", &throttle.Throttle{}, 4, 0},
		{"the last free one", &throttle.Throttle{}, 5, time.Second},
		{"one more", &throttle.Throttle{}, 6, 2 * time.Second},
		{"ten", &throttle.Throttle{}, 10, 32 * time.Second},
		{"fourteen", &throttle.Throttle{}, 14, 512 * time.Second},
		{"fifteen", &throttle.Throttle{}, 15, 15 * time.Minute},
		{"ninety-nine", &throttle.Throttle{}, 99, 15 * time.Minute},
		{"a hundred", &throttle.Throttle{}, 100, 24 * time.Hour},
		{"fields", &throttle.Throttle{Free: 1, Delay: time.Minute, MaxDelay: 3 * time.Minute, Limit: 4}, 1, time.Minute},
		{"fields", &throttle.Throttle{Free: 1, Delay: time.Minute, MaxDelay: 3 * time.Minute, Limit: 4}, 3, 3 * time.Minute},
		{"fields", &throttle.Throttle{Free: 1, Delay: time.Minute, Limit: 4, Forget: time.Hour}, 4, time.Hour},
		{"delays of years", &throttle.Throttle{Delay: math.MaxInt64 / 3, MaxDelay: math.MaxInt64 / 2, Forget: math.MaxInt64 / 2}, 5, math.MaxInt64 / 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				guesses(t, tt.limits, stranger("ada"), tt.after)
				if got := guess(t, tt.limits, stranger("ada")); got != tt.want {
					t.Errorf("after %d wrong guesses: %v, want %v", tt.after, got, tt.want)
				}
			})
		})
	}
}

// Who tries again too early is not made to wait longer for it.
func TestEarlyTriesCountNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{}
		guesses(t, limits, stranger("ada"), 7) // four seconds
		for range 100 {
			guess(t, limits, stranger("ada"))
		}
		time.Sleep(3 * time.Second)
		if got := guess(t, limits, stranger("ada")); got != time.Second {
			t.Errorf("after three seconds: wait %v, want 1s", got)
		}
		time.Sleep(time.Second)
		if got := try(t, limits, stranger("ada"), (*throttle.Attempt).Succeed); got != 0 {
			t.Errorf("after four seconds: wait %v", got)
		}
	})
}

// 200 guesses at a time are no more than one after the other: what is under way counts.
func TestParallelGuessesKeepTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{Free: 10}
		round := func() (looked, refused int64) {
			var l, r atomic.Int64
			var wg sync.WaitGroup
			for range 200 {
				wg.Go(func() {
					wait := try(t, limits, throttle.Key{Account: "ada"}, func(a *throttle.Attempt) {
						l.Add(1)
						time.Sleep(time.Millisecond) // the hash
						a.Fail()
					})
					if wait > 0 {
						r.Add(1)
					}
				})
			}
			wg.Wait()
			return l.Load(), r.Load()
		}
		for i, want := range []int64{10, 0, 1, 0, 1} {
			if looked, refused := round(); looked != want || refused != 200-want {
				t.Errorf("round %d: %d guesses, %d refused; want %d, %d", i, looked, refused, want, 200-want)
			}
			if i%2 == 1 {
				time.Sleep(time.Hour)
			}
		}
	})
}

// Parallel right ones are those of one page: none is refused for the others.
func TestParallelRightGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				wait := try(t, limits, stranger("ada"), func(a *throttle.Attempt) {
					time.Sleep(time.Millisecond)
					a.Succeed()
				})
				if wait > 0 {
					t.Errorf("wait %v", wait)
				}
			})
		}
		wg.Wait()
		if a, d, n := limits.Len(); a+d+n != 0 {
			t.Errorf("%d accounts, %d devices, %d networks are left", a, d, n)
		}
	})
}

// Those who wait for others are bounded, and leave when their client does.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{Free: 1}
		first, err := limits.Attempt(t.Context(), stranger("ada"))
		if err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		var gone, refused, in atomic.Int64
		for range 200 {
			go func() {
				a, err := limits.Attempt(ctx, stranger("ada"))
				switch {
				case errors.Is(err, context.Canceled):
					gone.Add(1)
				case err != nil:
					refused.Add(1)
				default:
					in.Add(1)
					a.Cancel()
				}
			}()
		}
		synctest.Wait()
		if refused.Load() != 200-128 || in.Load() != 0 {
			t.Errorf("%d refused, %d in; want 72, 0", refused.Load(), in.Load())
		}
		leave()
		synctest.Wait()
		if gone.Load() != 128 {
			t.Errorf("%d left, want 128", gone.Load())
		}
		go func() {
			a, err := limits.Attempt(t.Context(), stranger("ada"))
			if err != nil {
				t.Error(err)
				return
			}
			in.Add(1)
			a.Succeed()
		}()
		synctest.Wait()
		first.Cancel()
		synctest.Wait()
		if a, d, n := limits.Len(); in.Load() != 1 || a+d+n != 0 {
			t.Errorf("in %d; %d accounts, %d devices, %d networks are left", in.Load(), a, d, n)
		}
	})
}

// spec 20: what strangers do does not hold up the owner's device, nor the other way round, and
// a device that guesses wrong too often is a stranger.
func TestKnownDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{NetworkFree: 1}
		owner := throttle.Key{Account: "ada", Client: home, Device: laptop}
		guesses(t, limits, stranger("ada"), 10)
		guess(t, limits, throttle.Key{Account: "grace", Client: home}) // the owner's network is at its limit as well
		known := false
		if wait := try(t, limits, owner, func(a *throttle.Attempt) { known = a.Known(); a.Succeed() }); wait > 0 || !known {
			t.Errorf("the owner waits %v; known: %v", wait, known)
		}
		if wait := guess(t, limits, stranger("ada")); wait == 0 {
			t.Error("the owner's success let strangers guess on")
		}
		for range 2 { // with a success between them
			guesses(t, limits, owner, 9)
			time.Sleep(time.Minute)
			_ = try(t, limits, owner, func(a *throttle.Attempt) { known = a.Known(); a.Succeed() })
		}
		if !known {
			t.Error("what the owner mistyped before a success counts after it")
		}
		stolen := owner
		stolen.Device = thief
		guesses(t, limits, stolen, 9) // a cookie that was stolen has a count of its own
		if wait := guess(t, limits, owner); wait > 0 {
			t.Errorf("the owner waits %v for what the thief did", wait)
		}
		guesses(t, limits, stolen, 1)
		time.Sleep(time.Hour)
		_ = try(t, limits, stolen, func(a *throttle.Attempt) { known = a.Known(); a.Cancel() })
		if known {
			t.Error("after ten wrong guesses it is still a known device")
		}
		other := owner
		other.Account = "grace"
		if wait := guess(t, limits, other); wait > 0 {
			t.Errorf("another account's device of that number waits %v", wait)
		}
	})
}

// A right guess gives its network back what it took and no more: one's own account, on a device
// that is never held up, is no way to guess on at others.
func TestSuccessIsNoCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{NetworkFree: 10}
		own := throttle.Key{Account: "mallory", Client: away, Device: thief}
		for i := range 10 {
			guesses(t, limits, stranger(fmt.Sprint("user", i)), 1)
		}
		for i, end := range []func(*throttle.Attempt){(*throttle.Attempt).Succeed, (*throttle.Attempt).Cancel} {
			for range 20 {
				if wait := try(t, limits, own, end); wait != 0 {
					t.Fatalf("a known device waits %v", wait)
				}
			}
			if wait := guess(t, limits, stranger(fmt.Sprint("other", i))); wait != time.Minute {
				t.Errorf("the eleventh guess of the network waits %v", wait)
			}
		}
		time.Sleep(30 * time.Second) // half a guess fits: half a guess is given back
		_ = try(t, limits, own, (*throttle.Attempt).Succeed)
		if wait := guess(t, limits, stranger("another")); wait != 30*time.Second {
			t.Errorf("half a minute later it waits %v", wait)
		}
	})
}

// Whoever has had the password before has as many devices as they have signed in: all of them
// make no more guesses than strangers do, and what an owner mistypes does not add up.
func TestManyKnownDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{}
		guess := func(device byte, end func(*throttle.Attempt)) (known bool) {
			a, err := limits.Attempt(t.Context(), throttle.Key{Use: "code", Account: "ada", Device: throttle.Device{device}})
			if err != nil {
				return false
			}
			end(a)
			return a.Known()
		}
		total := 0
		for device := range byte(200) {
			for range 10 {
				if guess(device+1, (*throttle.Attempt).Fail) {
					total++
				}
				time.Sleep(20 * time.Second)
			}
		}
		if total != 100 {
			t.Errorf("%d guesses as a known device", total)
		}
		time.Sleep(24 * time.Hour)
		for range 300 {
			guess(250, (*throttle.Attempt).Fail)
			guess(250, (*throttle.Attempt).Cancel)
			if !guess(250, (*throttle.Attempt).Succeed) {
				t.Fatal("the owner is a stranger")
			}
		}
		var held []*throttle.Attempt
		for device := range byte(200) {
			guess(device+1, func(a *throttle.Attempt) {
				if a.Known() {
					held = append(held, a)
				} else {
					a.Cancel()
				}
			})
		}
		if len(held) != 100 {
			t.Errorf("%d guesses at once", len(held))
		}
		for _, a := range held {
			a.Cancel()
		}
		if n, _, _ := limits.Len(); n != 0 {
			t.Errorf("%d counts of the account are left", n)
		}
	})
}

// Names that differ in case have one count, but are forgiven apart: in some stores they are
// two people.
func TestNamesInEitherCase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{}
		guesses(t, limits, stranger("ada"), 4)
		if wait := try(t, limits, stranger("ADA"), (*throttle.Attempt).Succeed); wait != 0 {
			t.Errorf("mallory, as ADA, waits %v", wait)
		}
		guesses(t, limits, stranger("Ada"), 1)
		if wait := guess(t, limits, stranger("ada")); wait != time.Second {
			t.Errorf("the sixth guess waits %v", wait)
		}
	})
}

// A success forgives what was mistyped before it, and nothing else.
func TestSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{NetworkFree: 12}
		mine, mean := throttle.Key{Account: "ada", Client: home}, stranger("ada")
		guesses(t, limits, mine, 4)
		_ = try(t, limits, mine, (*throttle.Attempt).Succeed)
		guesses(t, limits, mine, 4)
		if wait := guess(t, limits, mine); wait != 0 {
			t.Errorf("eight wrong with a right one between them: wait %v", wait)
		}
		_ = try(t, limits, mine, func(*throttle.Attempt) { t.Error("the fifth was free") })
		time.Sleep(time.Second)
		guesses(t, limits, mean, 1)
		time.Sleep(2 * time.Second)
		_ = try(t, limits, mine, (*throttle.Attempt).Succeed)
		guesses(t, limits, mean, 4) // with the one from before
		if wait := guess(t, limits, mean); wait != time.Second {
			t.Errorf("five of somebody else, with the owner between them: wait %v, want 1s", wait)
		}

		limits = &throttle.Throttle{NetworkFree: 12}
		for i := range 12 { // one password on many accounts, and one's own now and then
			guesses(t, limits, stranger(fmt.Sprint("user", i)), 1)
			if i < 11 {
				_ = try(t, limits, stranger("mallory"), (*throttle.Attempt).Succeed)
			}
		}
		if wait := guess(t, limits, stranger("user13")); wait != time.Minute {
			t.Errorf("a network's thirteenth: wait %v, want 1m", wait)
		}
		if wait := guess(t, limits, throttle.Key{Account: "user13", Client: home}); wait != 0 {
			t.Errorf("another network: wait %v", wait)
		}
		time.Sleep(time.Minute)
		if wait := guess(t, limits, stranger("user13")); wait != 0 {
			t.Errorf("a minute later: wait %v", wait)
		}
		if wait := guess(t, limits, stranger("user14")); wait != time.Minute {
			t.Errorf("and at once again: wait %v", wait)
		}
	})
}

// Which addresses are one network: whoever has many in one gains nothing by them.
func TestNetworks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		of    func(i int) string // the ith address
		tries int                // that are let through, of 1000
	}{
		{"one address", func(int) string { return "192.0.2.1" }, 50},
		{"the same, mapped to IPv6", func(i int) string { return []string{"192.0.2.1", "::ffff:192.0.2.1"}[i%2] }, 50},
		{"a /24", func(i int) string { return fmt.Sprint("192.0.2.", i%256) }, 200},
		{"a /16", func(i int) string { return fmt.Sprintf("192.0.%d.%d", i%256, i/256) }, 1000},
		{"a /64", func(i int) string { return fmt.Sprintf("2001:db8:1:2:%x::%x", i+1, i*7) }, 50},
		{"a /64, by its zones", func(i int) string { return fmt.Sprintf("fe80::%x%%eth%d", i+1, i) }, 50},
		{"a /56", func(i int) string { return fmt.Sprintf("2001:db8:1:2%02x::%x", i%256, i+1) }, 200},
		{"a /48", func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i+1) }, 200},
		{"a /32", func(i int) string { return fmt.Sprintf("2001:db8:%x::1", i+1) }, 1000},
		{"none", func(int) string { return "" }, 1000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // time stands still
				limits, through := &throttle.Throttle{}, 0
				for i := range 1000 {
					client, _ := netip.ParseAddr(tt.of(i))
					if guess(t, limits, throttle.Key{Account: fmt.Sprint("user", i), Client: client}) == 0 {
						through++
					}
				}
				if through != tt.tries {
					t.Errorf("%d guesses, want %d", through, tt.tries)
				}
			})
		})
	}
}

// Whatever is kept apart: uses, accounts, names with the same letters.
func TestKeysAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{Free: 1}
		keys := []throttle.Key{
			{Account: "ada"},
			{Account: "grace"},
			{Account: "ada", Use: "code"},
			{Account: "a", Use: "da"},
			{Account: "da", Use: "a"},
			{Account: "ada", Device: laptop},
			{Account: "ada", Device: thief},
			{Account: "grace", Device: laptop},
			{Account: "ada", Use: "code", Device: laptop},
			{Account: strings.Repeat("a", 5000)},
		}
		for i, k := range keys {
			if wait := guess(t, limits, k); wait > 0 {
				t.Errorf("key %d waits %v for another", i, wait)
			}
		}
		for i, k := range keys {
			if wait := guess(t, limits, k); wait != time.Second {
				t.Errorf("key %d waits %v, want 1s", i, wait)
			}
		}
		for range 10 {
			if wait := guess(t, limits, throttle.Key{}); wait > 0 {
				t.Errorf("nothing to count by: wait %v", wait)
			}
		}
	})
}

func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{}
		owner := throttle.Key{Account: "ada", Client: home, Device: laptop}
		known := func() (known bool) {
			_ = try(t, limits, owner, func(a *throttle.Attempt) { known = a.Known(); a.Cancel() })
			return known
		}
		guesses(t, limits, stranger("ada"), 100)
		time.Sleep(24*time.Hour - time.Second)
		if wait := guess(t, limits, stranger("ada")); wait != time.Second {
			t.Errorf("a second before a day has passed: wait %v, want 1s", wait)
		}
		time.Sleep(time.Second)
		guesses(t, limits, stranger("ada"), 4)
		if wait := guess(t, limits, stranger("ada")); wait != 0 {
			t.Errorf("the fifth of the next day: wait %v", wait)
		}
		guesses(t, limits, owner, 10)
		time.Sleep(24*time.Hour - time.Second)
		if known() {
			t.Error("the device is known again before a day has passed")
		}
		time.Sleep(time.Second)
		if !known() {
			t.Error("the device is not known again")
		}
	})
}

// A clock that was set back, or forth, shuts nobody out for longer than the delay.
func TestClockSetBack(t *testing.T) {
	limits := &throttle.Throttle{NetworkFree: 10}
	now := 1000 * time.Hour
	limits.SetClock(func() time.Duration { return now })
	for i := range 10 {
		guess(t, limits, stranger("ada"))
		guess(t, limits, stranger(fmt.Sprint("user", i)))
		now += time.Second
	}
	now = time.Hour
	if wait := guess(t, limits, stranger("ada")); wait > 15*time.Minute {
		t.Errorf("the account: wait %v", wait)
	}
	now += time.Minute
	if wait := guess(t, limits, stranger("grace")); wait > time.Minute {
		t.Errorf("the network: wait %v", wait)
	}
	now = 2000 * time.Hour
	if wait := guess(t, limits, stranger("ada")); wait != 0 {
		t.Errorf("later: wait %v", wait)
	}
}

func TestCheck(t *testing.T) {
	for field, limits := range map[string]*throttle.Throttle{
		"":             {},
		"Free":         {Free: -1},
		"Limit":        {Limit: 1 << 31},
		"DeviceLimit":  {DeviceLimit: -1},
		"NetworkFree":  {NetworkFree: -1},
		"Entries":      {Entries: -1},
		"Delay":        {Delay: -1},
		"Forget":       {Forget: -1},
		"NetworkEvery": {NetworkEvery: -1},
		"MaxDelay":     {MaxDelay: time.Millisecond},
		"below MaxD":   {Forget: time.Minute},
		"below Free":   {Free: 1000},
	} {
		err := limits.Check()
		if _, again := limits.Attempt(t.Context(), stranger("ada")); !errors.Is(again, err) {
			t.Errorf("%s: Check says %v, Attempt %v", field, err, again)
		}
		if field == "" && err != nil || field != "" && (err == nil || !strings.Contains(err.Error(), field)) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
