// Package cgi is both sides of the Common Gateway Interface (RFC 3875).
//
// [Server] is the program's side: it answers the one request for which a web server started this
// program.
//
//	func main() {
//		s := &cgi.Server{Handler: handler}
//		if err := s.Serve(context.Background()); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// The handler finds what it finds behind net/http's server, and its answer reaches the client in
// the same way, but for what CGI has no place for:
//
//   - 1xx answers and trailers are dropped, and so is a header field called Status; the
//     connection cannot be hijacked, and has no deadlines (http.ErrNotSupported).
//   - An answer that breaks off after its beginning was sent cannot be told from one that is
//     whole, unless it has a Content-Length.
//   - The request's body is read before the answer begins, as web servers send it so, even if the
//     handler does not want it.
//   - Apache takes a 200 with a Location that begins with a slash for a wish to serve that path
//     instead (RFC 3875 §6.2.2).
package cgi
