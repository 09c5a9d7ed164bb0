package session

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Options are what one session may have differently from others of its [Manager]: a
// cookie that stays on a device whose user asked to be remembered, or shorter limits
// for one with more power.
type Options struct {
	// MaxAge is how long the browser keeps this session's cookie, at most 400 days and no
	// longer than the session may live. 0 makes a browser session of it,
	// whatever the Manager's Cookie.MaxAge is.
	MaxAge time.Duration

	// IdleTimeout and Lifetime are this session's limits. 0 is the Manager's, which
	// nothing can exceed: set those to the longest that any session may last.
	IdleTimeout, Lifetime time.Duration
}

// optionsName holds a session's Options, among its values.
const optionsName = "_options"

var (
	errOptions  = errors.New("session: Options")
	errOptsLate = fmt.Errorf("%w, which would carry the cookie", ErrHeaderSent)
)

// SetOptions gives the session options of its own; it keeps them when it is renewed.
// Call it before the response begins; later it returns [ErrHeaderSent]. Impossible options
// change nothing and are an error that names the field; others are those of [Key.Set].
// A session that holds nothing else is not stored for its options.
//
// To keep people signed in who ask for it, give the Manager the longest limits, and
// shorter ones to the sessions of all others:
//
//	sessions := &session.Manager{IdleTimeout: 14 * 24 * time.Hour, Lifetime: 30 * 24 * time.Hour}
//
//	limits := session.Options{IdleTimeout: 30 * time.Minute, Lifetime: 12 * time.Hour}
//	if r.FormValue("remember") != "" {
//		limits = session.Options{MaxAge: 14 * 24 * time.Hour}
//	}
//	err := s.SetOptions(limits) // at login, and then Renew
//
// A MaxAge alone does not do it: a Manager ends sessions after 30 minutes without use, and
// after 12 hours in any case, unless it is told otherwise.
func (s *Session) SetOptions(o Options) error {
	if s == nil {
		return errNone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := o.check(&s.core.limits)
	if err == nil && s.sent {
		err = errOptsLate
	}
	if err == nil {
		err = s.apply(op{name: optionsName, kind: opSet, value: o.encode()})
	}
	if err == nil {
		s.st.fresh = s.st.fresh || s.st.exists // the cookie itself is to change
	}
	return s.note(optionsName, err)
}

// Options returns what holds for the session: its own options, or its Manager's. It
// loads the session.
func (s *Session) Options() Options {
	if s == nil {
		return Options{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.core.limits
	if s.load() == nil {
		l = s.core.limitsOf(s.st)
	}
	return Options{MaxAge: l.maxAge, IdleTimeout: l.idle, Lifetime: l.lifetime}
}

func (o *Options) check(most *limits) error {
	switch {
	case o.MaxAge < 0 || o.MaxAge > maxCookieAge || o.MaxAge > 0 && o.MaxAge < time.Second:
		return fmt.Errorf("%w.MaxAge: not 0, nor between a second and 400 days", errOptions)
	case o.IdleTimeout < 0 || o.IdleTimeout > 0 && o.IdleTimeout < time.Second:
		return fmt.Errorf("%w.IdleTimeout: less than a second", errOptions)
	case o.IdleTimeout > most.idle:
		return fmt.Errorf("%w.IdleTimeout: more than the Manager's %v", errOptions, most.idle)
	case o.Lifetime < 0 || o.Lifetime > 0 && o.Lifetime < time.Second:
		return fmt.Errorf("%w.Lifetime: less than a second", errOptions)
	case o.Lifetime > most.lifetime:
		return fmt.Errorf("%w.Lifetime: more than the Manager's %v", errOptions, most.lifetime)
	}
	if life := cmp.Or(o.Lifetime, most.lifetime); o.MaxAge > life {
		return fmt.Errorf("%w.MaxAge: more than the session may live, which is %v; raise the Manager's Lifetime", errOptions, life)
	}
	return nil
}

// encode returns the three in seconds.
func (o *Options) encode() string {
	b := make([]byte, 0, 32)
	for i, d := range [...]time.Duration{o.MaxAge, o.IdleTimeout, o.Lifetime} {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(d/time.Second), 10)
	}
	return string(b)
}

func decodeOptions(s string) (o Options, ok bool) {
	for i, d := range [...]*time.Duration{&o.MaxAge, &o.IdleTimeout, &o.Lifetime} {
		word, rest, more := strings.Cut(s, " ")
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil || more != (i < 2) {
			return Options{}, false
		}
		*d, s = time.Duration(n)*time.Second, rest
	}
	return o, o.MaxAge <= maxCookieAge
}
