package cgienv

import (
	"context"
	"net/http"
)

// Error says why variables are no request that a handler may see.
type Error struct {
	// Status is what net/http's server would have answered: 400 mostly, 404 for a path
	// outside the mount, 505 for another HTTP.
	Status int
	// Reason is for the log. It quotes nothing of a value.
	Reason string
}

func (e *Error) Error() string { return "cgienv: " + e.Reason }

// Request makes the request of variables. Its context is ctx with the variables ([Env]) and
// the prefix ([Prefix]) in it.
//
// mount says which part of the path is the application's own address: "" finds it
// (SCRIPT_NAME, where that is a true prefix of the path), "/" keeps the whole path, and a path as
// "/wiki" strips that; what is outside it is an [Error] with status 404.
//
// ContentLength is -1 if CONTENT_LENGTH is missing or empty: a protocol whose bodies have an
// end of their own looks there, and sets 0 if there is none. TransferEncoding is "chunked" where
// the client's was. Body is http.NoBody.
//
// Every error is an [*Error].
func Request(ctx context.Context, vars Vars, mount string) (*http.Request, error) {
	panic("not yet")
}

// Env returns the variables of the request with that context, nil for none. They are shared:
// do not change them.
func Env(ctx context.Context) Vars { return nil }

// Prefix returns the part of the path that was taken off before the handler, "" for none. It has no slash at
// its end and is not escaped.
func Prefix(ctx context.Context) string { return "" }
