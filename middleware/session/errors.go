package session

import (
	"errors"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/internal/errpage"
)

var (
	// ErrConflict says that another request changed a session in the meantime: a
	// [Backend] returns it, and the package merges and tries again. A caller sees it
	// when that did not end, or when the session was renewed by another request.
	ErrConflict = errors.New("session: changed by another request")

	// ErrGone says that a session was destroyed, or expired, while it was in use.
	ErrGone = errors.New("session: no longer exists")

	// ErrFull says that a store has no room: it is bounded and holds only sessions that it
	// may not drop, or its server has no memory or disk left.
	ErrFull = errors.New("session: the store is full")

	// ErrTooLarge says that a session does not fit into a cookie that browsers keep.
	ErrTooLarge = errors.New("session: larger than the 4096 bytes that browsers keep of a cookie; store less, or use a server-side store")

	// ErrEncode says that a value cannot be encoded, and so not be stored.
	ErrEncode = errors.New("session: value cannot be encoded")

	// ErrHeaderSent says that the client can no longer be told of a change, because
	// the response header has left. A session that a server-side store holds already
	// can still be written to; nothing else can.
	ErrHeaderSent = errors.New("session: the response header has left; write to the session before the response")

	// ErrKeyType says that two keys of one name have different types.
	ErrKeyType = errors.New("session: two keys of one name and different types")

	errNone = errors.New("session: no session in the request's context; put session.Manager.Wrap outside this handler")

	errSameCookie = errors.New("session: two Managers use one cookie name; set Cookie.Name of one of them")
)

// retryAfter is what a client is told when a store cannot be reached.
const retryAfter = 5 * time.Second

// ErrorPage answers r where a session is needed and cannot be had: 503 with
// Retry-After when the store failed, 500 when the program did (a value that cannot
// be encoded, or does not fit). It is what a [Manager] without an Error field sends,
// and a handler can call it with what [Session.Err] returned. The header must not
// have left yet; err goes to the log, never to the client.
func ErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	p := errpage.Problem{Status: http.StatusServiceUnavailable, RetryAfter: retryAfter, Err: err}
	for _, ours := range []error{ErrEncode, ErrTooLarge, ErrKeyType, errNone, errSameCookie, errOptions} {
		if errors.Is(err, ours) {
			p.Status, p.RetryAfter = http.StatusInternalServerError, 0
		}
	}
	errpage.Write(w, r, p)
}
