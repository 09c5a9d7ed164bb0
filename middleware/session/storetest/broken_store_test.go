package storetest_test

import (
	"fmt"
	"maps"
	"net/http"
	"sync"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// named is the simplest store of gorilla/sessions on a server; like redistore it
// takes an ID that a client made up. Each fault is one more.
type named struct {
	fault  fault
	mu     sync.Mutex
	stored map[string]map[any]any
	next   int
}

type fault int

const (
	none     fault = iota
	keeps          // what is to be deleted
	empty          // stores nothing
	same           // gives all clients one ID
	torn           // stores one value after the other
	byCookie       // finds its record by the request's cookie, not by the ID
)

func (s *named) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

func (s *named) New(r *http.Request, name string) (*sessions.Session, error) {
	gs := sessions.NewSession(s, name)
	gs.Options, gs.IsNew = &sessions.Options{Path: "/"}, true
	if c, err := r.Cookie(name); err == nil {
		gs.ID = c.Value
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.stored[gs.ID]; ok {
		gs.Values, gs.IsNew = maps.Clone(v), false
	}
	return gs, nil
}

func (s *named) Save(r *http.Request, w http.ResponseWriter, gs *sessions.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault == byCookie {
		gs.ID = ""
		if c, err := r.Cookie(gs.Name()); err == nil && s.stored[c.Value] != nil {
			gs.ID = c.Value
		}
	}
	if gs.Options.MaxAge < 0 {
		if s.fault != keeps {
			delete(s.stored, gs.ID)
		}
		return nil
	}
	if gs.ID == "" {
		if s.next++; s.fault == same {
			s.next = 1
		}
		gs.ID = fmt.Sprint("id-", s.next)
	}
	switch {
	case s.fault == empty:
		s.stored[gs.ID] = map[any]any{}
	case s.fault == torn && s.stored[gs.ID] != nil:
		for name, value := range gs.Values {
			s.mu.Unlock()
			after()
			s.mu.Lock()
			v := maps.Clone(s.stored[gs.ID])
			v[name] = value
			s.stored[gs.ID] = v
		}
	default:
		s.stored[gs.ID] = maps.Clone(gs.Values)
	}
	http.SetCookie(w, sessions.NewCookie(gs.Name(), gs.ID, gs.Options))
	return nil
}

// usual is what a Manager can on any store.
const usual = session.Revoke | session.RevokeUser

// brokenStores are faults, and the checks which have to find them. The first two have
// nothing that a Manager does not make up for.
var brokenStores = []struct {
	name  string
	fault fault
	can   session.Capability
	want  []string
}{
	{"adopts unknown tokens (redistore)", none, usual, nil},
	{"looks for the record at the request's cookie (gormstore)", byCookie, usual, nil},
	{"stores nothing", empty, usual, []string{"manager/1 set, flush, write", "manager/values", "manager/17 login renews"}},
	{"keeps what is to be deleted", keeps, usual, []string{"manager/17 in another process", "manager/18 in another process"}},
	{"one session for all", same, usual, []string{"manager/9 unreadable cookies", "manager/17 login renews"}},
	{"stores values one by one", torn, usual, []string{"manager/10 nothing is torn"}},
	{"is said to merge", none, session.Merge, []string{"manager/Require", "manager/3 set after the first byte", "manager/10 different keys", "manager/10 no update is lost"}},
	{"is said to list", none, usual | session.List, []string{"manager/Require", "manager/list"}},
}
