package cgienv

import (
	"context"
	"net/http"
)

// Error says why variables are no request that a handler may see.
type Error struct {
	// Status is what net/http's server would have answered: 400 mostly, 404 for a path outside
	// the mount, 501 for a transfer coding, 505 for another HTTP.
	Status int
	// Reason is for the log. It quotes nothing of a value.
	Reason string
}

// Error implements error.
func (e *Error) Error() string { return "cgienv: " + e.Reason }

func bad(reason string) error { return &Error{http.StatusBadRequest, reason} }

// Request makes the request of variables: [Parse], then [Head.Request]. Every error is an
// [*Error].
func Request(ctx context.Context, vars Vars, mount string) (*http.Request, error) {
	var head Head // here it costs no memory
	if err := head.parse(vars); err != nil {
		return nil, err
	}
	return head.Request(ctx, mount)
}

// Teller knows a request's variables.
type Teller interface {
	// Vars returns them anew. It is safe for concurrent use.
	Vars() Vars
}

// RequestOnce is [Request] for variables whose memory the caller wants back when it returns. Few
// handlers ask for them: then again tells them.
func RequestOnce(ctx context.Context, vars Vars, again Teller, mount string) (*http.Request, error) {
	var head Head
	if err := head.parse(vars); err != nil {
		return nil, err
	}
	head.Vars, head.again = nil, again
	return head.Request(ctx, mount)
}

// told is the context of a request, with what it knows of it.
type told struct {
	context.Context
	vars   Vars
	again  Teller // nil: vars are they
	prefix string
}

type toldKey struct{}

// Value implements [context.Context].
func (t *told) Value(key any) any {
	if key == (toldKey{}) {
		return t
	}
	return t.Context.Value(key)
}

// Env returns the variables of the request with that context, nil for none. They may be shared: do
// not change them.
//
// Not all of it was checked by the server in front: see [RemoteUser].
func Env(ctx context.Context) Vars {
	t, _ := ctx.Value(toldKey{}).(*told)
	switch {
	case t == nil:
		return nil
	case t.again != nil:
		return t.again.Vars()
	}
	return t.vars
}

// Prefix returns the part of the path that was taken off before the handler, as it stood in the
// URL, so that it can begin a link; "" for none. It has no slash at its end.
func Prefix(ctx context.Context) string {
	t, _ := ctx.Value(toldKey{}).(*told)
	if t == nil {
		return ""
	}
	return t.prefix
}

// WithPrefix returns a context of which [Prefix] returns prefix: for a request over HTTP, which
// has no variables.
func WithPrefix(ctx context.Context, prefix string) context.Context {
	return &told{Context: ctx, prefix: prefix}
}
