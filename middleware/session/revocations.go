package session

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Revocations says where a [Manager] notes what was revoked while cookies of it are
// still good by themselves: single sessions, all sessions of a user, all from before
// some time. The cookie store needs that, and so do stores that others wrote. Each note
// is kept until the last cookie that it stops has expired by its Lifetime, as that
// is then: who raises Lifetime and IdleTimeout later also calls [Manager.RevokeBefore],
// or copies of cookies that were revoked earlier are good again.
type Revocations struct {
	// Backend keeps the notes, so that they hold in every process that uses it, at once,
	// and outlive the process. It should keep nothing else: one that is full may drop
	// them like anonymous sessions. A request that asks for its session then asks
	// Backend as well: what is revoked, in one go of two or three parallel Loads.
	//
	// nil keeps the notes in this process's memory, at most 65,536, which is some 10
	// MiB; when it is full one goes, with [EventDropped]: the oldest of a session that
	// signed nobody in, then of one that did, then of users. Another process, and this
	// one after a restart, then accepts a cookie that was copied before the revocation,
	// until it expires.
	Backend Backend

	// FailOpen accepts sessions, with [EventUnchecked], while Backend does not answer. By
	// default a session that cannot be checked cannot be loaded: whoever needs it is
	// answered 503. Destroy and the Manager's Revoke methods return Backend's error in
	// either case; Renew goes on where FailOpen is set. A request whose own context has
	// ended is no such case, as clients choose when they hang up.
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
	at     int64       // Unix time: sessions that began until then have ended; of no meaning for one session
	until  int64       // Unix time from which the note is pointless
	except []exception // of the user's sessions, those that go on
	nobody bool        // it is about a session that signed nobody in; not kept by a Backend
}

// exception is a session that goes on. It does not bring back one that ended before.
type exception struct {
	id    publicID
	since int64 // Unix time: if it began until then, it has ended all the same; 0 for never
}

// covers reports whether a note about t ends the session c.
func (n *note) covers(t *target, c *content) bool {
	if t.id != (publicID{}) {
		return true
	}
	if e := n.exception(c.id); e != nil {
		return c.created <= e.since
	}
	return c.created <= n.at
}

func (n *note) exception(id publicID) *exception {
	if i := slices.IndexFunc(n.except, func(e exception) bool { return e.id == id }); i >= 0 {
		return &n.except[i]
	}
	return nil
}

// merge returns what holds after n when a later note about t comes.
func (n note) merge(t *target, later note) note {
	if t.subject != "" {
		// Who signed in after the earlier one has at+1 as the time when that was.
		later.at, later.until = max(n.at+1, later.at), max(n.until+1, later.until)
	}
	later.at = max(n.at, later.at)
	later.until = max(n.until, later.until)
	later.except = slices.Clone(later.except)
	for i := range later.except {
		e := &later.except[i]
		e.since = n.at
		if before := n.exception(e.id); before != nil {
			e.since = before.since
		}
	}
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
func (c *core) ended(ctx context.Context, st *state) error {
	// It may have begun later than now: see rename.
	until := max(c.expiry(time.Now()), c.expiry(time.Unix(st.created, 0)))
	return c.revoked.add(ctx, target{id: st.id}, note{until: until, nobody: st.subject == ""})
}

// rename makes st the session of somebody who signs in: with a new id, the one of
// before being noted as ended. A session that ended meanwhile is left behind, with what
// others wrote into it.
func (c *core) rename(ctx context.Context, st *state, subject string) error {
	if st.exists {
		switch err := c.lives(ctx, st); {
		case errors.Is(err, ErrGone):
			if err := st.restartFor(subject); err != nil {
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
	if l, ok := c.revoked.(*backendRevocations); ok && err != nil && l.opens(ctx) {
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
	n := note{at: now.Unix() + clockSkew, until: c.expiry(now)}
	for _, id := range except {
		n.except = append(n.except, exception{id: id})
	}
	return c.revoked.add(ctx, target{subject: user}, n)
}

func (c *core) revokeBefore(ctx context.Context, t time.Time) error {
	return c.revoked.add(ctx, target{}, note{at: t.Unix() - 1, until: c.expiry(time.Now())})
}

// expiry is from when on no cookie of a session that began until now is good by itself.
func (c *core) expiry(now time.Time) int64 {
	return now.Add(c.limits.lifetime).Unix() + 2*clockSkew
}
