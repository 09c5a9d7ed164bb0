package cgienv

import "strings"

// BodyFirst reports whether the server that sent the variables sends the whole body of a request
// before it reads anything of the answer, over CGI and over the protocols without records. Apache
// does (mod_cgid, mod_proxy_scgi, mod_proxy_uwsgi): an answer too large for the socket's buffer
// waits for ever where the application does not read the body.
func BodyFirst(vars Vars) bool { return strings.HasPrefix(vars.Get("SERVER_SOFTWARE"), "Apache") }

// RemoteUser returns whom the server in front has authenticated, and how, "" for nobody:
// REMOTE_USER where there is an AUTH_TYPE too (RFC 3875 §4.1.1, §4.1.11).
//
// REMOTE_USER alone is what a client claims: nginx's fastcgi_params send the name from any
// Authorization field, whether or not nginx looks at the password. Where it does (auth_basic),
// its configuration has to say so, with fastcgi_param AUTH_TYPE Basic. haproxy sends both, of any
// such field, and is not believed.
func RemoteUser(vars Vars) (user, authType string) {
	authType = vars.Get("AUTH_TYPE")
	if authType == "" || strings.HasPrefix(vars.Get("SERVER_SOFTWARE"), "HAProxy") {
		return "", ""
	}
	if user = vars.Get("REMOTE_USER"); user == "" {
		return "", ""
	}
	return user, authType
}
