// Package uwsgi serves an http.Handler over the uwsgi protocol
// (https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html), which nginx, Apache
// (mod_proxy_uwsgi) and lighttpd speak to the uWSGI server:
//
//	l, err := net.Listen("unix", "/run/app.sock")
//	if err != nil {
//		log.Fatal(err)
//	}
//	s := &uwsgi.Server{Handler: handler}
//	log.Fatal(s.Serve(l))
//
// The handler finds what it finds behind net/http's server, and its answers reach the client in the
// same way, but for what the protocol has no place for: 1xx answers and trailers are dropped, and a
// connection cannot be hijacked. Of the protocol's many packets the one for requests is known
// (modifier 0); others are refused.
//
// Every request is a connection of its own. An answer that breaks off, because the handler panics,
// say, resets the connection over TCP. Over a Unix socket it can only end it: there the server in
// front sees that an answer is torn if it had a Content-Length, and not otherwise.
//
// Who can connect can claim to be any client and any user: listen on a Unix socket, or on a
// loopback address, where only the server in front can connect.
package uwsgi
