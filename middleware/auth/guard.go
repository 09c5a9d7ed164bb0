package auth

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/surcoat/surcoat/internal/request"
)

// Guard is the layer that authenticates. Its zero value is refused at Wrap, as it
// has no scheme. A Guard must not be copied; its fields are read once, at the first Wrap
// or request, and it is then safe for concurrent use.
type Guard struct {
	// Schemes are asked in this order, but for [Session], which is asked last: a
	// credential that a client sends on purpose outweighs one that its browser keeps.
	Schemes []Scheme

	// Rules hold for every request for which an identity is required.
	Rules []Rule

	// Optional makes Wrap let requests without a credential through; [Guard.Require]
	// then guards single routes. A credential that is refused is still refused.
	Optional bool

	// LoginPath is where people are sent who must sign in: a path on this origin, with
	// the page they came for as its query parameter "next". "": nowhere, they get the 401
	// that programs get.
	LoginPath string

	// Home is where people go after signing in or out when they did not come from
	// anywhere. "": "/".
	Home string

	// CrossOrigin decides which requests of other origins may change things with a
	// credential that browsers send by themselves. nil: none. Give one of your own to
	// trust an origin, or an identity provider's form_post.
	CrossOrigin *http.CrossOriginProtection

	// StripAuthorization hides the Authorization field from the handlers inside, for
	// applications that log or pass on what they are sent.
	StripAuthorization bool

	set atomic.Pointer[settings]
}

// settings are a Guard's fields, checked and with their defaults filled in.
type settings struct {
	guard       *Guard
	eager       []Scheme // asked at once
	session     *Session // asked late; nil: none
	challengers []challenger
	claimers    []claimer
	rules       []Rule
	crossOrigin *http.CrossOriginProtection
	loginPath   string
	home        string
	strip       bool
}

// challenger is a Challenger beside the scheme it is.
type challenger struct {
	Scheme
	Challenger
}

// settle reads the Guard's fields.
func (g *Guard) settle() (*settings, error) {
	if s := g.set.Load(); s != nil {
		return s, nil
	}
	if len(g.Schemes) == 0 {
		return nil, errors.New("auth: Guard.Schemes is empty; add &auth.Session{…} or &auth.Basic{…}")
	}
	s := &settings{
		guard: g, rules: g.Rules, crossOrigin: g.CrossOrigin, strip: g.StripAuthorization,
		loginPath: g.LoginPath, home: cmp.Or(g.Home, "/"),
	}
	for i, scheme := range g.Schemes {
		if err := s.add(i, scheme); err != nil {
			return nil, err
		}
	}
	for i, rule := range g.Rules {
		if rule == nil {
			return nil, fmt.Errorf("auth: Guard.Rules[%d] is nil", i)
		}
	}
	if s.crossOrigin == nil {
		s.crossOrigin = http.NewCrossOriginProtection()
	}
	if !local(s.home) {
		return nil, fmt.Errorf("auth: Guard.Home %q is not a path on this origin", s.home)
	}
	if s.loginPath != "" && !local(s.loginPath) {
		return nil, fmt.Errorf("auth: Guard.LoginPath %q is not a path on this origin", s.loginPath)
	}
	g.set.CompareAndSwap(nil, s)
	return g.set.Load(), nil
}

func (s *settings) add(i int, scheme Scheme) error {
	if scheme == nil {
		return fmt.Errorf("auth: Guard.Schemes[%d] is nil", i)
	}
	if c, ok := scheme.(interface{ check() error }); ok {
		if err := c.check(); err != nil {
			return err
		}
	}
	if c, ok := scheme.(claimer); ok {
		s.claimers = append(s.claimers, c)
	}
	if c, ok := scheme.(Challenger); ok {
		s.challengers = append(s.challengers, challenger{scheme, c})
	}
	session, ok := scheme.(*Session)
	switch {
	case !ok:
		s.eager = append(s.eager, scheme)
	case s.session != nil:
		return errors.New("auth: Guard.Schemes has two Session schemes")
	default:
		s.session = session
	}
	return nil
}

// Wrap returns next behind the Guard. It panics where next is nil or a field is
// impossible, and names it.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	if next == nil {
		panic("auth: Guard.Wrap: next is nil")
	}
	if _, err := g.settle(); err != nil {
		panic(err.Error())
	}
	return &handler{next: next, guard: g, optional: g.Optional}
}

// Require returns a layer for single routes: it asks for an identity, also where the
// Guard is Optional, for [Guard.Rules] and for the given rules. A token that is limited to
// scopes is refused unless one of the rules is a [Scope]. Inside the Guard's
// own Wrap it reuses what that has found out; without it, it does the same work.
// It panics where a rule is nil.
func (g *Guard) Require(rules ...Rule) func(http.Handler) http.Handler {
	for i, rule := range rules {
		if rule == nil {
			panic(fmt.Sprintf("auth: Guard.Require: rule %d is nil", i))
		}
	}
	return requirement{g, rules}.Wrap
}

// requirement is the layer that Require returns. Its Wrap leaves the Guard's fields
// unread: routes are often made before middleware.Stack has wired the Guard.
type requirement struct {
	guard *Guard
	rules []Rule
}

// Wrap panics where next is nil.
func (q requirement) Wrap(next http.Handler) http.Handler {
	if next == nil {
		panic("auth: Guard.Require: next is nil")
	}
	return &handler{next: next, guard: q.guard, rules: q.rules, strict: true}
}

type handler struct {
	next     http.Handler
	guard    *Guard
	rules    []Rule
	optional bool
	strict   bool // made by Require
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if v := visitOf(r.Context()); v != nil && v.set.guard == h.guard {
		if h.optional || v.admit(w, r, h.rules, h.strict) {
			h.next.ServeHTTP(w, r)
		}
		return
	}
	s, err := h.guard.settle()
	if err != nil {
		misplaced(w, r, err)
		return
	}
	v := &visit{Context: r.Context(), set: s, w: w, r: r}
	if !v.begin(w, r) || !h.optional && !v.admit(w, r, h.rules, h.strict) {
		return
	}
	next := h.next
	if hidden := v.hidden(r); len(hidden) > 0 {
		next = stripper{next, hidden}
	}
	request.Serve(next, w, r, v)
}

// hidden returns the fields that no handler inside is to see.
func (v *visit) hidden(r *http.Request) (names []string) {
	if v.set.strip && r.Header["Authorization"] != nil {
		names = append(names, "Authorization")
	}
	for _, c := range v.set.claimers {
		names = append(names, c.claims(r)...)
	}
	return names
}

// stripper hides header fields. The request it gets is the Guard's own copy, but its
// header is still everybody's.
type stripper struct {
	next http.Handler
	hide []string
}

func (s stripper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Header = r.Header.Clone()
	for _, name := range s.hide {
		delete(r.Header, name)
	}
	s.next.ServeHTTP(w, r)
}
