package session

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Revocations says where a [Manager] notes what was revoked while cookies of it are
// still good by themselves: single sessions, all sessions of a user, all from before
// some time. The cookie store needs that, and so do stores that others wrote. Each note
// is kept until the last cookie that it stops has expired by its Lifetime.
type Revocations struct {
	// Backend keeps the notes, so that they hold in every process that uses it, at once,
	// and outlive the process. It should keep nothing else: one that is full may drop
	// them like anonymous sessions. A request that asks for its session then asks
	// Backend as well: what is revoked, in one go of two or three parallel Loads.
	//
	// nil keeps the notes in this process's memory, at most 65,536, which is some 10
	// MiB; when it is full the oldest goes, with [EventDropped]. Another process, and
	// this one after a restart, then accepts a cookie that was copied before the
	// revocation, until it expires.
	Backend Backend

	// FailOpen accepts sessions, with [EventUnchecked], while Backend does not answer. By
	// default a session that cannot be checked cannot be loaded: whoever needs it is
	// answered 503. Destroy and the Manager's Revoke methods return Backend's error in
	// either case; Renew goes on where FailOpen is set.
	FailOpen bool
}

// list is where c's notes go.
func (r Revocations) list(c *core) revocationList {
	if r.Backend == nil {
		return newMemoryRevocations(maxRevoked, c.events)
	}
	return &backendRevocations{backend: r.Backend, open: r.FailOpen, events: c.events}
}

// revocationList notes what has ended. It is safe for concurrent use.
type revocationList interface {
	// add notes that what t names has ended.
	add(ctx context.Context, t target, n note) error

	// has reports whether the session c was revoked.
	has(ctx context.Context, c *content) (bool, error)

	// latest returns up to when sessions of subject were revoked, as Unix time.
	latest(ctx context.Context, subject string) (int64, error)
}

// target is what a note is about: the session called id, the user called subject, or
// everything where both are zero.
type target struct {
	id      publicID
	subject string
}

// note is what is kept about a target.
type note struct {
	at     int64      // Unix time: sessions that began until then have ended; of no meaning for one session
	until  int64      // Unix time from which the note is pointless
	except []publicID // of the user's sessions, those that go on
}

// covers reports whether a note about t ends the session c.
func (n *note) covers(t *target, c *content) bool {
	if t.id != (publicID{}) {
		return true
	}
	return c.created <= n.at && !slices.Contains(n.except, c.id)
}

// merge returns what holds after n when a later note about t comes.
func (n note) merge(t *target, later note) note {
	if t.subject != "" {
		// Who signed in after the earlier one has at+1 as the time when that was.
		later.at = max(n.at+1, later.at)
	}
	later.at = max(n.at, later.at)
	later.until = max(n.until, later.until)
	return later
}

// clockSkew is how far the clocks of the processes that share a cookie store may be apart
// for a revocation to end all that began before it.
const clockSkew = 5

// targets are those whose notes could concern c.
func (c *content) targets(buf *[3]target) []target {
	buf[0].id, buf[1].subject = c.id, c.subject
	if c.subject == "" {
		return buf[:2]
	}
	return buf[:]
}

// lives returns ErrGone for a session that was revoked since it was loaded.
func (c *core) lives(ctx context.Context, st *state) error {
	revoked, err := c.revoked.has(ctx, &st.content)
	if err == nil && revoked {
		err = ErrGone
	}
	return err
}

// ended notes that the session in st has ended.
func (c *core) ended(ctx context.Context, st *state) error { return c.revoke(ctx, st.id) }

// rename makes st the session of somebody who signs in: with a new id, the one of
// before being noted as ended. A session that ended meanwhile is left behind, with what
// others wrote into it.
func (c *core) rename(ctx context.Context, st *state, subject string) error {
	if st.exists {
		switch err := c.lives(ctx, st); {
		case errors.Is(err, ErrGone):
			if err := st.restart(); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			if err := c.tolerate(ctx, st, c.ended(ctx, st)); err != nil {
				return err
			}
			st.id = newID()
		}
	}
	now := time.Now()
	st.begin(now)
	at, err := c.revoked.latest(ctx, subject)
	if err := c.tolerate(ctx, st, err); err != nil {
		return err
	}
	// Who signs in just after all their sessions were revoked is not meant by that.
	st.subject, st.created = subject, max(now.Unix(), at+1)
	return nil
}

// tolerate swallows the error of a list that is to fail open, and reports it.
func (c *core) tolerate(ctx context.Context, st *state, err error) error {
	if l, ok := c.revoked.(*backendRevocations); ok && l.open && err != nil {
		c.events(ctx, st.event(EventUnchecked, err))
		return nil
	}
	return err
}

// revoke notes that the session called id has ended.
func (c *core) revoke(ctx context.Context, id publicID) error {
	return c.revoked.add(ctx, target{id: id}, note{until: c.expiry(time.Now())})
}

func (c *core) revokeUser(ctx context.Context, user string, except []publicID) error {
	now := time.Now()
	return c.revoked.add(ctx, target{subject: user}, note{now.Unix() + clockSkew, c.expiry(now), except})
}

func (c *core) revokeBefore(ctx context.Context, t time.Time) error {
	return c.revoked.add(ctx, target{}, note{at: t.Unix() - 1, until: c.expiry(time.Now())})
}

// expiry is from when on no cookie that was set until now is good by itself.
func (c *core) expiry(now time.Time) int64 {
	return now.Add(c.limits.lifetime).Unix() + 2*clockSkew
}

// memoryRevocations is the list in the memory of a process. It is bounded: when it is
// full, the oldest note goes.
type memoryRevocations struct {
	n      atomic.Int64 // notes, to answer at once where there are none
	mu     sync.Mutex
	notes  map[target]note
	order  []target // the oldest first, and so roughly by expiry
	max    int
	events func(context.Context, Event)
}

const maxRevoked = 1 << 16

func newMemoryRevocations(limit int, events func(context.Context, Event)) *memoryRevocations {
	return &memoryRevocations{notes: make(map[target]note), max: limit, events: events}
}

func (l *memoryRevocations) add(ctx context.Context, t target, n note) error {
	if dropped, full := l.put(t, n, time.Now().Unix()); full {
		e := Event{Kind: EventDropped, Subject: dropped.subject}
		if dropped.id != (publicID{}) {
			e.Handle = dropped.id.String()
		}
		l.events(ctx, e)
	}
	return nil
}

// put is add. It reports a note that went to make room though it was not pointless yet.
func (l *memoryRevocations) put(t target, n note, now int64) (dropped target, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old, known := l.notes[t]; known {
		l.notes[t] = old.merge(&t, n)
		return dropped, false
	}
	for len(l.order) > 0 {
		first := l.order[0]
		expired := l.notes[first].until <= now
		if !expired && len(l.order) < l.max {
			break
		}
		if !expired {
			dropped, full = first, true
		}
		delete(l.notes, first)
		l.order = l.order[1:]
	}
	l.order = append(l.order, t)
	l.notes[t] = n
	l.n.Store(int64(len(l.order)))
	return dropped, full
}

func (l *memoryRevocations) has(_ context.Context, c *content) (bool, error) {
	if l.n.Load() == 0 {
		return false, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var buf [3]target
	for _, t := range c.targets(&buf) {
		if n, ok := l.notes[t]; ok && n.covers(&t, c) {
			return true, nil
		}
	}
	return false, nil
}

func (l *memoryRevocations) latest(_ context.Context, subject string) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.notes[target{subject: subject}].at, l.notes[target{}].at), nil
}
