// Package fcgi serves an http.Handler over FastCGI 1.0
// (https://fastcgi-archives.github.io/FastCGI_Specification.html), as a responder, which nginx,
// Apache (mod_proxy_fcgi), lighttpd and haproxy speak to applications:
//
//	l, err := net.Listen("unix", "/run/app.sock")
//	if err != nil {
//		log.Fatal(err)
//	}
//	s := &fcgi.Server{Handler: handler}
//	log.Fatal(s.Serve(l))
//
// The handler finds what it finds behind net/http's server, and its answers reach the client in
// the same way, but for what the protocol has no place for: 1xx answers and trailers are dropped,
// a connection cannot be hijacked, and a header field called Status is left out.
//
// Connections are kept if the server in front wants that, and carry several requests at once if it
// sends them. A request whose body nobody reads does not hold up the others: see
// [Server.MaxSpool]. Answers share the connection, though: where the server in front does not read
// one of them, it reads none.
//
// An answer that breaks off, because the handler panics, say, is never ended as one that is whole:
// the connection ends instead, as soon as the other requests on it are answered. If nothing of the
// answer was sent and there are others, it becomes a 502. lighttpd cannot be told that an answer
// without a Content-Length is torn before it has begun to send it.
//
// Who can connect can claim to be any client and any user: listen on a Unix socket, or on a
// loopback address, where only the server in front can connect.
package fcgi
