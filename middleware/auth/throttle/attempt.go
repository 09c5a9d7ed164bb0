package throttle

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
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
	short    uint32
	done     bool
}

// lane is the counter that an attempt goes by.
type lane struct {
	table *table[*counter] // nil: none
	at    id
	known bool // a known device's
	most  int  // wrong guesses in a row
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
		a.networks, a.short = t.set.networkIDs(k.Client)
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
	if k.Device != (Device{}) {
		at := t.set.id("device", k.Use, k.Account, string(k.Device[:]))
		lanes = append(lanes, lane{&t.devices, at, true, t.set.deviceLimit})
	}
	at := t.set.id("account", k.Use, k.Account)
	return append(lanes, lane{&t.accounts, at, false, t.set.limit})
}

// choose takes the first lane that is open, or the last. c is nil where nothing has been
// counted there.
func (a *Attempt) choose(lanes []lane, now time.Duration) (c *counter) {
	for _, l := range lanes {
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
	if a.client {
		t.take(a.networks, now)
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
			c.fail(now, a.t.set.forget, a.short)
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
			c.failures = 0
		default:
			c.forgive(a.short)
		}
		if a.client {
			a.t.giveBack(a.networks, now)
		}
	})
}

// Cancel says that the guess was not looked at: nothing is counted.
func (a *Attempt) Cancel() {
	a.end(func(_ *counter, now time.Duration) {
		if a.client {
			a.t.giveBack(a.networks, now)
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
func (a *Attempt) tidy(c *counter) {
	if c.failures == 0 && !c.busy() {
		a.table.drop(a.at)
		return
	}
	a.table.rise(a.at, c.failures)
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
