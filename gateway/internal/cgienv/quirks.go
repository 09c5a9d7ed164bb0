package cgienv

import "strings"

// BodyFirst reports whether the server that sent the variables sends the whole body of a request
// before it reads anything of the answer, over CGI and over the protocols without
// records. Apache does (mod_cgid, mod_proxy_scgi, mod_proxy_uwsgi): an answer too large for the
// socket's buffer waits for ever where the application does not read the body.
func BodyFirst(vars Vars) bool { return strings.HasPrefix(vars.Get("SERVER_SOFTWARE"), "Apache") }
