package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/surcoat/surcoat/internal/vary"
)

// Session is what a client left with the site. It is loaded when something of it is
// first asked for, and stored just before the response header leaves.
//
// A Session belongs to one request; the goroutines of its handler may use it
// together. A nil Session, as [From] returns where no Manager is, holds nothing and
// refuses to be written to.
type Session struct {
	core  *core
	r     *http.Request
	outer *Session // of another Manager

	released atomic.Bool // see state; not under mu, as Manager.Events may revoke

	mu      sync.Mutex
	st      *state           // nil until somebody asks
	err     error            // why it could not be loaded
	misread error            // why the value asked for last could not be decoded
	lost    map[string]error // changes that were refused, by key
	sent    bool             // the response header has left
}

// load makes sure that s.st is there, and returns why it is not what the store has.
// s.mu is held.
func (s *Session) load() error {
	if s.st != nil {
		return s.err
	}
	s.st = &state{}
	_, s.st.asked = cookieValue(s.r.Header["Cookie"], s.core.cookie.name, 0)
	if !s.st.asked {
		return nil
	}
	ctx := s.r.Context()
	if err := s.core.driver.load(ctx, s.r, s.st); err != nil {
		s.st.reset()
		s.err = fmt.Errorf("session: cannot be loaded: %w", err)
		s.core.events(ctx, Event{Kind: EventLoadFailed, Err: err})
	}
	return s.err
}

// value returns what is stored under name. s.mu is held.
func (s *Session) value(name string) (value string, ok bool, err error) {
	if err := s.load(); err != nil {
		return "", false, err
	}
	i, ok := s.st.values.find(name)
	if !ok {
		return "", false, nil
	}
	return s.st.values[i].value, true, nil
}

