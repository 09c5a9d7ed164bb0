package paritytest

import (
	"net/http"
	"sync"
	"testing"
)

// ThroughClient are the differences that a handler has behind a client and a server of a CGI-like
// protocol of our own, whatever it is.
func ThroughClient() Known {
	const (
		connection = "a field about the connection is for the next hop only"
		early      = "nothing of the answer was sent yet: 502 in its place, not a torn one"
		whole      = "all of the answer comes at once, so that net/http can tell its length"
		perhaps    = Sometimes + whole
		added      = "net/http adds it to what came without"
		control    = "400: no variable can have it"
		absolute   = "the application is no proxy"
		trailer    = "there are no trailers; without them the length is known"
		gone       = Sometimes + "the client is gone before the handler has seen all of it"
	)
	return Known{
		"header Expect: 100-continue":              "it is met when the body is read",
		"header of many lines":                     "lines of the same name are joined",
		"header X-A: 1, X-A: 2, X-B: 3, X-A: 4":    "lines of the same name are joined",
		"header Connection: close":                 connection,
		"header Te: trailers, Trailer: X-T":        connection,
		"header Upgrade: websocket, Connection: U": connection,
		"header Connection: keep-alive, X-A, Keep": connection,
		"target https://user@example.org:99":       absolute,
		"target http://example.org/a?b":            absolute,
		"target /a%0Ab":                            control,
		"target /%00":                              control,
		"101":                                      "502: the protocol cannot be switched",
		"POST, torn":                               gone,
		"POST, read deadline over":                 gone,
		"POST, read after flush":                   perhaps,
		"POST 300 KB, read after flush":            perhaps,
		"POST, full duplex":                        perhaps,
		"POST, expecting, read after flush":        "the body is not waited for where the client was not told to send it",
		"write deadline over":                      early,
		"panic":                                    early,
		"panic nil":                                early,
		"panic after text":                         early,
		"panic with unread body":                   early,
		"abort":                                    early,
		"length too large":                         early,
		"length too small":                         early,
		"length no number":                         early,
		"length negative":                          early,
		"copy with length too small":               early,
		"copy 600":                                 perhaps,
		"flushed at once":                          perhaps,
		"flushed after status":                     perhaps,
		"flushed between":                          perhaps,
		"late after flush":                         perhaps,
		"length and transfer-encoding":             whole,
		"length empty":                             whole,
		"length with blank":                        whole,
		"transfer-encoding chunked":                whole,
		"transfer-encoding identity":               whole,
		"trailer by prefix":                        trailer,
		"trailer by prefix, early":                 trailer,
		"trailer declared":                         trailer,
		"no date":                                  added,
	}
}

// Through is the front of a client: client starts a server with a handler, and returns the client in
// front of it. It returns when the handler has, which may be later than its answer.
func Through(t testing.TB, h http.Handler, q Request, client func(http.Handler) http.Handler) Answer {
	var under sync.RWMutex
	a := OverHTTP(t, Quiet(client(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		under.RLock()
		defer under.RUnlock()
		h.ServeHTTP(w, r)
	}))), q)
	under.Lock()
	defer under.Unlock()
	return a
}
