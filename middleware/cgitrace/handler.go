package cgitrace

import (
	"errors"
	"net/http"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/respond"
)

// handler is Page at work.
type handler struct {
	next http.Handler
	page *Page
}

// response is what next writes to. Its traceback part is empty without -tags dev.
type response struct {
	traceback
	respond.Writer
	page *Page
}

// ErrorSite is how the layers inside find out what their own errors should look like.
func (rs *response) ErrorSite() errpage.Site { return rs.page.site() }

// errShown is what writes return to a handler whose response [Show] has replaced.
var errShown = errors.New("cgitrace: the error page was sent in place of this response")

// Commit lets a response go unless Show has answered already.
func (rs *response) Commit(status int) error {
	if status == shown {
		return errShown
	}
	return nil
}

// shown is the status, impossible in HTTP, by which Show tells Commit about itself.
const shown = 1000

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rs := &response{page: h.page}
	rs.Init(rs.watch(w, r), rs)
	var outer snapshot
	outer.take(w.Header())

	c := rs.serve(h.next, r)
	if c == nil {
		rs.release()
		return
	}
	if c.value == http.ErrAbortHandler {
		panic(c.value)
	}
	rs.answer(w, r, c, &outer)
}

// serve runs next and returns how it panicked, or nil. It does not return at all
// when next ends its goroutine: recover is then nil, as it is for panic(nil) under
// GODEBUG=panicnil=1, but only after the latter does serve get to its end.
func (rs *response) serve(next http.Handler, r *http.Request) (c *caught) {
	done := false
	defer func() {
		if !done {
			c = catch(recover())
		}
	}()
	rs.run(next, r)
	done = true
	return nil
}

// answer makes of a panic what is left to make of it. outer may be nil.
func (rs *response) answer(w http.ResponseWriter, r *http.Request, c *caught, outer *snapshot) {
	defer c.drop()
	rec := newRecord(rs.page, r, c, rs.body())
	developer, withheld := rs.page.developer(r)
	rec.withheld = withheld
	rs.prepare(r, rec, developer)
	switch {
	case rs.Status() == http.StatusSwitchingProtocols: // the connection is the hijacker's
		rs.file(errpage.Log(rs, rec.request, rec.problem()))
	case rs.left():
		incident := errpage.Log(rs, rec.request, rec.problem())
		rs.file(incident)
		if !developer || !rs.append(incident) {
			panic(http.ErrAbortHandler)
		}
	default:
		if outer != nil {
			outer.restore(w.Header())
		}
		fresh := &response{page: rs.page}
		fresh.Init(w, nil)
		if !developer {
			rs.file(errpage.Write(fresh, rec.request, rec.problem()))
			return
		}
		incident := errpage.Log(fresh, rec.request, rec.problem())
		rs.file(incident)
		rs.show(w, r, incident)
	}
}
