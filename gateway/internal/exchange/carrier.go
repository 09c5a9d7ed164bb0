package exchange

// Field is one line of a header. Its name is valid, spelled as the handler did; its value has no
// CR, LF or NUL and no space around it.
type Field struct{ Name, Value string }

// Carrier puts one answer into a protocol. [Serve] calls it from one goroutine at a time, in this
// order: Inform any number of times, Head once, then Body and Flush, then End or Abort, once,
// last. Abort may come at any time. After an error only Abort comes.
//
// A carrier may hold back what it was given until Flush or End, and should: then a small answer
// is one write. It keeps no slice beyond the call.
//
// It may also have any of these methods:
//
//	ReadFrom(src io.Reader) (int64, error)  // Body with all of src, for sendfile
//	SetReadDeadline(time.Time) error        // for http.ResponseController; from any goroutine
//	SetWriteDeadline(time.Time) error
type Carrier interface {
	// Head takes the final status (101, 200 to 999) and the header: the handler's fields sorted
	// by name, then those that were added. What concerns one connection only is not among them
	// (Connection, Transfer-Encoding …).
	Head(status int, header []Field) error
	// Inform takes an answer before the answer (1xx without 101), and sends it at once. A
	// protocol without such drops it and returns nil.
	Inform(status int, header []Field) error
	// Body takes the next bytes of the body. It is not called for an answer without one (HEAD,
	// 204, 304).
	Body(p []byte) error
	// Flush sends what was held back.
	Flush() error
	// End sends what was held back and ends the answer. A protocol without trailers drops them.
	End(trailer []Field) error
	// Abort ends an answer that is not whole: the server in front must see that it is torn, as
	// far as the protocol has a way to show it. What was held back may be lost.
	Abort()
}

// Watcher waits for a client to go away while its request is being answered.
type Watcher interface {
	// Watch starts to wait and returns. gone is called, from another goroutine, if the client
	// goes. Watch itself is called only when the request's body was read to its end, and at most
	// once.
	Watch(gone func())
	// Unwatch ends what Watch started, and returns when that has ended.
	Unwatch()
}
