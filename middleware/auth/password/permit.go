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
// Hasher's decoy.
//
// A nil error says that the password is right; stale then says that the hash was made
// in another way than [Permit.Hash] would, and should be replaced. [ErrMismatch] says
// that it is wrong, or over [MaxBytes], or over 72 bytes where the hash is bcrypt's
// (which would ignore the rest), or that stored is "". An error wrapping [ErrFormat]
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
	if !ok {
		return false, ErrMismatch
	}
	return p.set.stale(s), nil
}

// spend takes as long as a check would, and returns err.
func (p *Permit) spend(err error) error {
	start := time.Now()
	p.set.decoy.matches("decoy")
	p.set.report(Operation{Algorithm: p.set.decoy.algorithm(), Decoy: true, Took: time.Since(start)})
	return err
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
