package exchange

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/surcoat/surcoat/internal/fieldlist"
)

// Options is what [Serve] has to know besides the request.
type Options struct {
	// Context is the request's, or around the request's. Serve ends it when the handler has
	// returned. nil: none, and nobody learns that the client is gone.
	Context *Context
	// Body is the stream that the request's body is read from: as many bytes as r.ContentLength
	// says, or all for -1; an end before that is io.ErrUnexpectedEOF for the handler. nil, or a
	// ContentLength of 0: no body. Serve reads nothing behind the body.
	Body io.Reader
	// BodyFirst says that the server in front reads nothing of an answer before it has sent the
	// whole request: the body is read to its end before the answer begins, however long it is,
	// and whether or not the client waits to be told to send it.
	BodyFirst bool
	// Logger gets what net/http's server would write into its ErrorLog. nil: slog.Default().
	Logger *slog.Logger
	// Trailers says that the carrier delivers trailers. Without it the Trailer field, which
	// announces them, is left out of the header.
	Trailers bool
}

func (o *Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.Default()
	}
	return o.Logger
}

// Outcome says how an exchange ended.
type Outcome struct {
	// Aborted: Carrier.Abort was called.
	Aborted bool
	// Unread: the body of the request was not read to its end, because there was too much of it
	// (more than 256 KiB were left) or it broke off. Who would carry another request on the
	// connection has to find the end of this one; who closes it lets the server in front send the
	// rest first, or that may not get the answer.
	Unread bool
}

// Serve runs h with r in this goroutine and hands the answer to c. r.Body is replaced. A panic of
// h is logged (http.ErrAbortHandler is not) and aborts this answer only. A nil h is
// http.DefaultServeMux.
//
// When Serve returns, c is not used any more, whatever the handler left running: what that writes
// or reads gets an error.
func Serve(h http.Handler, r *http.Request, c Carrier, o Options) (out Outcome) {
	if o.Context == nil {
		o.Context = NewContext(context.Background(), nil)
	}
	w := newResponse(r, c, o)
	whole := false
	defer func() { // for runtime.Goexit too
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			logPanic(w.o.logger(), r, p)
		}
		w.o.Context.finish()
		out = w.end(whole)
	}()
	if w.takeBody() {
		handlerOf(h, r).ServeHTTP(w, r)
	} else {
		w.WriteHeader(http.StatusExpectationFailed)
	}
	w.o.Context.finish()
	whole = w.finish()
	return out
}

// handlerOf is h, with the exceptions that http.Server makes.
func handlerOf(h http.Handler, r *http.Request) http.Handler {
	switch {
	case r.Method == http.MethodOptions && r.RequestURI == "*":
		return http.HandlerFunc(options)
	case h == nil:
		return http.DefaultServeMux
	}
	return h
}

// options answers a question about the server as a whole (RFC 9110 §9.3.7).
func options(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "0") }

func logPanic(logger *slog.Logger, r *http.Request, p any) {
	logger.Error("exchange: panic serving a request",
		"peer", r.RemoteAddr, "method", r.Method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// takeBody gives the request its body. It reports false for a request that expects what nobody
// can do (RFC 9110 §10.1.1).
func (w *response) takeBody() bool {
	r := w.r
	r.Body = http.NoBody
	if w.o.Body == nil || r.ContentLength == 0 {
		w.o.Context.readBody()
	} else {
		w.body = &body{src: w.o.Body, remain: r.ContentLength, onEOF: w.o.Context.readBody, all: w.o.BodyFirst}
		r.Body = w.body
	}
	expect := r.Header["Expect"]
	switch {
	case !fieldlist.Has(expect, "100-continue"):
		return len(expect) == 0 || expect[0] == ""
	case w.body != nil && !w.o.BodyFirst && r.ProtoAtLeast(1, 1):
		w.expects = true
		w.waits.Store(true)
		w.body.onRead = w.sendContinue
	}
	return true
}

// sendContinue lets a client go on that waits for it.
func (w *response) sendContinue() {
	if !w.waits.CompareAndSwap(true, false) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status == 0 && !w.over.Load() {
		w.keep(w.c.Inform(http.StatusContinue, nil))
	}
}

// end takes the response from the handler, and what the request holds.
func (w *response) end(whole bool) Outcome {
	w.mu.Lock()
	w.over.Store(true)
	if !whole {
		w.c.Abort()
	}
	w.release()
	w.mu.Unlock()
	out := Outcome{Aborted: !whole}
	if w.body != nil {
		_ = w.body.Close()
		out.Unread = !w.body.sawEOF.Load()
	}
	if w.r.MultipartForm != nil {
		_ = w.r.MultipartForm.RemoveAll()
	}
	return out
}

// Refuse answers a request that no handler may see, as net/http's server does: with a line of
// text.
func Refuse(c Carrier, status int) error {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	header := []Field{{"Content-Type", "text/plain; charset=utf-8"}}
	if status == http.StatusNotFound { // as http.NotFound, which is what refuses it over HTTP
		text, header = "404 page not found\n", append(header, Field{"X-Content-Type-Options", "nosniff"})
	}
	err := c.Head(status, header)
	if err == nil {
		err = c.Body([]byte(text))
	}
	if err == nil {
		err = c.End(nil)
	}
	if err != nil {
		c.Abort()
	}
	return err
}
