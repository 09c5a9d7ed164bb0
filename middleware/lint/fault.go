package lint

import (
	"log/slog"
	"runtime"
	"strconv"
)

// Rule is what a fault is against. Its text is stable, for lists of exceptions.
type Rule string

// The rules, each with what becomes of a response that breaks it.
const (
	RepeatedStatus  Rule = "repeated-status"  // a second WriteHeader: the server logs it and keeps the first
	LateStatus      Rule = "late-status"      // WriteHeader after Write or Flush, which sent 200
	InvalidStatus   Rule = "invalid-status"   // below 100 or above 999: the server panics
	LateInterim     Rule = "late-interim"     // 1xx after the final status: dropped
	LateHeader      Rule = "late-header"      // a field changed after the header left, and no trailer: not sent
	InvalidName     Rule = "invalid-name"     // no token (RFC 9110 §5.1): dropped, or a response nobody can parse
	InvalidValue    Rule = "invalid-value"    // CR, LF, NUL or another control: altered on HTTP/1.1, dropped on HTTP/2
	HopByHop        Rule = "hop-by-hop"       // a field of the connection, which is the server's business (RFC 9110 §7.6.1)
	ContentLength   Rule = "content-length"   // disagrees with the body: the connection is cut, or the body
	BodyNotAllowed  Rule = "body-not-allowed" // on 1xx, 204 or 304: dropped
	WriterAfter     Rule = "writer-after"     // the writer used after the handler returned: another request's buffers
	BodyAfter       Rule = "body-after"       // the request body read after the handler returned
	AfterHijack     Rule = "after-hijack"     // the writer used after its connection was taken
	Concurrent      Rule = "concurrent"       // two calls on the writer at a time: a data race
	RequestChanged  Rule = "request-changed"  // r.Header or r.URL changed in place: outer layers and logs see it
	MissingField    Rule = "missing-field"    // the status demands a field that is not there
	MissingVary     Rule = "missing-vary"     // Content-Encoding without Vary: caches give it to clients that cannot read it
	MalformedETag   Rule = "malformed-etag"   // not "…" or W/"…" (RFC 9110 §8.8.3): never matches
	MalformedDate   Rule = "malformed-date"   // not as in http.TimeFormat (RFC 9110 §5.6.7): ignored
	MalformedLength Rule = "malformed-length" // Content-Length is no number, or two
)

// Fault is one breach of the contract.
type Fault struct {
	Rule   Rule   // what is broken
	Text   string // what happened and what comes of it, in a sentence
	Method string // the request's
	Path   string // the request's, without the query, which may hold secrets

	// File and Line are where the offending call is: the innermost one outside
	// package lint, net/http and those packages of the standard library that write on
	// someone's behalf (io, fmt, html/template …). For a fault that shows without any
	// call, such as a header never completed, they are where the handler is declared.
	// File is "" when even that is unknown.
	File string
	Line int    // 0 where File is ""
	Func string // the function that contains the line

	// Stack is the way from the offending call out to the handler, innermost first and
	// with nothing left out; shortened for a field that was set long before its fault
	// showed, and empty when there was no call.
	Stack []runtime.Frame
}

// Error says the fault in a line, like a compiler: file:line: rule: text (request).
func (f Fault) Error() string {
	where := ""
	if f.File != "" {
		where = f.File + ":" + strconv.Itoa(f.Line) + ": "
	}
	return where + string(f.Rule) + ": " + f.Text + " (" + f.Method + " " + f.Path + ")"
}

// logged is the Report of a Handler that has none.
func logged(f Fault) {
	slog.Warn("lint: "+f.Text, slog.String("rule", string(f.Rule)),
		slog.String("file", f.File), slog.Int("line", f.Line), slog.String("func", f.Func),
		slog.String("method", f.Method), slog.String("path", f.Path))
}
