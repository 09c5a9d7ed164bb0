package session

import (
	"context"
	"net/http"

	"github.com/surcoat/surcoat/internal/request"
	"github.com/surcoat/surcoat/internal/respond"
)

type handler struct {
	next http.Handler
	core *core
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	outer := From(ctx)
	for s := outer; s != nil; s = s.outer {
		switch {
		case s.core == h.core: // the same Manager further out
			h.next.ServeHTTP(w, r)
			return
		case s.core.cookie.name == h.core.cookie.name:
			ErrorPage(w, r, errSameCookie)
			return
		}
	}
	rs := &response{}
	rs.session.core, rs.session.r, rs.session.outer = h.core, r, outer
	rs.ctx.Context, rs.ctx.session = ctx, &rs.session
	rs.Init(w, rs)
	request.Serve(h.next, rs, r, &rs.ctx)
	rs.Finish()
}

// response is all that a request costs before it asks for its session: the writer,
// the context and the session in one allocation.
type response struct {
	respond.Writer
	ctx     sessionContext
	session Session
}

// Commit implements [respond.Hook].
func (rs *response) Commit(status int) error {
	s := &rs.session
	err := s.commit(rs.Header(), status)
	if err != nil {
		s.core.fail(rs.Unwrap(), s.r, err)
	}
	return err
}

// contextKey finds the innermost session.
type contextKey struct{}

type sessionContext struct {
	context.Context
	session *Session
}

func (c *sessionContext) Value(key any) any {
	if key == (contextKey{}) {
		return c.session
	}
	return c.Context.Value(key)
}

// From returns the session of the request that ctx belongs to, and nil where no
// [Manager] wraps the handler; a nil Session holds nothing and takes nothing. Of
// several Managers' sessions it returns the innermost. It does no I/O.
func From(ctx context.Context) *Session {
	s, _ := ctx.Value(contextKey{}).(*Session)
	return s
}
