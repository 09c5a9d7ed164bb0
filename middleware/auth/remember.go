package auth

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Remember keeps people signed in on a device after their session there has ended, until
// they sign out: "keep me signed in". It belongs into [Session.Remember]. It must not be
// copied; its fields are read once.
//
// The device holds a token in a cookie, of which the store has a hash. When the session has
// ended, the token begins another and is replaced. It is good for that only once, but for a
// short grace, as browsers ask for several things at a time. A token that comes later
// was copied, by whoever: then all sessions of its user and all their remembered devices
// end (Barry Jaspan, "Improved Persistent Login Cookie Best Practice"). So does a change
// of the password.
//
// Who is signed in so has the time of their last real sign-in: [Recent] asks them for
// their password.
type Remember struct {
	// Accounts has the users. nil is refused at Wrap.
	Accounts *Accounts

	// For is how long a device is remembered that is not used. 0: 30 days; at most 400, as
	// browsers keep no cookie for longer.
	For time.Duration

	// Grace is for how long a token that was replaced is still good. 0: 30 seconds.
	Grace time.Duration

	// Cookie is the cookie's name. "": "__Host-remember", or with InsecureCookie
	// "remember".
	Cookie string

	// InsecureCookie leaves Secure out, so that the cookie also travels over plain http,
	// where anybody on the way can take it. http://localhost does not need it.
	InsecureCookie bool

	// Label returns what a device is called in lists: "Firefox on Linux". nil: the
	// User-Agent field, shortened.
	Label func(*http.Request) string

	once   sync.Once
	err    error
	cookie http.Cookie // without value and age
}

const (
	defaultRemember = 30 * 24 * time.Hour
	defaultGrace    = 30 * time.Second
)

func (m *Remember) check() error {
	m.once.Do(func() { m.err = m.settle() })
	return m.err
}

func (m *Remember) settle() error {
	switch {
	case m.Accounts == nil:
		return errors.New("auth: Remember.Accounts is nil; set it to the Accounts whose users are to be remembered")
	case m.For < 0 || m.For > maxCookieAge:
		return errors.New("auth: Remember.For is not between 0 and 400 days")
	case m.Grace < 0:
		return errors.New("auth: Remember.Grace is negative")
	}
	var err error
	if m.cookie, err = hostCookie("Remember.Cookie", m.Cookie, "remember", m.InsecureCookie); err != nil {
		return err
	}
	return m.Accounts.check()
}

func (m *Remember) life() time.Duration  { return cmp.Or(m.For, defaultRemember) }
func (m *Remember) grace() time.Duration { return cmp.Or(m.Grace, defaultGrace) }

// held returns the token that r carries.
func (m *Remember) held(r *http.Request) (held, bool) {
	c, err := r.Cookie(m.cookie.Name)
	if err != nil {
		return held{}, false
	}
	return parseHeld(c.Value)
}

// familyBytes of a remembered device's token stay when it is replaced, so that one that was
// replaced long ago, and more than once, is known for what it is.
const familyBytes = secretBytes / 2

// family is the ID of the secret that a device has, with all the tokens that it had.
func (h *held) family() string {
	sum := sha256.Sum256(append([]byte("surcoat remember "), h.secret[:familyBytes]...))
	return b64.EncodeToString(sum[:idBytes])
}

// next is the token that replaces h: whoever holds the one can be handed the other again
// while the grace lasts; the store alone knows neither.
func (h held) next(s *Secret) held {
	mac := hmac.New(sha256.New, h.secret[:])
	mac.Write([]byte("surcoat remember " + s.ID + " " + strconv.FormatInt(s.Step, 10)))
	copy(h.secret[familyBytes:], mac.Sum(nil))
	return h
}

// maxLabel is how much of a User-Agent field is kept.
const maxLabel = 200

func (m *Remember) label(r *http.Request) string {
	label := r.UserAgent()
	if m.Label != nil {
		label = m.Label(r)
	}
	label = strings.ToValidUTF8(label, "")
	if len(label) > maxLabel {
		label = strings.ToValidUTF8(label[:maxLabel], "")
	}
	return label
}

// begin gives id's device a token. now is when they signed in.
func (m *Remember) begin(w http.ResponseWriter, r *http.Request, id Identity) error {
	h, _, err := m.Accounts.issue(r.Context(), id.Subject, Secret{
		Kind: RememberSecret, Label: m.label(r), Scopes: id.Methods, Used: id.Time, Expires: time.Now().Add(m.life()),
	})
	if err != nil {
		return err
	}
	m.put(w, h)
	return nil
}

// put gives the device a token.
func (m *Remember) put(w http.ResponseWriter, h held) {
	c := m.cookie
	c.Value, c.MaxAge = h.String(), int(m.life()/time.Second)
	putCookie(w.Header(), &c)
}

// remove takes the token from the device.
func (m *Remember) remove(w http.ResponseWriter) {
	c := m.cookie
	c.MaxAge = -1
	putCookie(w.Header(), &c)
}

