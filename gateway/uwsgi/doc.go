// Package uwsgi is both ends of the uwsgi protocol
// (https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html): [Server] serves an http.Handler to a
// web server, [Client] is an http.Handler for an application in a uWSGI server.
//
// # Server
//
// nginx, Apache (mod_proxy_uwsgi) and lighttpd speak uwsgi to the uWSGI server:
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
// loopback address, where only the server in front can connect. A socket of net.Listen can be opened
// by the program's own user alone, under the usual umask; one of [gateway.Listen] has the group and mode
// that its URL says: uwsgi+unix:///run/app.sock?group=www-data.
//
// # Client
//
// An application runs behind our layers as a handler does:
//
//	http.Handle("/", &uwsgi.Client{Addresses: []string{"127.0.0.1:3031"}})
//
// It gets the variables of RFC 3875 and the header, but for names with other bytes than letters,
// digits and "-"; Proxy (CVE-2016-5385); and what is about the connection. What a [Client.Mount] or
// http.StripPrefix took off the path is SCRIPT_NAME. REMOTE_USER is whom a layer around the client has
// found the request to be from, and never what the client says. A path with NUL, CR or LF is answered
// with 400.
//
// A body goes to the application as it comes, and the answer to the client likewise, both at once;
// each waits for the slower end. An answer with a head that breaks a rule, or without a head, becomes a
// 502; no answer in time a 504; no connection a 503. An answer that breaks off later tears the client's.
// That it is whole, the end of the connection says, and its Content-Length if it has one: without
// that, an application that dies over a Unix socket cannot be told from one that has done. A client that
// goes away ends the connection to the application. An answer with a Location and no status is a 302,
// whatever the Location.
//
// [gateway.Listen]: https://pkg.go.dev/github.com/surcoat/surcoat/gateway#Listen
package uwsgi
