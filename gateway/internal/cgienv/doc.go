// Package cgienv holds the rules by which a request is told in variables (RFC 3875 §4.1, and what
// Apache, nginx, lighttpd and haproxy really send) and turns them into the request that
// net/http's own server would have made of the same bytes from the client.
//
//	vars := cgienv.Vars{{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/a%2Fb?q"}, …}
//	r, err := cgienv.Request(ctx, vars, mount)
//	var bad *cgienv.Error
//	if errors.As(err, &bad) {
//		// bad.Status: 400 as net/http would have answered, 404 outside the mount
//	}
//
// It reads no body: Request.Body is http.NoBody, and Request.ContentLength says what
// CONTENT_LENGTH said.
package cgienv
