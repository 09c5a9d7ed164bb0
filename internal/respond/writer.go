// Package respond holds the one http.ResponseWriter that surcoat's layers wrap
// around another: a [Writer] runs its layer's [Hook] exactly once, at the moment
// the response header is about to leave, whichever way that comes about.
//
// A layer embeds Writer in a struct of its own, which is also the hook, so that a
// wrapped response costs one allocation:
//
//	type response struct {
//		respond.Writer
//		stamp string
//	}
//
//	func (rs *response) Commit(status int) error {
//		rs.Header().Set("X-Stamp", rs.stamp)
//		return nil
//	}
//
//	func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
//		rs := &response{stamp: h.stamp}
//		rs.Init(w, rs)
//		h.next.ServeHTTP(rs, r)
//		rs.Finish() // not deferred: after a panic no hook may run
//	}
//
// The package does not hold back bodies, does not recover panics and does not
// answer errors; the layers do, each its own way.
package respond

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// Hook is what a layer does just before the header of a response leaves.
type Hook interface {
	// Commit runs once for each response, with its final status: at the first
	// WriteHeader (1xx other than 101 excepted), Write, WriteString, ReadFrom,
	// Flush or Hijack (status 101), or at [Writer.Finish]. It may change the
	// header. It does not run for a handler that panicked before any of these.
	//
	// A nil error lets the response go on. With any other, Commit has answered
	// by itself on the base writer ([Writer.Unwrap]): what the handler writes is
	// then discarded, and its writes return that error.
	Commit(status int) error
}

// Writer wraps a response for one layer. It offers every optional interface that
// the base of a net/http server has on HTTP/1.1 (http.Flusher, FlushError,
// http.Hijacker, io.ReaderFrom, io.StringWriter) and hands each on to its base;
// deadlines and full duplex are reached through Unwrap by http.ResponseController.
// What the base cannot do is reported as http.ErrNotSupported.
//
// Like every http.ResponseWriter it serves one goroutine at a time. It must not be
// copied after Init.
type Writer struct {
	base   http.ResponseWriter
	hook   Hook
	err    error // what Commit returned
	status int16 // 0 until the header is committed
}

// Init makes w write to base and run hook, which may be nil, at the commit.
func (w *Writer) Init(base http.ResponseWriter, hook Hook) {
	w.base, w.hook = base, hook
}

// Unwrap returns the base, for http.ResponseController.
func (w *Writer) Unwrap() http.ResponseWriter { return w.base }

// Header returns the base's header.
func (w *Writer) Header() http.Header { return w.base.Header() }

// Status returns the status with which the header was committed, and 0 before
// that: while it is 0 no byte of this response has left.
func (w *Writer) Status() int { return int(w.status) }

// Replaced returns the error with which the hook took the response over, if it did.
func (w *Writer) Replaced() error { return w.err }

// Commit runs the hook for status unless it ran before. It writes nothing to the base.
func (w *Writer) Commit(status int) error {
	if w.status == 0 {
		w.status = int16(status) // first, so that a hook that writes does not run itself again
		if w.hook != nil {
			w.err = w.hook.Commit(status)
		}
	}
	return w.err
}

// Finish commits a response for which the handler wrote nothing. The layer calls it
// after the handler returned, and not when the handler panicked.
func (w *Writer) Finish() { _ = w.Commit(http.StatusOK) }

// Final reports whether status ends the wait for an answer. 101 does: the
// connection then leaves HTTP (RFC 9110 §15.2.2).
func Final(status int) bool {
	return status >= 200 || status == http.StatusSwitchingProtocols
}

// BodyAllowed reports whether a response with that final status has a body at all
// (RFC 9110 §6.4.1).
func BodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// WriteHeader commits the response, but for 1xx, which pass through. A status that
// net/http would panic on reaches it without a commit.
func (w *Writer) WriteHeader(status int) {
	if !Final(status) || status > 999 {
		if w.err == nil {
			w.base.WriteHeader(status)
		}
		return
	}
	if w.Commit(status) == nil {
		w.base.WriteHeader(status)
	}
}

// Write commits the response and writes p to the base.
func (w *Writer) Write(p []byte) (int, error) {
	if err := w.Commit(http.StatusOK); err != nil {
		return 0, err
	}
	return w.base.Write(p)
}

// WriteString commits the response and writes s to the base.
func (w *Writer) WriteString(s string) (int, error) {
	if err := w.Commit(http.StatusOK); err != nil {
		return 0, err
	}
	return io.WriteString(w.base, s)
}

// ReadFrom commits the response and hands src to the base's ReadFrom, so that the
// server can use sendfile. A base without one gets plain writes.
func (w *Writer) ReadFrom(src io.Reader) (int64, error) {
	if err := w.Commit(http.StatusOK); err != nil {
		return 0, err
	}
	if to, ok := w.base.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	// Neither end may offer its fast path here: io.Copy would take the source's
	// WriteTo, which may come back to this ReadFrom.
	return io.Copy(writerOnly{w.base}, readerOnly{src})
}

type (
	writerOnly struct{ io.Writer }
	readerOnly struct{ io.Reader }
)

// Flush is FlushError without its error, for handlers that assert http.Flusher.
func (w *Writer) Flush() { _ = w.FlushError() }

// FlushError commits the response and flushes the base. It returns the base's
// error; errors.Is(err, http.ErrNotSupported) says that the base cannot flush.
func (w *Writer) FlushError() error {
	if err := w.Commit(http.StatusOK); err != nil {
		return err
	}
	return http.NewResponseController(w.base).Flush()
}

// Hijack commits the response with status 101 and takes the connection over from
// the base. Where no base can be hijacked (HTTP/2, a recorder) it returns
// http.ErrNotSupported and commits nothing, so that the handler can still answer.
func (w *Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !hijackable(w.base) {
		return nil, nil, http.ErrNotSupported
	}
	if err := w.Commit(http.StatusSwitchingProtocols); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(w.base).Hijack()
}

// hijackable looks below wrappers, which offer Hijack whether or not their base does.
func hijackable(w http.ResponseWriter) (ok bool) {
	for layer := range Layers(w) {
		_, ok = layer.(http.Hijacker)
	}
	return ok
}
