package gzip

import (
	"net/http"

	"github.com/surcoat/surcoat/internal/request"
)

// handler is a Compressor at work.
type handler struct {
	next  http.Handler
	rules *rules
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect { // what follows is a tunnel
		h.next.ServeHTTP(w, r)
		return
	}
	res := h.rules.idle.get()
	lent := res.begin(h.rules, w, r)
	defer res.end(lent) // after a panic too
	if inner := res.revalidation(); inner != nil {
		request.ServeCopy(h.next, lent, r, inner)
	} else {
		h.next.ServeHTTP(lent, r)
	}
	res.finish() // not deferred: after a panic nothing is sent and no body is ended
}
