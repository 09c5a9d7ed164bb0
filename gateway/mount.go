package gateway

import (
	"context"
	"net/http"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// Env returns the variables that the server in front has sent with the request of that
// context, by name (RFC 3875 §4.1, and the server's own), nil for a request over HTTP. Of a name
// that came more than once it has the last value. The map is the caller's.
//
// Variables whose names begin with HTTP_ are what the client said; use Request.Header for these.
// HTTP_PROXY is left out: given to a program, it would be its proxy (httpoxy, CVE-2016-5385).
func Env(ctx context.Context) map[string]string {
	vars := cgienv.Env(ctx)
	if vars == nil {
		return nil
	}
	env := make(map[string]string, len(vars))
	for name, value := range vars.All() {
		env[name] = value
	}
	delete(env, "HTTP_PROXY")
	return env
}

// Prefix returns the path at which the application is to be found, without a slash at its
// end, "" at the root: what was taken off the path of the request of that context. It is escaped as
// it was in the URL, so that an application can put it before the paths in its links,
// redirects and cookies.
func Prefix(ctx context.Context) string { return cgienv.Prefix(ctx) }

// RemoteUser returns whom the server in front has authenticated, and how (REMOTE_USER and
// AUTH_TYPE of RFC 3875 §4.1.11 and §4.1.1), and "" where it has not. A user without an AUTH_TYPE
// is nobody: nginx and haproxy put there whatever name a client claims to have. Behind nginx
// with auth_basic the configuration has to set AUTH_TYPE. It is made for auth.RemoteUser:
//
//	&auth.RemoteUser{From: gateway.RemoteUser}
func RemoteUser(r *http.Request) (user, authType string) {
	return cgienv.RemoteUser(cgienv.Env(r.Context()))
}

// mounted returns h for requests over HTTP below prefix.
func mounted(h http.Handler, prefix string) http.Handler {
	if prefix == "" || prefix == "/" {
		return h
	}
	return mount{h, prefix}
}

// mount takes the prefix off as cgienv does for the other protocols.
type mount struct {
	next   http.Handler
	prefix string
}

func (m mount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := *r.URL
	prefix, ok := cgienv.Strip(&at, m.prefix)
	if !ok {
		http.NotFound(w, r)
		return
	}
	inner := r.WithContext(cgienv.WithPrefix(r.Context(), prefix))
	inner.URL = &at
	m.next.ServeHTTP(w, inner)
	r.Pattern, r.MultipartForm = inner.Pattern, inner.MultipartForm
}
