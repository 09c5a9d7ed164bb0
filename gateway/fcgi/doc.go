// Package fcgi is both ends of FastCGI 1.0
// (https://fastcgi-archives.github.io/FastCGI_Specification.html), as a responder: [Server] serves an
// http.Handler to a web server, [Client] is an http.Handler for an application.
//
// # Server
//
// nginx, Apache (mod_proxy_fcgi), lighttpd and haproxy speak FastCGI to applications:
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
// loopback address, where only the server in front can connect. A socket of net.Listen can be opened
// by the program's own user alone, under the usual umask; one of [gateway.Listen] has the group and mode
// that its URL says: fcgi+unix:///run/app.sock?group=www-data.
//
// # Client
//
// PHP-FPM and what else serves FastCGI runs behind our layers as a handler does:
//
//	http.Handle("/", &fcgi.Client{
//		Addresses: []string{"unix:/run/php/php-fpm.sock"},
//		Root:      "/srv/site",
//		Static:    http.FileServer(http.Dir("/srv/site")),
//	})
//
// With a [Client.Root], what of the path names a script is found in the file system: "/a.php/b" is the
// script /a.php with the PATH_INFO "/b" if there is a file of that name, and "/photo.jpg/b.php"
// is no script at all (CVE-2019-11043 and older ones). Files and folders whose names begin with a dot
// do not exist, but for .well-known. A folder is answered by its [Client.Index], after the client was
// sent to the path with a slash at its end. What is no script goes to [Client.Static], if there is
// one, and never to the application; a script's source, or that of a copy of it, goes to nobody.
// Without a Root, one program gets every request.
//
// The application gets the variables of RFC 3875 and the header, but for names with other bytes than
// letters, digits and "-"; Proxy (CVE-2016-5385); and what is about the connection. REMOTE_USER is
// whom a layer around the client has found the request to be from, and never what the client says.
// A path with NUL, CR or LF is answered with 400.
//
// A body goes to the application as it comes, and the answer to the client likewise, both at once;
// each waits for the slower end. An answer with a head that breaks a rule, or without a head, becomes a
// 502; no answer in time a 504; no connection, or an application that says that it is full, a 503. An
// answer that breaks off later tears the client's. An exit status other than 0 is logged, and no
// fault. A client that goes away ends the request at the application (FCGI_ABORT_REQUEST, and the end
// of the connection). An answer with a Location and no status is a 302, whatever the Location.
//
// A connection carries one request at a time. Trailers and 1xx answers do not exist.
//
// [gateway.Listen]: https://pkg.go.dev/github.com/surcoat/surcoat/gateway#Listen
package fcgi
