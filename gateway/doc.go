// Package gateway serves one http.Handler under any web server, or as one. What WSGI's
// servers are to Python, it is to Go: the program is written once and runs, unchanged, as a
// CGI program, behind FastCGI, SCGI, AJP or uwsgi, or serves HTTP by itself.
//
//	func main() {
//		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
//		defer stop()
//		if err := gateway.Serve(ctx, app()); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// The program finds out how it was started ([Detect]), or is told ([Server.URL]).
//
// The handler sees what it would see behind net/http's own server: a request with a relative
// URL, the client's address, https as r.TLS. What a protocol makes impossible is said in its
// package. [Env] has the variables that the server in front sent, [Prefix] the path at which it
// has put the application, [RemoteUser] whom it has authenticated.
//
// What others can make a program spend is bounded. A head may take [Server.ReadHeaderTimeout] and
// have [Server.MaxHeaderBytes]; there are [Server.MaxConns] connections, of which the idle ones and
// then the slowest make room for new ones; what a FastCGI request's body has and its handler does
// not read goes to a file, up to 256 MiB, and 1 GiB for all; other bodies are read as the handler
// does. How long bodies and answers may take has no bound until [Server.ReadTimeout] and
// [Server.WriteTimeout] are set: only the application knows. A connection that waits costs about
// 10 KiB, a request what its handler takes.
//
// Layers go around the handler as always; this package is outside of all of them. It does not
// replace a web server's static files, virtual hosts or rate limits, and starts no processes.
package gateway
