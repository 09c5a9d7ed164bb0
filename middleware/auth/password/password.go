// Package password keeps passwords: it hashes them with argon2id, checks them
// against hashes by argon2id, bcrypt, scrypt and SHA-crypt, and by what is older still
// where [Legacy] admitted it, and bounds what that may cost.
//
//	hasher := &password.Hasher{}
//	stored, err := hasher.Hash(ctx, "correct horse battery staple")
//	…
//	stale, err := hasher.Verify(ctx, stored, "correct horse battery staple")
//
// One operation takes some 20 MiB and tens of milliseconds of a core, on purpose.
// A [Hasher] therefore is a gate as well: a few workers, a short queue, and
// [ErrBusy] at once for whoever comes after that. And it is a decoy: a check
// against a user who does not exist, has no password or sent an overlong one
// spends the same one operation as a wrong password does, so that an answer's
// delay tells nobody which names exist.
//
// The package neither stores users (see package auth) nor limits guesses for one
// account. It is no layer of a chain.
package password

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

var (
	// ErrMismatch says that a password is not the one that was hashed.
	ErrMismatch = errors.New("password: no match")

	// ErrFormat says that a stored hash is of no known kind, damaged, or asks for
	// more work than this package will do. Its text never holds the hash.
	ErrFormat = errors.New("password: stored hash not usable")

	// ErrBusy says that the gate's queue is full. The right answer to the client is
	// 503 with Retry-After: 1.
	ErrBusy = errors.New("password: too many password checks at once")
)

// MaxBytes is the length beyond which a password is not hashed: [Policy] refuses it
// for a new one, and in a check it never matches.
const MaxBytes = 1 << 10

// The defaults are OWASP's first choice for argon2id among equal ones (Password
// Storage Cheat Sheet): 19 MiB, two passes, one lane.
const (
	defaultMemory  = 19 << 10 // KiB
	defaultTime    = 2
	defaultThreads = 1
	defaultQueue   = 16
)

// Hasher makes and checks password hashes. The zero Hasher is ready for use; share
// one in a process, as its gate bounds only what passes through it. It is safe for
// concurrent use, must not be copied, and reads its fields once, at its first use.
type Hasher struct {
	// Memory is argon2id's memory for new hashes, in KiB. 0: 19456 (19 MiB).
	Memory uint32

	// Time is argon2id's number of passes over the memory. 0: 2.
	Time uint32

	// Threads is argon2id's number of lanes. 0: 1. More make one operation faster
	// and a flood worse.
	Threads uint8

	// InsecureCost allows Memory and Time below what OWASP recommends, for tests
	// that hash often. Without it such values are refused.
	InsecureCost bool

	// Workers is how many operations may run at a time. 0: GOMAXPROCS-1, at least 1,
	// which leaves a core to requests that hash nothing.
	Workers int

	// Queue is how many callers may wait for a worker; one more gets [ErrBusy].
	// As many more may wait who come through [Hasher.EnterKnown]. 0: 16.
	// Negative: nobody waits.
	Queue int

	// Normalize, if set, is applied to each password before it is hashed or checked,
	// so that a character typed in two Unicode forms is the same: NFC of
	// golang.org/x/text/unicode/norm. Setting it later locks out those whose
	// password it changes.
	Normalize func(string) string

	// Observe, if set, is called after each operation while its worker is still
	// held, from many goroutines: for metrics, and for counting in tests.
	Observe func(Operation)

	once sync.Once
	set  settings
	err  error
}

// Operation is what [Hasher.Observe] learns: nothing about user or password.
type Operation struct {
	Algorithm string        // "argon2id", "bcrypt", "scrypt", "sha256-crypt", "sha512-crypt", "apr1", "sha1"
	Decoy     bool          // spent only to take the time of a check
	Took      time.Duration // without the wait in the queue
}

// settings are a Hasher's fields with their defaults filled in.
type settings struct {
	cost      cost
	gate      *gate
	decoy     stored
	normalize func(string) string
	observe   func(Operation)
}

// Check reports whether the Hasher's fields are possible and its decoy works. Whoever
// holds a Hasher calls it at start; every other method returns the same error.
func (h *Hasher) Check() error {
	h.once.Do(func() { h.err = h.settle() })
	return h.err
}

func (h *Hasher) settle() error {
	c := cost{
		memory:  cmp.Or(h.Memory, defaultMemory),
		time:    cmp.Or(h.Time, defaultTime),
		threads: cmp.Or(h.Threads, defaultThreads),
	}
	if err := c.possible(); err != nil {
		return err
	}
	if !h.InsecureCost && !c.recommended() {
		return fmt.Errorf("password: Hasher.Memory of %d KiB with Time %d is below OWASP's recommendation; "+
			"raise one of them, or set InsecureCost in a test", c.memory, c.time)
	}
	if h.Workers < 0 {
		return errors.New("password: Hasher.Workers is negative")
	}
	workers := cmp.Or(h.Workers, max(1, runtime.GOMAXPROCS(0)-1))
	h.set = settings{
		cost:      c,
		gate:      newGate(workers, max(0, cmp.Or(h.Queue, defaultQueue))),
		normalize: h.Normalize,
		observe:   h.Observe,
	}
	return h.set.setDecoy()
}

// Enter waits for a worker and returns the permit to use it. It returns [ErrBusy]
// without waiting where the queue is full, and ctx's error where ctx ends first.
// The caller must call [Permit.Leave].
//
// Most callers want [Hasher.Hash] or [Hasher.Verify]. Enter is for those who have
// something to look up again once it is their turn: a cache that another caller with
// the same password may have filled meanwhile.
func (h *Hasher) Enter(ctx context.Context) (*Permit, error) {
	return h.enter(ctx, strangers)
}

// EnterKnown is Enter for callers who have shown that they have been here before, such as
// the known devices of package throttle. They wait in a queue of their own, which takes
// turns with the other: a flood of strangers neither fills it nor holds it up for longer
// than one operation each time.
func (h *Hasher) EnterKnown(ctx context.Context) (*Permit, error) {
	return h.enter(ctx, known)
}

func (h *Hasher) enter(ctx context.Context, q queue) (*Permit, error) {
	if err := h.Check(); err != nil {
		return nil, err
	}
	if err := h.set.gate.enter(ctx, q); err != nil {
		return nil, err
	}
	return &Permit{set: &h.set}, nil
}

// Hash returns the argon2id hash of password, with a fresh salt, in the form
//
//	$argon2id$v=19$m=19456,t=2,p=1$salt$key
//
// Its errors are those of [Hasher.Enter], and one for a password over [MaxBytes].
// Whether a password is good enough is for [Policy] to say.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	p, err := h.Enter(ctx)
	if err != nil {
		return "", err
	}
	defer p.Leave()
	return p.Hash(password)
}

// Verify checks password against a stored hash, "" for a user who has none or does
// not exist. See [Permit.Verify]; further errors are those of [Hasher.Enter].
func (h *Hasher) Verify(ctx context.Context, stored, password string) (stale bool, err error) {
	p, err := h.Enter(ctx)
	if err != nil {
		return false, err
	}
	defer p.Leave()
	return p.Verify(stored, password)
}

// Stale reports, without spending an operation, whether a stored hash was made in
// another way than this Hasher makes them. It returns an error that wraps
// [ErrFormat] for one that Verify cannot use.
func (h *Hasher) Stale(stored string) (bool, error) {
	if err := h.Check(); err != nil {
		return false, err
	}
	s, err := parse(stored, h.set.cost)
	if err != nil {
		return false, err
	}
	return h.set.stale(s), nil
}
