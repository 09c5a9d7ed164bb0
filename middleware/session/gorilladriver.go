package session

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
)

// gorillaDriver serves a Manager on any store of gorilla/sessions. The store keeps our
// values as strings among its own; what it knows nothing of (limits, handle, subject)
// goes along as one more. The cookie is taken from the store but sent by us: once,
// and with the Manager's attributes.
type gorillaDriver struct {
	*core
	store sessions.Store
}

// metaName holds, among the values of such a session, what a Manager needs to know.
const metaName = "_session"

func (d *gorillaDriver) can() Capability { return Revoke | RevokeUser }

func (d *gorillaDriver) load(ctx context.Context, r *http.Request, st *state) error {
	// A copy: the store may replace the request's content (sessions.GetRegistry does).
	gs, err := d.store.New(r.WithContext(ctx), d.cookie.name)
	switch {
	case err != nil && !isAbsent(err):
		return err
	case err != nil:
		d.events(ctx, Event{Kind: EventUndecodable, Err: err})
		return nil
	case gs == nil:
		return nil
	case gs.IsNew:
		// An ID here came with the cookie, and the store does not know it. Left in
		// place it would be adopted at the next save.
		d.events(ctx, Event{Kind: EventUnknown})
		return nil
	}
	now := time.Now()
	st.gorilla = gs
	st.token, _ = cookieValue(r.Header["Cookie"], d.cookie.name, 0)
	for name, value := range gs.Values {
		n, ok1 := name.(string)
		v, ok2 := value.(string)
		if ok1 && ok2 && n != metaName {
			st.values = append(st.values, entry{n, v})
		}
	}
	meta, ok := gs.Values[metaName].(string)
	if !ok { // of a program that used the store without a Manager
		st.begin(now)
		st.fresh, err = d.admit(ctx, st, &content{id: st.id}) // it may have begun at any time
		return err
	}
	if !decodeMeta(meta, st) {
		st.reset()
		d.events(ctx, Event{Kind: EventUndecodable, Err: errRecord})
		return nil
	}
	_, err = d.accept(ctx, st, now)
	return err
}

// isAbsent tells a session that is not there, or cannot be read, from a store that
// does not answer.
func isAbsent(err error) bool { return ofCodec(err) || errors.Is(err, fs.ErrNotExist) }

// ofCodec reports whether an error comes from encoding or decoding. Codecs return some
// errors that are no securecookie.Error, but always several codecs' errors together.
func ofCodec(err error) bool {
	var one securecookie.Error
	var all securecookie.MultiError
	return errors.As(err, &one) || errors.As(err, &all)
}

func (d *gorillaDriver) save(ctx context.Context, r *http.Request, st *state) error {
	if !st.exists && !st.worth() {
		return nil
	}
	if st.exists {
		if err := d.lives(ctx, st); err != nil {
			return err
		}
	}
	now := time.Now()
	st.begin(now)
	r = r.WithContext(ctx)
	if st.gorilla == nil {
		// The store's own idea of a new session, asked for without the client's cookie.
		bare := r.Clone(ctx)
		bare.Header.Del("Cookie")
		gs, err := d.store.New(bare, d.cookie.name)
		if err != nil || gs == nil {
			return fmt.Errorf("session: the store makes no session: %w", err)
		}
		gs.ID = ""
		st.gorilla = gs
	}
	gs := st.gorilla
	for name, value := range gs.Values {
		if n, ok := name.(string); ok {
			if _, text := value.(string); text {
				delete(gs.Values, n)
			}
		}
	}
	for _, e := range st.values {
		gs.Values[e.name] = e.value
	}
	gs.Values[metaName] = encodeMeta(st, now)
	options := sessions.Options{Path: "/"}
	if gs.Options != nil {
		options = *gs.Options
	}
	// Never 0: to some stores that means to delete. The Manager's own cookie says what
	// the browser is to do; this says how long the store is to keep the session.
	l := d.limitsOf(st)
	options.MaxAge = max(1, int(l.ends(st.created, now).Sub(now)/time.Second))
	gs.Options = &options
	cookie, err := d.capture(r, gs, st.token)
	if err == nil {
		err = d.cookie.fits(len(cookie))
	}
	if err != nil {
		return err
	}
	if !st.exists {
		d.events(ctx, st.event(EventCreated, nil))
	}
	st.exists, st.ops, st.fresh, st.seen = true, nil, false, now.Unix()
	st.cookie, st.token = cookie, cmp.Or(cookie, st.token)
	return nil
}

