package session

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// serverDriver serves a Manager on a Backend.
type serverDriver struct {
	*core
	backend Backend
}

func (d *serverDriver) can() Capability {
	can := Merge | Revoke
	if _, ok := d.backend.(Revoker); ok {
		can |= RevokeUser
	}
	if _, ok := d.backend.(Lister); ok {
		can |= List
	}
	return can
}

func (h hash) equal(other hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

func (d *serverDriver) load(ctx context.Context, r *http.Request, st *state) error {
	for n := range maxSameName {
		token, ok := cookieValue(r.Header["Cookie"], d.cookie.name, n)
		if !ok {
			return nil
		}
		id, sec, ok := parseToken(token)
		if !ok {
			d.events(ctx, Event{Kind: EventUndecodable, Err: errNotToken})
			continue
		}
		found, err := d.find(ctx, st, id, sec)
		if found || err != nil {
			return err
		}
	}
	return nil
}

// find loads the session called id into st if sec proves that the client owns it.
func (d *serverDriver) find(ctx context.Context, st *state, id publicID, sec secret) (found bool, err error) {
	rec, err := d.backend.Load(ctx, id.key())
	if errors.Is(err, ErrGone) {
		d.events(ctx, Event{Kind: EventUnknown, Handle: id.String()})
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c, p, ok := decodeRecord(rec.Data, st.buf[:0])
	if !ok || c.id != id {
		d.events(ctx, Event{Kind: EventUndecodable, Handle: id.String(), Err: errRecord})
		return false, nil
	}
	st.content, st.proof, st.secret = c, p, sec
	st.version, st.expires = rec.Version, rec.Expires
	now := time.Now()
	given, l := sec.hash(), d.limitsOf(st)
	switch {
	case !now.Before(rec.Expires) || l.left(c.created, now) <= 0:
		d.refuse(ctx, st, EventExpired)
	case given.equal(p.current):
		st.exists = true
	case p.previous == (hash{}) || !given.equal(p.previous):
		d.refuse(ctx, st, EventUnknown) // the handle is public: it alone proves nothing
	case now.Unix() >= p.grace:
		d.refuse(ctx, st, EventReused)
		if d.reuse {
			err := d.revoke(ctx, id)
			if err == nil {
				d.events(ctx, Event{Kind: EventDestroyed, Handle: id.String(), Subject: c.subject})
			}
			return false, err
		}
	default:
		st.secret = sec.next(&p.salt)
		st.exists, st.fresh = true, true // the response with the new token may have been lost
	}
	return st.exists, nil
}

var errRecord = errors.New("damaged, or of a newer version")

func (d *serverDriver) save(ctx context.Context, _ *http.Request, st *state) error {
	if !st.exists && !st.worth() {
		return nil
	}
	return d.store(ctx, st, d.keep)
}

func (d *serverDriver) commit(ctx context.Context, _ *http.Request, st *state) (string, error) {
	now := time.Now()
	switch {
	case !st.exists && !st.worth():
		return "", nil
	case st.exists && d.rotation(st, now):
		if err := d.store(context.WithoutCancel(ctx), st, d.rotated); err != nil {
			return "", err
		}
	case len(st.ops) > 0:
		if err := d.store(context.WithoutCancel(ctx), st, d.keep); err != nil {
			return "", err
		}
		st.fresh = st.fresh || d.limitsOf(st).maxAge > 0 // as in extend
	default:
		d.extend(ctx, st, now)
	}
	if !st.fresh {
		return "", nil
	}
	return formatToken(st.id, st.secret), nil
}

// extend records that the session was used, where it is time to. That it fails is no
// reason to fail the response.
func (d *serverDriver) extend(ctx context.Context, st *state, now time.Time) {
	l := d.limitsOf(st)
	ends := l.ends(st.created, now)
	if grown := ends.Sub(st.expires); grown < l.touch() && grown > -l.touch() {
		return
	}
	switch err := d.backend.Touch(context.WithoutCancel(ctx), st.id.key(), ends); {
	case err == nil:
		st.expires = ends
		// A browser that keeps the cookie for a time counts from when it was set.
		st.fresh = st.fresh || l.maxAge > 0
	case !errors.Is(err, ErrGone):
		d.events(ctx, st.event(EventSaveFailed, err))
	}
}

func (d *serverDriver) destroy(ctx context.Context, _ *http.Request, st *state) error {
	return d.revoke(ctx, st.id)
}

func (d *serverDriver) renew(ctx context.Context, _ *http.Request, st *state, subject string) error {
	renewed := func(st *state, now time.Time) bool {
		st.subject, st.created = subject, now.Unix()
		st.secret, st.fresh = newSecret(), true
		st.proof = proof{renewals: st.renewals + 1, current: st.secret.hash(), rotated: now.Unix()}
		return true
	}
	err := d.store(ctx, st, renewed)
	if st.exists && (errors.Is(err, ErrGone) || errors.Is(err, errRenewed)) {
		// The session ended, or went to somebody else who signed in with it. This login
		// holds all the same, in a session that has nothing from before.
		if err := st.restartFor(subject); err != nil {
			return err
		}
		err = d.store(ctx, st, renewed)
	}
	return err
}

// rotation reports whether it is time for a new secret. Who came with the previous
// one has it already.
func (d *serverDriver) rotation(st *state, now time.Time) bool {
	return d.rotate > 0 && !st.fresh && now.Sub(time.Unix(st.proof.rotated, 0)) >= d.rotate
}

// keep is the change that leaves a session's secret as it is.
func (d *serverDriver) keep(*state, time.Time) bool { return false }

// rotated is the change that gives a session the secret that follows the client's.
func (d *serverDriver) rotated(st *state, now time.Time) bool {
	if !d.rotation(st, now) {
		return false // a parallel request did it
	}
	p := &st.proof
	p.previous, p.rotated, p.grace = p.current, now.Unix(), now.Add(d.grace).Unix()
	p.salt = [16]byte(newID())
	st.secret, st.fresh = st.secret.next(&p.salt), true
	p.current = st.secret.hash()
	return true
}

// errRenewed says that the token with which a request came died while it ran.
var errRenewed = fmt.Errorf("%w: it was renewed", ErrConflict)

// maxTries bounds how often a change is made again on what others stored first. At
// each try one of those that compete gets through.
const maxTries = 48

// store saves st with its changes and the one that secure makes, if it makes one.
// Where the stored version moved, it makes them again on the new one.
func (d *serverDriver) store(ctx context.Context, st *state, secure func(*state, time.Time) bool) error {
	created := !st.exists
	if created && st.secret == (secret{}) {
		st.begin(time.Now())
		st.secret, st.fresh = newSecret(), true
		st.proof.current, st.proof.rotated = st.secret.hash(), st.created
	}
	for try := 1; ; try++ {
		now, was := time.Now(), st.proof
		next := *st
		if !secure(&next, now) && len(st.ops) == 0 {
			return nil
		}
		l := d.limitsOf(&next)
		next.expires = l.ends(next.created, now)
		version, err := d.backend.Save(ctx, next.id.key(), Record{
			Version: st.version, Subject: next.subject, Expires: next.expires,
			Data: encodeRecord(&next.content, &next.proof),
		})
		if err == nil {
			*st = next
			st.version, st.exists, st.ops = version, true, nil
			switch {
			case created:
				d.events(ctx, st.event(EventCreated, nil))
			case st.proof.renewals == was.renewals && st.proof.rotated != was.rotated:
				d.events(ctx, st.event(EventRotated, nil))
			}
			return nil
		}
		if created || !errors.Is(err, ErrConflict) || try == maxTries {
			return fmt.Errorf("session: cannot be stored: %w", err)
		}
		if err := wait(ctx, try); err != nil {
			return fmt.Errorf("session: cannot be stored: %w", err)
		}
		if err := d.rebase(ctx, st); err != nil {
			return err
		}
	}
}

// rebase loads st anew and makes its changes again on what is there now.
func (d *serverDriver) rebase(ctx context.Context, st *state) error {
	rec, err := d.backend.Load(ctx, st.id.key())
	if err != nil {
		return fmt.Errorf("session: cannot be stored: %w", err)
	}
	c, p, ok := decodeRecord(rec.Data, nil)
	switch {
	case !ok || c.id != st.id:
		return fmt.Errorf("session: cannot be stored: %w", errRecord)
	case p.renewals != st.renewals:
		return errRenewed
	}
	if c.values, err = replay(c.values, st.ops); err != nil {
		return err
	}
	if p.rotated != st.proof.rotated && st.secret.hash().equal(p.previous) {
		st.secret, st.fresh = st.secret.next(&p.salt), true
	}
	st.content, st.proof, st.version = c, p, rec.Version
	return nil
}

// wait lets the others go first: not at all at the beginning, then for a random time
// that may grow to 32 ms.
func wait(ctx context.Context, try int) error {
	if try <= 2 {
		return ctx.Err()
	}
	t := time.NewTimer(rand.N(time.Millisecond << min(try-2, 5)))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// restartFor is restart for a session that ended while somebody signs in. For whom it
// signed in already the error is ErrGone: perhaps nothing but that session speaks for them.
func (st *state) restartFor(subject string) error {
	if subject != "" && subject == st.subject && !st.released {
		return fmt.Errorf("session: cannot be renewed: %w", ErrGone)
	}
	return st.restart()
}

// restart makes st a new session with what this request itself wrote.
func (st *state) restart() (err error) {
	ops := st.ops
	st.reset()
	st.values, err = replay(nil, ops)
	st.ops = ops
	return err
}
