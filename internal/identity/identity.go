// Package identity is how a layer that has found out who sends a request tells it to a gateway,
// which tells it to the application behind (REMOTE_USER and AUTH_TYPE of RFC 3875). The two do not
// know of each other, and only what is compiled into the program can say it: it is a value of the
// request's context, which nothing that a client sends becomes.
package identity

import "context"

// Teller knows whom the request is from.
type Teller interface {
	// RemoteUser returns the user's name and the scheme that it was proved by, "" for nobody. An
	// error says that it cannot be found out now.
	RemoteUser() (user, scheme string, err error)
}

// Key is the key of the [Teller] among the values of a context.
type Key struct{}

// Of asks the innermost [Teller] around ctx. Without one it is nobody.
func Of(ctx context.Context) (user, scheme string, err error) {
	t, ok := ctx.Value(Key{}).(Teller)
	if !ok {
		return "", "", nil
	}
	return t.RemoteUser()
}