// forget ends what r's token is for, and removes the cookie.
func (m *Remember) forget(w http.ResponseWriter, r *http.Request) error {
	h, ok := m.held(r)
	if !ok {
		return nil
	}
	m.remove(w)
	family := h.family()
	_, err := m.Accounts.update(r.Context(), h.name, func(u *User) error {
		before := len(u.Secrets)
		u.drop(func(s *Secret) bool { return s.Kind == RememberSecret && s.ID == family })
		if len(u.Secrets) == before {
			return ErrRefused // what anybody can make up must not be a write
		}
		return nil
	})
	if errors.Is(err, ErrRefused) {
		return nil
	}
	return err
}

// was reports whether hash is the secret's former one, in constant time.
func (s *Secret) was(hash string) bool {
	old := Secret{Hash: s.Previous}
	return s.Previous != "" && old.is(hash)
}

// errReused says that a remembered device's token was copied.
var errReused = fmt.Errorf("%w: a remembered device's token came a second time", ErrRefused)

// revive returns who r's device is of, and lets keep begin their session before the token
// is replaced: a token that is spent must have brought something. [ErrNone] says that the
// device is not remembered.
func (m *Remember) revive(w http.ResponseWriter, r *http.Request, keep func(Identity) error) (Identity, error) {
	h, ok := m.held(r)
	if !ok {
		return Identity{}, ErrNone
	}
	ctx := r.Context()
	u, err := m.Accounts.lookup(ctx, h.name)
	if errors.Is(err, ErrRefused) {
		return Identity{}, ErrNone
	}
	if err != nil {
		return Identity{}, err
	}
	s, _, err := u.remembered(&h, time.Now())
	if errors.Is(err, errReused) {
		return Identity{}, m.stolen(w, r, h)
	}
	if err != nil {
		return Identity{}, err
	}
	id := u.Identity()
	id.Methods, id.Time, id.Ambient, id.Scheme = s.Scopes, s.Used, true, "Session"
	if err := keep(id); err != nil {
		return Identity{}, err
	}
	if err := m.replace(w, r, h); err != nil {
		return Identity{}, err
	}
	return id, nil
}

// remembered returns the secret of a device's token. old says that the token was replaced
// a moment ago.
func (u *User) remembered(h *held, now time.Time) (s *Secret, old bool, err error) {
	if u.Disabled {
		return nil, false, ErrNone
	}
	hash, family := h.hash(), h.family()
	for i := range u.Secrets {
		s := &u.Secrets[i]
		switch {
		case s.Kind != RememberSecret || s.ID != family || s.expired(now):
		case s.is(hash):
			return s, false, nil
		case s.was(hash) && now.Before(s.Grace):
			return s, true, nil
		default:
			return nil, false, errReused
		}
	}
	return nil, false, ErrNone
}

// replace gives the device the token after h. That it fails is no reason to sign nobody in:
// h stays good. That h is no good any more, which a store may only see now that it writes, is.
func (m *Remember) replace(w http.ResponseWriter, r *http.Request, h held) error {
	ctx := context.WithoutCancel(r.Context())
	now := time.Now()
	var next held
	var no error
	_, err := m.Accounts.update(ctx, h.name, func(u *User) error {
		s, old, err := u.remembered(&h, now)
		if no = err; err != nil {
			return ErrRefused
		}
		next = h.next(s)
		if old { // another request was first
			before := *s
			before.Step--
			next = h.next(&before)
			return nil
		}
		s.Previous, s.Grace = s.Hash, now.Add(m.grace())
		s.Hash, s.Expires = next.hash(), now.Add(m.life())
		s.Step++
		return nil
	})
	switch {
	case err == nil:
	case errors.Is(no, errReused):
		return m.stolen(w, r, h)
	case errors.Is(err, ErrRefused):
		return ErrNone
	default:
		m.Accounts.logger().WarnContext(ctx, "auth: a remembered device's token could not be replaced", "user", h.name, "error", err)
		return nil
	}
	m.put(w, next)
	return nil
}

// stolen ends everything of h's user that began with a sign-in.
func (m *Remember) stolen(w http.ResponseWriter, r *http.Request, h held) error {
	ctx := context.WithoutCancel(r.Context())
	_, err := m.Accounts.change(ctx, h.name, (*User).endSessions)
	if err != nil {
		return err
	}
	m.Accounts.logger().LogAttrs(ctx, slog.LevelWarn, "auth: a remembered device's token came a second time and may be stolen; all sessions of the user have ended",
		slog.String("user", h.name))
	m.remove(w)
	return ErrNone
}

// Devices returns the devices on which a user stays signed in, the one remembered first
// first. Used is when they signed in there. The error wraps [ErrNoUser] or [ErrUnavailable].
func (m *Remember) Devices(ctx context.Context, name string) ([]Secret, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	u, err := lookup(ctx, m.Accounts.Users, name)
	if err != nil {
		return nil, err
	}
	var devices []Secret
	for _, s := range u.Secrets {
		if s.Kind == RememberSecret && !s.expired(time.Now()) {
			devices = append(devices, s)
		}
	}
	return devices, nil
}

// Forget makes one of a user's devices be remembered no longer, by its ID. A session there
// goes on until it ends. That there is none is no error.
func (m *Remember) Forget(ctx context.Context, name, id string) error {
	if err := m.check(); err != nil {
		return err
	}
	_, err := m.Accounts.change(ctx, name, func(u *User) {
		u.drop(func(s *Secret) bool { return s.Kind == RememberSecret && s.ID == id })
	})
	return err
}
