// Package exchange runs a handler for one request and treats it and its answer as net/http's
// server does, whatever protocol carries them:
//
//	ctx := exchange.NewContext(conn.Context(), conn)
//	r, err := cgienv.Request(ctx, vars, mount)
//	…
//	exchange.Serve(handler, r, carrier, exchange.Options{Context: ctx, Body: conn.Reader()})
//
// The protocol brings a [Carrier], which puts an answer into its own form. The package knows no
// protocol.
//
// What a handler finds is what it finds behind http.Server over HTTP/1.1, with these exceptions:
//
//   - It cannot hijack (http.ErrNotSupported through http.ResponseController; no http.Hijacker).
//   - The context has no http.ServerContextKey, whose value would have to be an *http.Server.
//   - A read deadline that passes after the body was read does not end the context.
//   - A handler that returned while a goroutine of its own goes on writing gets errors there, and
//     never reaches another request's answer.
package exchange
