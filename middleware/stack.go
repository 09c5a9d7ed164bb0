// Package middleware puts surcoat's layers on in the one order in which they work.
//
//	site := middleware.Stack{
//		Trace:    &cgitrace.Page{},
//		Compress: &gzip.Compressor{},
//		Session:  &session.Manager{},
//		Auth:     &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}, Optional: true},
//	}.Chain()
//	http.ListenAndServe("localhost:8080", site.Then(mux))
//
// Whoever wants another order, or a layer on some routes only, uses package chain
// with the layers themselves; a Stack is a convenience over it and holds nothing that could
// not be written by hand.
package middleware

import (
	"context"

	"github.com/surcoat/surcoat/chain"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/forwarded"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

// Stack names the layers that an application may wear. Each field may be left out;
// the zero Stack adds nothing. The order of the fields is the order of the layers, the
// first outermost.
type Stack struct {
	// Forwarded finds the client behind trusted proxies. It is outermost, since
	// all other layers, and logs in Outer, ask who the client is.
	Forwarded *forwarded.Proxies

	// Outer are others' layers that must see every answer as it leaves: access
	// log, CORS, tracing. Nothing answers a panic in one of them.
	Outer chain.Chain

	// Trace answers for a panic in anything further in, and sets the look of the
	// error answers of the layers inside it.
	Trace *cgitrace.Page

	// Compress compresses responses.
	Compress *gzip.Compressor

	// Session loads and saves sessions.
	Session *session.Manager

	// Auth finds out who is asking and, unless it is optional, requires somebody.
	Auth *auth.Guard

	// Inner are others' layers that want all of the above around them: limits for
	// each user, validation.
	Inner chain.Chain
}

// Chain returns the layers that are set, in their order, to be put on a handler with
// Then or on a mux with On.
//
// Where both Session and Auth are set, each [auth.Session] scheme of the guard whose From
// is nil is given the sessions of that Manager; a From that is set stays. This writes to the
// scheme, so Chain is for the set-up of a program, before it serves.
func (s Stack) Chain() chain.Chain {
	var c chain.Chain
	if s.Forwarded != nil {
		c = c.With(s.Forwarded.Wrap)
	}
	c = c.Extend(s.Outer)
	if s.Trace != nil {
		c = c.With(s.Trace.Wrap)
	}
	if s.Compress != nil {
		c = c.With(s.Compress.Wrap)
	}
	if s.Session != nil {
		c = c.With(s.Session.Wrap)
	}
	if s.Auth != nil {
		if s.Session != nil {
			connect(s.Auth, s.Session)
		}
		c = c.With(s.Auth.Wrap)
	}
	return c.Extend(s.Inner)
}

// connect lets the guard keep its logins in the manager's sessions.
func connect(guard *auth.Guard, manager *session.Manager) {
	for _, scheme := range guard.Schemes {
		if s, ok := scheme.(*auth.Session); ok && s.From == nil {
			s.From = func(ctx context.Context) auth.State {
				if found := manager.From(ctx); found != nil {
					return found
				}
				return nil // not a nil *Session, which would be a State that is there
			}
		}
	}
}
