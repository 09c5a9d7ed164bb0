package password

import (
	"crypto/rand"
	"errors"
	"time"
)

// Permit is the right to run operations, one after the other, on one worker of a
// [Hasher]. It belongs to one goroutine. An operation cannot be interrupted, so the
// worker stays taken until it has ended, also when the client has long gone.
type Permit struct {
	set  *settings
	left bool
}

// Leave frees the worker. A second call does nothing.
func (p *Permit) Leave() {
	if !p.left {
		p.left = true
		p.set.gate.leave()
	}
}

// Hash is [Hasher.Hash] under this permit.
func (p *Permit) Hash(password string) (string, error) {
	if len(password) > MaxBytes {
		return "", errors.New("password: longer than 1 KiB")
	}
	a := argon2id{cost: p.set.cost, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(a.salt) // never fails (crypto/rand)
	start := time.Now()
	a.key = a.derive(p.set.normalized(password), keyBytes)
	p.set.report(Operation{Algorithm: a.algorithm(), Took: time.Since(start)})
	return a.String(), nil
}

// Verify checks password against a stored hash and spends exactly one operation on
// it, whatever the outcome: on the hash itself where it can be used, else on the
// Hasher's decoy. Where that hash is cheaper than new ones are, a wrong password costs
// the difference too, or the short delay would tell that there is such a user. Of one that
// is dearer, such as bcrypt with a cost from 10, the long delay does tell that, until its
// owner has signed in and it is replaced.
//
// A nil error says that the password is right; stale then says that the hash was made
// in another way than [Permit.Hash] would, and should be replaced. [ErrMismatch] says
// that it is wrong, or over [MaxBytes], or over 72 bytes where the hash is bcrypt's
// (which would ignore the rest), or over 511 where it is SHA-crypt or apr1 (which would
// take ever longer), or that stored is "". An error wrapping [ErrFormat]
// says that the hash cannot be used: to the client that is a wrong password, to the
// operator a fault.
func (p *Permit) Verify(stored, password string) (stale bool, err error) {
	if stored == "" || len(password) > MaxBytes {
		return false, p.spend(ErrMismatch)
	}
	s, err := parse(stored, p.set.cost)
	if err != nil {
		return false, p.spend(err)
	}
	password = p.set.normalized(password)
	if !s.accepts(password) {
		return false, p.spend(ErrMismatch)
	}
	start := time.Now()
	ok := s.matches(password)
	p.set.report(Operation{Algorithm: s.algorithm(), Took: time.Since(start)})
	switch {
	case ok:
		return p.set.stale(s), nil
	case s.work(password) < p.set.cost.work():
		p.spendOn(p.set.rest(s.work(password)))
	}
	return false, ErrMismatch
}

// spend takes as long as a check would, and returns err.
func (p *Permit) spend(err error) error {
	p.spendOn(p.set.decoy)
	return err
}

func (p *Permit) spendOn(decoy stored) {
	start := time.Now()
	decoy.matches("decoy")
	p.set.report(Operation{Algorithm: decoy.algorithm(), Decoy: true, Took: time.Since(start)})
}

// rest returns a decoy for what is left of an operation when work was done.
func (s *settings) rest(work uint64) stored {
	decoy := s.decoy.(argon2id)
	left := uint32((s.cost.work() - work) / uint64(s.cost.time))
	decoy.memory = max(left, 8*uint32(decoy.threads))
	return decoy
}

func (s *settings) normalized(password string) string {
	if s.normalize == nil {
		return password
	}
	return s.normalize(password)
}

func (s *settings) report(op Operation) {
	if s.observe != nil {
		s.observe(op)
	}
}

// stale reports whether Hash would make something else than s.
func (s *settings) stale(old stored) bool {
	a, ok := old.(argon2id)
	return !ok || a.cost != s.cost || len(a.salt) != saltBytes || len(a.key) != keyBytes
}

// setDecoy makes a hash that no password has: its key is drawn, not derived. It goes
// through the same parsing as a stored one, so that a decoy which would cost
// nothing is found at start.
func (s *settings) setDecoy() error {
	a := argon2id{cost: s.cost, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	_, _ = rand.Read(a.salt)
	_, _ = rand.Read(a.key)
	decoy, err := parse(a.String(), s.cost)
	if err != nil {
		return err
	}
	if s.stale(decoy) {
		return errors.New("password: the decoy does not cost what a hash costs")
	}
	s.decoy = decoy
	return nil
}
