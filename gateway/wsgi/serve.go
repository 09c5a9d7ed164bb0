package wsgi

import (
	"context"
	"errors"
	"net/http"

	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/internal/errpage"
)

// ServeHTTP has the application answer r.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s, err := a.supervisor()
	if err != nil {
		relay.Fail(w, r, "wsgi", err)
		return
	}
	if a.Timeout > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), a.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
	}
	if a.MaxBody > 0 {
		if r.ContentLength > a.MaxBody {
			errpage.Write(w, r, errpage.Problem{Status: http.StatusRequestEntityTooLarge})
			return
		}
		r = r.WithContext(r.Context()) // the caller's keeps its body
		r.Body = http.MaxBytesReader(w, r.Body, a.MaxBody)
	}
	r, free, err := relay.Spool(r, a.MaxSpool)
	if err != nil {
		relay.Fail(w, r, "wsgi", err)
		return
	}
	defer free()
	x := &exchange{s: s, w: w, r: r}
	if err := x.run(); err != nil {
		x.fail(err)
	}
}

// fail answers a request for which there is no answer.
func (x *exchange) fail(err error) {
	x.closeAfter()
	var e *Exception
	var broken *brokenError
	switch {
	case errors.As(err, &broken):
		if errors.As(broken.cause, &e) {
			show(x.w, x.s.App, e)
		}
	case errors.As(err, &e):
		raise(x.w, x.r, x.s.App, e)
		return
	}
	relay.Fail(x.w, x.r, "wsgi", err)
}
