// Package throttle limits how fast passwords and codes can be guessed.
//
//	limits := &throttle.Throttle{}
//	attempt, err := limits.Attempt(ctx, throttle.Key{Account: name, Client: client, Device: device})
//	if err != nil {
//		return err // *Limited says how long to wait
//	}
//	defer attempt.Cancel()
//	if right(name, password) {
//		attempt.Succeed()
//	} else {
//		attempt.Fail()
//	}
//
// Wrong guesses are counted three ways. By account, whether there is one of that name
// or not: after a few, strangers wait before each further guess, longer every time. By
// device: one in which the owner has signed in before has a count of its own, so that
// an attack on the account does not shut its owner out (OWASP, "Slow Down Online Guessing
// Attacks with Device Cookies"). By network: whoever tries one password on many accounts
// is slowed too, and a right one in between does not help.
//
// The counts are in the memory of one process and end with it. The package knows neither
// requests nor passwords; package auth makes the keys, and answers 429. Nothing here
// stops an attacker with very many addresses who tries each account a few times only:
// that is for password.Policy, with its list of common passwords.
package throttle

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// Throttle counts wrong guesses. The zero Throttle is ready for use. It is safe for
// concurrent use, must not be copied, and reads its fields once, at its first use.
type Throttle struct {
	// Free is how many wrong guesses at an account in a row are followed by no delay. 0: 5.
	// So many may also be under way at a time.
	Free int

	// Delay is how long an account is closed to strangers after the last of the Free
	// wrong guesses; each further one doubles it. 0: a second.
	Delay time.Duration

	// MaxDelay is where the doubling ends. 0: 15 minutes.
	MaxDelay time.Duration

	// Limit is how many wrong guesses in a row an account takes from strangers at
	// all; then it is closed to them for the time of Forget. 0: 100, the most that
	// NIST SP 800-63B-4 §3.2.2 allows. That document has the password disabled
	// for good then, which would be the attacker's choice and not the owner's.
	Limit int

	// Forget is how long after the last wrong guess an account's or a device's count
	// begins anew. 0: 24 hours.
	Forget time.Duration

	// DeviceLimit is how many wrong guesses in a row make a known device a stranger, until
	// they are forgotten. 0: 10. Before that it waits as strangers do, but by its own count.
	// All known devices of an account together may make as many as Limit says: whoever once had
	// the password may have made themselves very many.
	DeviceLimit int

	// NetworkFree is how many wrong guesses a network may make at once, at whatever
	// accounts: a /32 of IPv4 or a /64 of IPv6. The /24 or /48 around it may make four
	// times as many. 0: 50. Known devices are counted, but not held up.
	NetworkFree int

	// NetworkEvery is how long it takes until a network may make another, and the one around
	// it another four. 0: a minute.
	NetworkEvery time.Duration

	// Entries is how many accounts, how many devices, and how many networks of either width
	// are counted at a time. 0: 32768, which take 32 MB when all are in use.
	//
	// Where one more is to be counted, the one with the fewest wrong guesses goes (from
	// 15 on they count alike), and of these the oldest. So whoever wants the count of
	// a name forgotten has to make as many wrong guesses at each of so many other names
	// first, each of which costs them a password hash and counts against their network.
	Entries int

	once sync.Once
	err  error
	set  settings

	mu       sync.Mutex
	accounts table[*counter]
	devices  table[*counter]
	networks [2]table[*bucket] // narrow, wide
}

// settings are a Throttle's fields with their defaults filled in.
type settings struct {
	free, limit, deviceLimit int
	delay, maxDelay, forget  time.Duration
	networkFree              [2]int
	networkEvery             [2]time.Duration
	secret                   [32]byte
	clock                    func() time.Duration // since some moment; never goes back, other than in tests
}

