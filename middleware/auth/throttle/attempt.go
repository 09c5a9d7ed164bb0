package throttle

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
)

// Attempt is a guess under way. It counts as a wrong one until it has ended, so that
// no more can be made at a time than one after the other. One of Fail, Succeed and Cancel
// ends it; what is called after that does nothing. It is safe for concurrent use.
type Attempt struct {
	t *Throttle
	lane
	client   bool // networks are counted
	networks [2]id
	filled   [2]time.Duration // of the networks' buckets
	origin   uint32
	done     bool
}

// lane is the counter that an attempt goes by.
type lane struct {
	table *table[*counter] // nil: none
	at    id
	known bool // a known device's
	most  int  // wrong guesses in a row
	all   id   // of a known device: what counts all of the account
}

// Attempt asks for a guess. The caller must end it.
//
// The error is a [*Limited] where it is too early for one: then nothing is counted, and the
// guess must not be looked at, however right it may be. Where only guesses that are
// under way stand against it, Attempt waits for these to end; where ctx ends first, it
// returns ctx's error.
func (t *Throttle) Attempt(ctx context.Context, k Key) (*Attempt, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	a := &Attempt{t: t, client: k.Client.IsValid()}
	if a.client {
		a.networks = t.set.networkIDs(k.Client)
		a.origin = t.set.origin(a.networks[0], k.Account)
	}
	lanes := t.lanes(k)
	for {
		blocked, settled, err := a.begin(lanes)
		if err != nil {
			return nil, err
		}
		if blocked == nil {
			return a, nil
		}
		select {
		case <-settled:
		case <-ctx.Done():
			err = ctx.Err()
		}
		a.stopWaiting(blocked)
		if err != nil {
			return nil, err
		}
	}
}

// lanes returns the counters that a key can go by, the preferred one first.
func (t *Throttle) lanes(k Key) (lanes []lane) {
	if k.Account == "" {
		return nil
	}
	account := strings.ToLower(k.Account)
	if k.Device != (Device{}) {
		at := t.set.id("device", k.Use, account, string(k.Device[:]))
		all := t.set.id("devices", k.Use, account)
		lanes = append(lanes, lane{&t.devices, at, true, t.set.deviceLimit, all})
	}
	at := t.set.id("account", k.Use, account)
	return append(lanes, lane{table: &t.accounts, at: at, most: t.set.limit})
}

// choose takes the first lane that is open, or the last. c is nil where nothing has been
// counted there.
func (a *Attempt) choose(lanes []lane, now time.Duration) (c *counter) {
	for _, l := range lanes {
		if l.known && a.t.shared(l.all, now) >= a.t.set.limit {
			continue
		}
		a.lane = l
		c, _ = l.table.find(l.at)
		if c == nil {
			return nil
		}
		if c.refresh(now); c.failures < l.most {
			return c
		}
	}
	return c
}

// begin starts the attempt, or refuses it. Where it can do neither yet, it returns the
// counter that stands in the way, and what is closed when that may have changed.
func (a *Attempt) begin(lanes []lane) (blocked *counter, settled <-chan struct{}, err error) {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.set.clock()
	c := a.choose(lanes, now)
	var wait time.Duration
	if a.client && !a.known {
		wait = t.networkWait(a.networks, now)
	}
	if c != nil {
		wait = max(wait, c.last+t.set.wait(c.failures)-now)
	}
	if wait > 0 {
		return nil, nil, &Limited{wait}
	}
	if c != nil && c.pending >= min(max(1, t.set.free-c.failures), a.most-c.failures) {
		if c.waiting >= maxWaiting {
			return nil, nil, &Limited{time.Second}
		}
		if c.settled == nil {
			c.settled = make(chan struct{})
		}
		c.waiting++
		return c, c.settled, nil
	}
	if a.table != nil {
		if c == nil {
			c = &counter{}
			a.table.add(a.at, c, now)
		}
		c.pending++
	}
	if a.known {
		t.share(a.all, now)
	}
	if a.client {
		a.filled = t.take(a.networks, now)
	}
	return nil, nil, nil
}

func (a *Attempt) stopWaiting(c *counter) {
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	c.waiting--
	a.tidy(c)
}

// Known reports whether the guess comes from a known device that has not lost that privilege.
func (a *Attempt) Known() bool { return a.known }

// Fail says that the guess was wrong.
func (a *Attempt) Fail() {
	a.end(func(c *counter, now time.Duration) {
		if c != nil {
			c.fail(now, a.t.set.forget, a.origin)
		}
		if a.known {
			a.t.unshare(a.all, 0)
		}
	})
}

// Succeed says that the guess was right. What a known device guessed wrong before is
// forgotten; of what strangers did, that which came from the same network, as it
// was probably the owner who mistyped. Others may still be guessing: their count stays.
// So does the network's, but for this one: who guesses at many accounts may have one.
func (a *Attempt) Succeed() {
	a.end(func(c *counter, now time.Duration) {
		switch {
		case c == nil:
		case a.known:
			a.t.unshare(a.all, c.failures+1)
			c.failures = 0
		default:
			c.forgive(a.origin)
		}
		if a.client {
			a.t.giveBack(a.networks, a.filled, now)
		}
	})
}

// Cancel says that the guess was not looked at: nothing is counted.
func (a *Attempt) Cancel() {
	a.end(func(_ *counter, now time.Duration) {
		if a.known {
			a.t.unshare(a.all, 1)
		}
		if a.client {
			a.t.giveBack(a.networks, a.filled, now)
		}
	})
}

func (a *Attempt) end(count func(c *counter, now time.Duration)) {
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	if a.done {
		return
	}
	a.done = true
	now := a.t.set.clock()
	if a.table == nil {
		count(nil, now)
		return
	}
	c, _ := a.table.find(a.at) // is there, as it is busy
	c.refresh(now)
	count(c, now)
	c.settle()
	a.tidy(c)
}

// tidy files a counter by what is in it now.
func (a *Attempt) tidy(c *counter) { tidy(a.table, a.at, c) }

func tidy(t *table[*counter], at id, c *counter) {
	if c.failures == 0 && !c.busy() {
		t.drop(at)
		return
	}
	t.rise(at, c.failures)
}

// shared is how many wrong guesses all known devices of an account have made.
func (t *Throttle) shared(all id, now time.Duration) int {
	c, ok := t.accounts.find(all)
	if !ok {
		return 0
	}
	c.refresh(now)
	return c.failures
}

// share counts a guess of a known device as a wrong one, until it is known what it is.
func (t *Throttle) share(all id, now time.Duration) {
	c, ok := t.accounts.find(all)
	if !ok {
		c = &counter{}
		t.accounts.add(all, c, now)
	}
	c.refresh(now)
	c.pending++
	c.fail(now, t.set.forget, 0)
	t.accounts.rise(all, c.failures)
}

// unshare ends such a guess, and takes back that many.
func (t *Throttle) unshare(all id, right int) {
	c, _ := t.accounts.find(all) // is there, as it is busy
	c.failures = max(0, c.failures-right)
	c.pending--
	tidy(&t.accounts, all, c)
}

// id returns the keyed hash of a name, given in parts.
func (s *settings) id(parts ...string) (k id) {
	var buf [256]byte
	b := append(buf[:0], s.secret[:]...)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	sum := sha256.Sum256(b)
	copy(k[:], sum[:])
	return k
}
