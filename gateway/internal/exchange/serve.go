package exchange

import (
	"io"
	"log/slog"
	"net/http"
)

// Options is what [Serve] has to know besides the request.
type Options struct {
	// Context is the request's, or one around the request's. Serve ends it when the handler has returned.
	Context *Context
	// Body is the stream that the request's body is read from: as many bytes as r.ContentLength
	// says, or all for -1; an end before that is io.ErrUnexpectedEOF for the handler. nil, or a
	// ContentLength of 0: no body. Serve reads nothing behind the body.
	Body io.Reader
	// Logger gets what net/http's server would write into its ErrorLog. nil: slog.Default().
	Logger *slog.Logger
	// Trailers says that the carrier delivers trailers. Without it the Trailer field,
	// which announces them, is left out of the header.
	Trailers bool
}

// Outcome says how an exchange ended.
type Outcome struct {
	// Aborted: Carrier.Abort was called.
	Aborted bool
	// Unread: the body of the request was not read to its end, and there was too much of it
	// (more than 256 KiB) or no getting at it. Who carries another request on the connection has
	// to find its end; who closes the connection lets the server in front send
	// the rest first, or it may not get the answer.
	Unread bool
}

// Serve runs h with r in this goroutine and hands the answer to c. r.Body is
// replaced. A panic of h is logged (http.ErrAbortHandler is not) and aborts
// this answer only. A nil h is http.DefaultServeMux.
//
// When Serve returns, c is not used any more, whatever the handler left running:
// what that writes or reads gets an error.
func Serve(h http.Handler, r *http.Request, c Carrier, o Options) Outcome {
	panic("not yet")
}

// Refuse answers a request that no handler may see, as net/http's server does: with a
// line of text.
func Refuse(c Carrier, status int) error { panic("not yet") }
