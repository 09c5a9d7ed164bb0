package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"
)

// ServerStore keeps sessions on the server, in a [Backend]; clients hold a token
// that names one. Its methods are those of a gorilla/sessions store, for code that
// uses that directly; a [Manager] reaches the backend without them.
type ServerStore struct {
	// Options is what a session of gorilla's begins with: the cookie's attributes and
	// MaxAge, which also is how long the backend keeps it. A Manager has its own.
	Options *sessions.Options

	backend Backend
}

var _ sessions.Store = (*ServerStore)(nil)

// NewServerStore returns a store that keeps its sessions in b. It panics when b is nil.
func NewServerStore(b Backend) *ServerStore {
	if b == nil {
		panic("session: NewServerStore: the backend is nil; use &session.Memory{}")
	}
	return &ServerStore{Options: safeOptions(), backend: b}
}

// Get implements [sessions.Store]: it returns the same session each time it is called
// with one request.
func (s *ServerStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New implements [sessions.Store]: it returns the session that r's cookie names, or a
// new one. The error says that the backend did not answer.
func (s *ServerStore) New(r *http.Request, name string) (*sessions.Session, error) {
	gs := sessions.NewSession(s, name)
	*gs.Options = *s.Options
	gs.IsNew = true
	token, _ := cookieValue(r.Header["Cookie"], name, 0)
	id, sec, ok := parseToken(token)
	if !ok {
		return gs, nil
	}
	_, c, _, err := s.load(r.Context(), id, sec)
	if errors.Is(err, ErrGone) {
		return gs, nil // a token that is not in the store is not adopted
	}
	if err != nil {
		return gs, err
	}
	m, err := unflatten(c.values)
	if err != nil {
		return gs, err
	}
	gs.Values, gs.ID, gs.IsNew = m, token, false
	return gs, nil
}

// load returns the session of a token. The error is ErrGone where the token is good
// for none.
func (s *ServerStore) load(ctx context.Context, id publicID, sec secret) (rec Record, c content, p proof, err error) {
	if rec, err = s.backend.Load(ctx, id.key()); err != nil {
		return rec, c, p, err
	}
	c, p, ok := decodeRecord(rec.Data, nil)
	if !ok || c.id != id || !sec.hash().equal(p.current) {
		return rec, c, p, ErrGone
	}
	return rec, c, p, nil
}

// Save implements [sessions.Store]. It stores all of gs's values in the place of what
// is stored, and sets the cookie. A MaxAge below 0 removes the session. A session that
// was removed in the meantime is not brought back: the error is then ErrGone.
func (s *ServerStore) Save(r *http.Request, w http.ResponseWriter, gs *sessions.Session) error {
	ctx := r.Context()
	id, sec, known := parseToken(gs.ID)
	if gs.Options.MaxAge < 0 {
		if known {
			if err := s.backend.Delete(ctx, id.key()); err != nil {
				return fmt.Errorf("session: %w", err)
			}
		}
		http.SetCookie(w, sessions.NewCookie(gs.Name(), "", gs.Options))
		return nil
	}
	v, err := flatten(gs.Values)
	if err != nil {
		return err
	}
	var rec Record
	c := content{id: id, created: time.Now().Unix()}
	var p proof
	if known {
		if rec, c, p, err = s.load(ctx, id, sec); err != nil {
			return fmt.Errorf("session: %w", err)
		}
	} else {
		c.id, sec = newID(), newSecret()
		p.current, p.rotated = sec.hash(), c.created
		gs.ID = formatToken(c.id, sec)
	}
	c.values = v
	keep := time.Duration(gs.Options.MaxAge) * time.Second
	if keep == 0 {
		keep = defaultLifetime
	}
	rec.Expires, rec.Data = time.Now().Add(keep), encodeRecord(&c, &p)
	if _, err := s.backend.Save(ctx, c.id.key(), rec); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	http.SetCookie(w, sessions.NewCookie(gs.Name(), gs.ID, gs.Options))
	return nil
}