func (d *gorillaDriver) commit(ctx context.Context, r *http.Request, st *state) (string, error) {
	l := d.limitsOf(st)
	if len(st.ops) > 0 || st.fresh || st.exists && l.due(st.seen, time.Now()) {
		if err := d.save(context.WithoutCancel(ctx), r, st); err != nil {
			return "", err
		}
	}
	return st.cookie, nil
}

func (d *gorillaDriver) renew(ctx context.Context, r *http.Request, st *state, subject string) error {
	if err := d.rename(ctx, st, subject); err != nil {
		return err
	}
	var old *sessions.Session
	token := st.token
	if st.exists && st.gorilla.ID != "" {
		former := *st.gorilla
		old, st.gorilla.ID, st.token = &former, "", "" // the store then gives it a new one
	}
	if err := d.save(ctx, r, st); err != nil {
		return err
	}
	return d.erase(ctx, r, old, token)
}

func (d *gorillaDriver) destroy(ctx context.Context, r *http.Request, st *state) error {
	if err := d.ended(ctx, st); err != nil {
		return err
	}
	return d.erase(ctx, r, st.gorilla, st.token)
}

// erase makes the store forget gs, which token names, in the one way that
// gorilla/sessions has for it.
func (d *gorillaDriver) erase(ctx context.Context, r *http.Request, gs *sessions.Session, token string) error {
	if gs == nil {
		return nil
	}
	dead := *gs
	dead.Values = map[any]any{}
	dead.Options = &sessions.Options{Path: "/", MaxAge: -1}
	_, err := d.capture(r.WithContext(ctx), &dead, token)
	return err
}

// capture saves gs and returns the value of the cookie that the store would set. Some
// stores look for the record at the request's cookie instead of gs.ID (gormstore 2.0.3):
// at a login they would write into the old one. So they see token alone.
func (d *gorillaDriver) capture(r *http.Request, gs *sessions.Session, token string) (string, error) {
	own := r.WithContext(r.Context()) // a copy
	own.Header = r.Header.Clone()
	if own.Header.Del("Cookie"); token != "" {
		own.Header.Set("Cookie", d.cookie.name+"="+token)
	}
	w := headerOnly{}
	if err := d.store.Save(own, w, gs); err != nil {
		if ofCodec(err) {
			err = fmt.Errorf("%w: %w", ErrEncode, err)
		}
		return "", fmt.Errorf("session: the store refused to save: %w", err)
	}
	for _, line := range w["Set-Cookie"] {
		if c, err := http.ParseSetCookie(line); err == nil && c.Name == d.cookie.name {
			return c.Value, nil
		}
	}
	return "", nil
}

// headerOnly is the ResponseWriter that a store gets to see.
type headerOnly http.Header

func (w headerOnly) Header() http.Header         { return http.Header(w) }
func (w headerOnly) Write(p []byte) (int, error) { return len(p), nil }
func (w headerOnly) WriteHeader(int)             {}

// encodeMeta is text, as a store's serializer may take nothing else:
// handle, times and subject, each after a space.
func encodeMeta(st *state, now time.Time) string {
	return strings.Join([]string{
		"1", st.id.String(), strconv.FormatInt(st.created, 10), strconv.FormatInt(now.Unix(), 10),
		base64.RawURLEncoding.EncodeToString([]byte(st.subject)),
	}, " ")
}

func decodeMeta(s string, st *state) bool {
	part := strings.Split(s, " ")
	if len(part) != 5 || part[0] != "1" {
		return false
	}
	id, ok := parseHandle(part[1])
	created, err1 := strconv.ParseInt(part[2], 10, 64)
	seen, err2 := strconv.ParseInt(part[3], 10, 64)
	subject, err3 := base64.RawURLEncoding.DecodeString(part[4])
	if !ok || errors.Join(err1, err2, err3) != nil {
		return false
	}
	st.id, st.created, st.seen, st.subject = id, created, seen, string(subject)
	return true
}