// Value returns the value stored under name as it is encoded, and "" when there is
// none: a string as it is, other types as the [Key] wrote them. The error is that of
// [Session.Err].
func (s *Session) Value(name string) (string, error) {
	if s == nil {
		return "", errNone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	value, _, err := s.value(name)
	return value, err
}

// SetValue stores a string under name, where a Key[string] of that name finds it;
// "" removes it. The error is that of [Key.Set].
func (s *Session) SetValue(name, value string) error {
	if name == "" || name == flashName || reserved(name) {
		return fmt.Errorf("%w: the name %q is reserved", ErrEncode, name)
	}
	if value == "" {
		return s.change(op{name: name, kind: opDelete})
	}
	return s.change(op{name: name, kind: opSet, value: value})
}

// change makes o's change and notes it.
func (s *Session) change(o op) error {
	if s == nil {
		return errNone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.note(o.name, s.apply(o))
}

func (s *Session) apply(o op) error {
	if err := s.load(); err != nil {
		return err
	}
	if err := s.writable(); err != nil {
		return err
	}
	if !s.sent && s.changesNothing(&o) {
		return nil
	}
	after, err := o.apply(s.st.values)
	if err != nil {
		return err
	}
	s.st.begin(time.Now())
	s.st.values, s.st.ops = after, logOp(s.st.ops, o)
	if s.sent { // nobody will come by to save it later
		return s.save(s.r.Context())
	}
	return nil
}

// changesNothing reports whether o leaves what is there, so that nothing has to be
// stored: this request might as well have run before any other that changed it.
func (s *Session) changesNothing(o *op) bool {
	i, there := s.st.values.find(o.name)
	switch o.kind {
	case opSet:
		return there && s.st.values[i].value == o.value
	case opDelete:
		return !there
	}
	return false
}

// writable reports why the session can no longer be changed.
func (s *Session) writable() error {
	if s.sent && (!s.st.exists || s.core.driver.can()&Merge == 0) {
		return ErrHeaderSent
	}
	return nil
}

// note remembers that a change of key was refused, so that no response pretends it
// was made, until a later change of the same key succeeds.
func (s *Session) note(key string, err error) error {
	switch {
	case err == nil:
		delete(s.lost, key)
	case !s.sent:
		if s.lost == nil {
			s.lost = make(map[string]error)
		}
		s.lost[key] = err
	}
	return err
}

// refused returns the error of a change that was refused and not made up for.
func (s *Session) refused() error {
	for _, err := range s.lost {
		return err
	}
	return nil
}

// save stores the changes now. s.mu is held.
func (s *Session) save(ctx context.Context) error {
	err := s.core.driver.save(ctx, s.r, s.st)
	if err != nil {
		s.failed(ctx, err)
	}
	return err
}

func (s *Session) failed(ctx context.Context, err error) {
	kind := EventSaveFailed
	if errors.Is(err, ErrGone) {
		kind = EventGone
	}
	s.core.events(ctx, s.st.event(kind, err))
}

// Save stores the changes so far, where they would otherwise be stored when the
// response begins: for a handler that wants to know that it worked, or that goes on
// for long without a response. On the cookie store it only checks that the session
// fits. The cookie itself always leaves with the response header.
func (s *Session) Save(ctx context.Context) error {
	if s == nil {
		return errNone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return err
	}
	if err := s.refused(); err != nil || len(s.st.ops) == 0 {
		return err
	}
	return s.save(ctx)
}

// Renew signs subject in, or changes what they may do: it replaces the session's
// secret, stores the session at once, and starts its Lifetime anew. From then on no
// token from before is accepted, so that nobody who planted or saw one is signed in
// along with the user. The values stay. An empty subject signs nobody in.
//
// Where the session ended while the request ran, subject gets a new one, without the values
// from before. Only for whom it signed in already the error is [ErrGone], as the session
// may be all that the request knows them by: else a thief whose slow request was on its way
// would get a new session when all are revoked. A request that itself calls
// [Manager.RevokeUser] without exceptions, and then Renew, gets one.
//
// Call it at every login and change of privilege, before the response begins: later
// it changes nothing and returns [ErrHeaderSent].
func (s *Session) Renew(ctx context.Context, subject string) error {
	return s.end(ctx, "renew", func(ctx context.Context) error {
		if s.sent {
			return ErrHeaderSent
		}
		s.st.released = s.released.Load()
		if err := s.core.driver.renew(ctx, s.r, s.st, subject); err != nil {
			return err
		}
		s.core.events(ctx, s.st.event(EventRenewed, nil))
		return nil
	})
}

// Destroy ends the session at once: its content goes, its tokens are refused from
// then on, and the client is told to forget its cookie. What is written afterwards
// in the same request begins a new session.
func (s *Session) Destroy(ctx context.Context) error {
	return s.end(ctx, "destroy", func(ctx context.Context) error {
		ended := s.st.event(EventDestroyed, nil)
		if s.st.exists {
			if err := s.core.driver.destroy(ctx, s.r, s.st); err != nil {
				return err
			}
			s.core.events(ctx, ended)
		}
		s.st.reset()
		s.st.drop = s.st.asked
		return nil
	})
}

// end runs one of the changes that act at once, f, whose name stands for it in note.
func (s *Session) end(ctx context.Context, name string, f func(context.Context) error) error {
	if s == nil {
		return errNone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.load()
	if err == nil {
		if err = f(ctx); err != nil && !errors.Is(err, ErrHeaderSent) {
			s.failed(ctx, err)
		}
	}
	return s.note("\x00"+name, err) // no key has such a name
}

// Err returns why the session could not be loaded: it is then not empty but unknown,
// reads find nothing, writes are refused, and what is stored stays as it is. [ErrorPage]
// is the answer to give where the session is needed. When it was loaded, Err returns
// why the value asked for last could not be decoded, if it could not.
//
// Err loads the session.
func (s *Session) Err() error {
	if s == nil {
		return errNone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return err
	}
	return s.misread
}

// Handle returns the session's public name, for logs, lists and [Manager.Revoke]: it
// signs nobody in. On a server store it stays the same for as long as the session lives;
// on other stores Renew gives a new one. It is "" for a session that nothing was ever
// written to. It loads the session.
func (s *Session) Handle() string {
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil || s.st.id == (publicID{}) {
		return ""
	}
	return s.st.id.String()
}

// Subject returns whom the session signs in, as given to [Session.Renew]; "" for
// nobody. It loads the session.
func (s *Session) Subject() string {
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load() != nil {
		return ""
	}
	return s.st.subject
}

// commit stores what was changed and puts the cookie into h, just before it leaves
// with status. On an error nothing was stored that the client learns of.
func (s *Session) commit(h http.Header, status int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = true
	if s.st == nil {
		return nil // nobody asked
	}
	vary.Add(h, "Cookie")
	if err := s.refused(); err != nil && status < http.StatusBadRequest {
		return err // the handler did not answer that it failed
	}
	if s.err != nil {
		return nil
	}
	st, form := s.st, &s.core.cookie
	ctx := s.r.Context()
	changed := len(st.ops) > 0 || st.fresh
	cookie, err := s.core.driver.commit(ctx, s.r, st)
	switch {
	case errors.Is(err, ErrGone):
		// The session ended while this request changed it. The outcome is that of a
		// change just before the end, and the answer as true as it would be then. The
		// cookie stays untouched: the client may have signed in anew already.
		s.failed(ctx, err)
	case err != nil:
		s.failed(ctx, err)
		if changed {
			return err
		}
		// Only its use was to be recorded, or its secret to be rotated; next time, then.
	case cookie != "":
		now := time.Now()
		l := s.core.limitsOf(st)
		form.put(h, form.set(cookie, l.maxAge, l.left(st.created, now)))
		if form.secure && s.r.TLS == nil {
			s.core.warnOfPlainHTTP(s.r)
		}
	case st.drop:
		form.put(h, form.drop())
	}
	return nil
}