// Key says what is guessed at, and from where.
type Key struct {
	// Use keeps apart what is guessed: "" is the password; "code" might be a second
	// factor. All uses of an account have counts of their own. Networks are counted
	// once for all.
	Use string

	// Account is the account's name as its store writes it. "": nothing is counted but the
	// network. Names that differ in case alone have one count, as some stores do not tell
	// them apart; but a right guess at one takes back nothing of what was guessed at
	// another, who is somebody else in other stores.
	Account string

	// Client is the client's address. The zero Addr is counted for no network.
	Client netip.Addr

	// Device is the known device from which the guess comes. The zero Device is none.
	Device Device
}

// Device names a browser in which the owner of the account has signed in.
type Device [16]byte

// Limited is the error of who has to wait. The answer to a client is 429 (RFC 6585 §4).
type Limited struct {
	RetryAfter time.Duration // before that, a further try is refused too
}

// Error says how long to wait.
func (l *Limited) Error() string {
	return fmt.Sprintf("throttle: too many wrong guesses; wait %v", l.RetryAfter)
}

// Check reports whether the Throttle's fields are possible. Whoever holds a Throttle calls
// it at start; Attempt returns the same error.
func (t *Throttle) Check() error {
	t.once.Do(func() { t.err = t.settle() })
	return t.err
}

// wider is how many times more guesses a wide network may make than a narrow one.
const wider = 4

func (t *Throttle) settle() error {
	for name, v := range map[string]int{
		"Free": t.Free, "Limit": t.Limit, "DeviceLimit": t.DeviceLimit, "NetworkFree": t.NetworkFree, "Entries": t.Entries,
	} {
		if v < 0 || v > 1<<30 {
			return fmt.Errorf("throttle: Throttle.%s is negative or over 2^30", name)
		}
	}
	for name, d := range map[string]time.Duration{
		"Delay": t.Delay, "MaxDelay": t.MaxDelay, "Forget": t.Forget, "NetworkEvery": t.NetworkEvery,
	} {
		if d < 0 {
			return fmt.Errorf("throttle: Throttle.%s is negative", name)
		}
	}
	s := settings{
		free: cmp.Or(t.Free, 5), limit: cmp.Or(t.Limit, 100), deviceLimit: cmp.Or(t.DeviceLimit, 10),
		delay: cmp.Or(t.Delay, time.Second), maxDelay: cmp.Or(t.MaxDelay, 15*time.Minute), forget: cmp.Or(t.Forget, 24*time.Hour),
	}
	switch {
	case s.maxDelay < s.delay:
		return errors.New("throttle: Throttle.MaxDelay is below Delay")
	case s.forget < s.maxDelay:
		return errors.New("throttle: Throttle.Forget is below MaxDelay, which then would never be reached")
	case s.limit < s.free:
		return errors.New("throttle: Throttle.Limit is below Free")
	}
	free, every := cmp.Or(t.NetworkFree, 50), cmp.Or(t.NetworkEvery, time.Minute)
	s.networkFree = [2]int{free, wider * free}
	s.networkEvery = [2]time.Duration{every, max(1, every/wider)}
	_, _ = rand.Read(s.secret[:]) // never fails (crypto/rand)
	start := time.Now()
	s.clock = func() time.Duration { return time.Since(start) } // monotonic: setting the clock changes nothing
	t.set = s

	entries := cmp.Or(t.Entries, 1<<15)
	t.accounts, t.devices = newTable[*counter](entries), newTable[*counter](entries)
	t.networks = [2]table[*bucket]{newTable[*bucket](entries), newTable[*bucket](entries)}
	return nil
}

// wait is how long after that many wrong guesses in a row the next may come.
func (s *settings) wait(failures int) time.Duration {
	switch {
	case failures < s.free || failures == 0:
		return 0
	case failures >= s.limit:
		return s.forget
	}
	d := s.delay
	for range failures - s.free {
		if d >= s.maxDelay/2 {
			return s.maxDelay
		}
		d *= 2
	}
	return d
}
