package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Info is what [Manager.List] tells about a session.
type Info struct {
	// Handle is its public name, which [Manager.Revoke] takes.
	Handle string

	// Subject is whom it signs in.
	Subject string

	// Created is when it began, or was last renewed.
	Created time.Time

	// Seen is when it was last used, to within a twentieth of its IdleTimeout; of a
	// session that will soon end by its Lifetime it is the earliest that it can be.
	Seen time.Time

	// Expires is when it ends if it is not used again.
	Expires time.Time

	values *values // a pointer, so that who prints an Info does not print them
}

// In returns the value that a listed session holds, as [Key.Get] does of the request's own:
// the name of a device that was stored at login, say. It reports false as well for a value
// that is no T.
func (k *Key[T]) In(i Info) (v T, ok bool) {
	if i.values == nil {
		return v, false
	}
	at, ok := i.values.find(k.name)
	if !ok {
		return v, false
	}
	v, err := k.decode((*i.values)[at].value)
	if err != nil {
		var zero T
		return zero, false
	}
	return v, true
}

var (
	errNoList       = fmt.Errorf("session: the store cannot list sessions; use session.NewServerStore with a Backend that is a Lister: %w", errors.ErrUnsupported)
	errNoRevokeUser = fmt.Errorf("session: the backend cannot revoke by user; use one that is a Revoker: %w", errors.ErrUnsupported)
	errNoBefore     = fmt.Errorf("session: a server store has no list of what was revoked; delete its records to end all sessions: %w", errors.ErrUnsupported)
	errNoUser       = errors.New("session: the user is empty; sessions that sign nobody in belong to nobody")
)

// List yields the sessions that sign user in, as given to [Session.Renew]: the devices of
// a user. Their order is not certain. An error is yielded last; it is an
// [errors.ErrUnsupported] where the store cannot [List].
func (m *Manager) List(ctx context.Context, user string) iter.Seq2[Info, error] {
	c := m.ready()
	if user == "" {
		return one(errNoUser)
	}
	return c.driver.list(ctx, user)
}

// one yields nothing but an error.
func one(err error) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) { yield(Info{}, err) }
}

// Revoke ends the session with that handle at once, whoever's it is: check first, with
// List, that it is one of the user's who asks. That there is none is no error.
func (m *Manager) Revoke(ctx context.Context, handle string) error {
	c := m.ready()
	id, ok := parseHandle(handle)
	if !ok {
		return fmt.Errorf("session: %q is no handle of a session", handle)
	}
	if err := c.driver.revoke(ctx, id); err != nil {
		return err
	}
	c.events(ctx, Event{Kind: EventDestroyed, Handle: handle})
	return nil
}

// RevokeUser ends all sessions that sign user in, at once, but for those with one of the
// handles in except; empty ones are passed over. One that is signed in afterwards is not
// concerned. The error is an [errors.ErrUnsupported] where the store cannot [RevokeUser]; after
// any other it is not known which sessions ended, and calling it again is safe.
//
//	sessions.RevokeUser(ctx, user, session.From(ctx).Handle()) // sign out everywhere else
func (m *Manager) RevokeUser(ctx context.Context, user string, except ...string) error {
	c := m.ready()
	if user == "" {
		return errNoUser
	}
	var ids []publicID
	for _, handle := range except {
		id, ok := parseHandle(handle)
		switch {
		case ok:
			ids = append(ids, id)
		case handle != "":
			return fmt.Errorf("session: %q is no handle of a session", handle)
		}
	}
	if err := c.driver.revokeUser(ctx, user, ids); err != nil {
		return err
	}
	if s := m.From(ctx); s != nil && len(ids) == 0 {
		s.released.Store(true)
	}
	c.events(ctx, Event{Kind: EventUserRevoked, Subject: user})
	return nil
}

// RevokeBefore ends all sessions, of whomever, that began or were last renewed before t:
// after cookies were stolen, or a backup of a store that others wrote, say. A stolen key
// it does not make good, as who has that seals what begins tomorrow; see [RotateKeys]. t
// is taken to the second. A session that a program without a Manager left in a store has
// no beginning, and ends with any t. Only stores that have
// [Revocations] need it and can do it; for others the error is an [errors.ErrUnsupported].
func (m *Manager) RevokeBefore(ctx context.Context, t time.Time) error {
	c := m.ready()
	if err := c.driver.revokeBefore(ctx, t); err != nil {
		return err
	}
	c.events(ctx, Event{Kind: EventAllRevoked})
	return nil
}

func (c *core) list(context.Context, string) iter.Seq2[Info, error] { return one(errNoList) }

func (d *serverDriver) list(ctx context.Context, user string) iter.Seq2[Info, error] {
	backend, ok := d.backend.(Lister)
	if !ok {
		return one(errNoList)
	}
	return func(yield func(Info, error) bool) {
		for rec, err := range backend.List(ctx, user) {
			if err != nil {
				yield(Info{}, fmt.Errorf("session: cannot list: %w", err))
				return
			}
			if i, ok := d.info(ctx, &rec, user); ok && !yield(i, nil) {
				return
			}
		}
	}
}

// info is what a record tells; ok is false for one that does not count.
func (d *serverDriver) info(ctx context.Context, rec *Record, user string) (i Info, ok bool) {
	now := time.Now()
	var st state
	if st.content, st.proof, ok = decodeRecord(rec.Data, nil); !ok {
		d.events(ctx, Event{Kind: EventUndecodable, Subject: user, Err: errRecord})
		return i, false
	}
	l := d.limitsOf(&st)
	if st.subject != user || !now.Before(rec.Expires) || l.left(st.created, now) <= 0 {
		return i, false
	}
	held := st.values // without the rest of st
	i = Info{
		Handle: st.id.String(), Subject: user, Expires: rec.Expires,
		Created: time.Unix(st.created, 0), Seen: rec.Expires.Add(-l.idle), values: &held,
	}
	if i.Seen.Before(i.Created) {
		i.Seen = i.Created
	}
	return i, true
}

func (d *serverDriver) revoke(ctx context.Context, id publicID) error {
	if err := d.backend.Delete(ctx, id.key()); err != nil {
		return fmt.Errorf("session: cannot be destroyed: %w", err)
	}
	return nil
}

func (d *serverDriver) revokeUser(ctx context.Context, user string, except []publicID) error {
	backend, ok := d.backend.(Revoker)
	if !ok {
		return errNoRevokeUser
	}
	keep := make([]ID, len(except))
	for i, id := range except {
		keep[i] = id.key()
	}
	if err := backend.Revoke(ctx, user, keep...); err != nil {
		return fmt.Errorf("session: cannot be revoked: %w", err)
	}
	return nil
}

func (d *serverDriver) revokeBefore(context.Context, time.Time) error { return errNoBefore }
