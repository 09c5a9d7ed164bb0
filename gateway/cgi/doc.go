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
// [Handler] and [Dir] are the web server's: they start a program for each request, one program or
// those of a folder, and belong where any other handler does, behind all layers.
//
//	mux.Handle("/cgi-bin/", http.StripPrefix("/cgi-bin", &cgi.Dir{Root: "/usr/lib/cgi-bin"}))
//	mux.Handle("/git/", http.StripPrefix("/git", guard.Wrap(&cgi.Handler{
//		Path: "/usr/lib/git-core/git-http-backend",
//		Env:  map[string]string{"GIT_PROJECT_ROOT": "/srv/git", "GIT_HTTP_EXPORT_ALL": "1"},
//	})))
//
// # The program's side
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
//
// # The web server's side
//
// Body and answer stream, each beside the other, as fast as the slower end takes them. A body
// without a Content-Length is taken in first, as its length is told before it.
//
// A program runs in its folder, with the environment that RFC 3875 describes, PATH, and what Env
// and InheritEnv say; nothing else of this process's own reaches it. Header fields become
// variables only if no other field could become the same one, and Proxy never does (httpoxy,
// CVE-2016-5385). Whom a layer around has authenticated is REMOTE_USER. The query is never split
// into arguments, which §4.4 allows for one without "=": a program that takes options could be told
// any (CVE-2012-1823).
//
// A program and its children are a group of processes. It is asked to end, and then killed, when
// the client has gone before it had all of the answer, when a time is over, and when the program
// runs on for longer than Grace behind its answer. Where the program has ended by itself, children
// that it left behind run on: the answer does not wait for them, even if they hold the
// program's output. A process that has made itself a group of its own is not reached. On Linux
// the program, though not its children, dies with this process too. On Windows there are no groups:
// only the program is killed, without being asked, and children that hold its output delay the end.
//
// What is no answer becomes a page with 502 and an incident number: no output, no header, one with
// a line over 64 KiB, an impossible status, two lengths. One that breaks off, since the program was
// killed or wrote less than its Content-Length, is torn: it never looks whole to the client.
// Therefore the end of an answer without a length waits for the program's. An exit status other
// than zero is logged, and no more, as scripts are careless with it. So is what comes on the
// standard error, line by line, 64 KiB and 1000 lines of it at most; in dev builds the page of a
// cgitrace.Page around shows it when the program has not answered.
//
// A program whose name begins with "nph-" (§5) is run like any other, and gets no connection of its
// own. It may answer with an HTTP status line, as every program may; interim answers before that,
// and what its header says of the connection, are dropped.
//
// A program that answers "Location: /path" without a status has the client sent there, or the
// request served by Redirect (§6.2.2).
package cgi
