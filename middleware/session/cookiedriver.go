package session

import (
	"context"
	"encoding/binary"
	"net/http"
	"time"
)

// cookieDriver serves a Manager on a CookieStore.
type cookieDriver struct {
	*core
	keys *Keyring
	name []byte // of the cookie, to which the sealed value is bound
}

func newCookieDriver(c *core, keys *Keyring) *cookieDriver {
	return &cookieDriver{core: c, keys: keys, name: []byte(c.cookie.name)}
}

func (d *cookieDriver) can() Capability { return Revoke | RevokeUser }

func (d *cookieDriver) load(ctx context.Context, r *http.Request, st *state) error {
	now := time.Now()
	for n := range maxSameName {
		token, ok := cookieValue(r.Header["Cookie"], d.cookie.name, n)
		if !ok {
			return nil
		}
		var plain []byte
		err := d.cookie.fits(len(token))
		if err == nil {
			plain, err = d.keys.open(token, d.name, now)
		}
		if err == nil && !decodeCookie(string(plain), st) {
			err = errNotToken
		}
		if err != nil {
			st.reset()
			d.events(ctx, Event{Kind: EventUndecodable, Err: err})
		} else if ok, err := d.accept(ctx, st, now); ok || err != nil {
			return err
		}
	}
	return nil
}

func (d *cookieDriver) save(_ context.Context, _ *http.Request, st *state) error {
	return d.cookie.fits(sealedLen(len(st.plain(nil, time.Now()))))
}

func (d *cookieDriver) commit(ctx context.Context, _ *http.Request, st *state) (string, error) {
	now := time.Now()
	if !st.exists && !st.worth() {
		return "", nil
	}
	if st.exists {
		l := d.limitsOf(st)
		if len(st.ops) == 0 && !st.fresh && !l.due(st.seen, now) {
			return "", nil
		}
		if err := d.lives(context.WithoutCancel(ctx), st); err != nil {
			return "", err
		}
	}
	token := d.keys.seal(st.plain(make([]byte, sealHead, 512), now), d.name, now)
	if err := d.cookie.fits(len(token)); err != nil {
		return "", err
	}
	if !st.exists {
		d.events(ctx, st.event(EventCreated, nil))
	}
	st.exists, st.ops = true, nil
	return token, nil
}

// renew gives the session another id, since nothing else tells a cookie from before from
// one that comes after, and notes that the old one has ended.
func (d *cookieDriver) renew(ctx context.Context, _ *http.Request, st *state, subject string) error {
	if err := d.rename(ctx, st, subject); err != nil {
		return err
	}
	st.fresh = true
	return nil
}

func (d *cookieDriver) destroy(ctx context.Context, _ *http.Request, st *state) error {
	return d.ended(ctx, st)
}

// plain appends what is sealed into the cookie.
func (st *state) plain(b []byte, now time.Time) []byte {
	b = append(b, formatSession)
	b = append(b, st.id[:]...)
	b = appendTime(b, st.created)
	b = binary.AppendVarint(b, now.Unix()-st.created)
	b = appendString(b, st.subject)
	return st.values.append(b)
}

// decodeCookie is the reverse of plain. The strings of st share memory with plain.
func decodeCookie(plain string, st *state) (ok bool) {
	r := reader{s: plain}
	if r.byte() != formatSession {
		return false
	}
	copy(st.id[:], r.take(len(st.id)))
	st.created = readTime(&r)
	st.seen = st.created + r.varint()
	st.subject = r.string()
	st.values = r.values(st.buf[:0])
	return r.done()
}
