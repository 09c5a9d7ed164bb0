package throttle_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// address returns the ith of very many networks.
func address(i int) netip.Addr {
	return netip.AddrFrom16([16]byte{0x20, 0x01, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i), 15: 1})
}

// A table that is full forgets whoever has the fewest wrong guesses, the oldest first. So
// the count of a name under attack stays, however many others are tried.
func TestFullTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const entries = 100
		limits := &throttle.Throttle{Entries: entries}
		guesses(t, limits, throttle.Key{Account: "ada", Client: home}, 6)
		guesses(t, limits, throttle.Key{Account: "grace", Client: away}, 1)
		busy, err := limits.Attempt(t.Context(), throttle.Key{Account: "edsger", Client: away})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 * entries {
			guesses(t, limits, throttle.Key{Account: fmt.Sprint("user", i), Client: address(i)}, 1+i%3)
			if a, _, n := limits.Len(); a > entries || n > 2*entries {
				t.Fatalf("%d accounts, %d networks; want at most %d of each width", a, n, entries)
			}
		}
		if wait := guess(t, limits, stranger("ada")); wait != 2*time.Second {
			t.Errorf("under attack: wait %v, want 2s", wait)
		}
		busy.Fail() // has not been dropped under its holder
		guesses(t, limits, stranger("edsger"), 4)
		if wait := guess(t, limits, stranger("edsger")); wait != time.Second {
			t.Errorf("under way: wait %v, want 1s", wait)
		}

		time.Sleep(48 * time.Hour) // what is over goes before what is not, however high it was
		for i := range entries {
			guesses(t, limits, throttle.Key{Account: fmt.Sprint("new", i)}, 1)
		}
		guesses(t, limits, throttle.Key{Account: "new0"}, 4)
		if wait := guess(t, limits, throttle.Key{Account: "new0"}); wait != time.Second {
			t.Errorf("the count of yesterday took the room of today's: wait %v, want 1s", wait)
		}
	})
}

// Whatever comes to an end in whatever order, and however full it is, nothing is left when all
// is forgotten but what is counted.
func TestNothingIsLeftOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := &throttle.Throttle{Entries: 20, Free: 3}
		random := rand.New(rand.NewPCG(1, 2))
		for range 5_000 {
			k := throttle.Key{Account: fmt.Sprint("user", random.IntN(40)), Client: address(random.IntN(40))}
			if random.IntN(2) == 0 {
				k.Device = throttle.Device{byte(1 + random.IntN(3))}
			}
			end := []func(*throttle.Attempt){(*throttle.Attempt).Fail, (*throttle.Attempt).Succeed, (*throttle.Attempt).Cancel}[random.IntN(3)]
			takes := time.Duration(random.IntN(1000)) * time.Millisecond
			go func() {
				if a, err := limits.Attempt(t.Context(), k); err == nil {
					time.Sleep(takes)
					end(a)
				}
			}()
			time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
		}
		time.Sleep(48 * time.Hour)
		if a, d, n := limits.Len(); a > 20 || d > 20 || n > 40 {
			t.Errorf("%d accounts, %d devices, %d networks; the tables have room for 20 each", a, d, n)
		}
		for i := range 40 {
			k := throttle.Key{Account: fmt.Sprint("user", i), Client: address(i)}
			for range 3 { // all may be guessed at as at first
				if wait := try(t, limits, k, func(a *throttle.Attempt) { defer a.Succeed() }); wait > 0 {
					t.Errorf("user%d waits %v", i, wait)
				}
			}
		}
	})
}

// perEntry is what the documentation of Throttle.Entries says: 32 MB for 32768.
const perEntry = 1000

// A million names from a million networks take no more memory than the tables, full.
func TestMemoryIsBoundedSoak(t *testing.T) {
	names, entries := 40_000, 1<<12
	if os.Getenv("SOAK") != "" {
		names, entries = 1_000_000, 0
	}
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	limits := &throttle.Throttle{Entries: entries}
	for range 10 {
		guess(t, limits, stranger("ada"))
	}
	start := time.Now()
	for i := range names {
		guess(t, limits, throttle.Key{Account: fmt.Sprint("user", i), Client: address(i), Device: throttle.Device{15: 1, 1: byte(i), 2: byte(i >> 8), 3: byte(i >> 16)}})
		guess(t, limits, throttle.Key{Account: fmt.Sprint("user", i), Client: address(i)})
	}
	took := time.Since(start)
	full := heap() - before
	a, d, n := limits.Len()
	t.Logf("%d accounts, %d devices, %d networks in %.1f MB; %v for a guess", a, d, n, float64(full)/1e6, took/time.Duration(2*names))
	if most := int64(a) * perEntry; full > most {
		t.Errorf("%d bytes, want at most %d", full, most)
	}
	guess(t, limits, stranger("ada")) // is free again, as time has passed
	if wait := guess(t, limits, stranger("ada")); wait <= time.Second/2 {
		t.Errorf("wait %v: the count of the name under attack is gone", wait)
	}
	runtime.KeepAlive(limits)
}
