package auth

import (
	"errors"
	"net/http"
)

// RemoteUser is the scheme of a web server that runs the application, by CGI, FastCGI or the
// like, and has authenticated the client itself: REMOTE_USER of RFC 3875 §4.1.11. Whether
// the server did is known by the gateway, never by a header field.
type RemoteUser struct {
	// From returns the user and the server's AUTH_TYPE ("Basic", "Digest", …), and "" for
	// a request that the server did not authenticate. nil is refused at Wrap.
	From func(*http.Request) (user, authType string)

	// Users, if set, has the user: one who is not there, or is disabled, is refused, and
	// roles are the user's present ones.
	Users Users
}

func (u *RemoteUser) check() error {
	if u.From == nil {
		return errors.New("auth: RemoteUser.From is nil; set it to a function that returns what the server says about the user")
	}
	return nil
}

// Authenticate implements [Scheme].
func (u *RemoteUser) Authenticate(_ http.ResponseWriter, r *http.Request) (Identity, error) {
	user, authType := u.From(r)
	if user == "" {
		return Identity{}, ErrNone
	}
	var methods []string
	switch authType {
	case "Basic", "Digest":
		methods = basicMethods
	}
	return vouched(r.Context(), u.Users, user, "RemoteUser", methods)
}
