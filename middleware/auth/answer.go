package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

// How long a client should wait before it tries again: the gate's queue is through in
// less than a second, a store that is down takes longer.
const (
	busyRetry = time.Second
	downRetry = 5 * time.Second
)

// Refuse answers r for an error of [Guard.Login], [Accounts.Verify], [Err] or a [Rule],
// as the Guard would: with 400, 401, 403, 429, 500 or 503, or by sending a person to sign in.
func (g *Guard) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	s, bad := g.settle()
	if bad != nil {
		misplaced(w, r, bad)
		return
	}
	v := &visit{set: s}
	var stepUp *StepUp
	if of := visitOf(r.Context()); of != nil && of.set == s && errors.As(err, &stepUp) {
		v.by = of.by // who proved too little, or too long ago, is told by the scheme they came with
	}
	v.answer(w, r, err)
}

// refuse answers for the error of a scheme.
func (v *visit) refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case unavailable(w, r, err), limited(w, r, err):
	case errors.Is(err, ErrMalformed):
		errpage.Write(w, r, errpage.Problem{Status: http.StatusBadRequest})
	case errors.Is(err, errNoSession):
		misplaced(w, r, err)
	case err == ErrNone && v.set.loginPath != "" && navigation(r):
		v.set.toLogin(w, r)
	default:
		v.challenge(w, r, err, "")
	}
}

// forbid answers for the error of a rule.
func (v *visit) forbid(w http.ResponseWriter, r *http.Request, err error) {
	var stepUp *StepUp
	var scope *ScopeError
	switch {
	case unavailable(w, r, err):
	case errors.As(err, &stepUp) && v.set.loginPath != "" && navigation(r):
		v.set.toLogin(w, r)
	case errors.As(err, &stepUp):
		v.challenge(w, r, err, "You signed in too long ago for this. Please sign in again.")
	case errors.As(err, &scope):
		if c, ok := v.by.(*Bearer); ok {
			c.Challenge(w.Header(), err)
		}
		errpage.Write(w, r, errpage.Problem{Status: http.StatusForbidden, Detail: "The token is not good for this."})
	case err == ErrForbidden:
		errpage.Write(w, r, errpage.Problem{Status: http.StatusForbidden})
	default:
		errpage.Write(w, r, errpage.Problem{Status: http.StatusForbidden, Err: err})
	}
}

// answer tells a scheme's errors from a rule's, and both from others.
func (v *visit) answer(w http.ResponseWriter, r *http.Request, err error) {
	var stepUp *StepUp
	switch {
	case limited(w, r, err):
	case errors.Is(err, ErrForbidden), errors.As(err, &stepUp):
		v.forbid(w, r, err)
	case errors.Is(err, ErrNone), errors.Is(err, ErrRefused), errors.Is(err, ErrMalformed), errors.Is(err, ErrUnavailable):
		v.refuse(w, r, err)
	default:
		misplaced(w, r, err)
	}
}

// unavailable answers for an error that says nothing about the client.
func unavailable(w http.ResponseWriter, r *http.Request, err error) bool {
	retry := downRetry
	switch {
	case errors.Is(err, password.ErrBusy):
		retry = busyRetry
	case !errors.Is(err, ErrUnavailable):
		return false
	}
	errpage.Write(w, r, errpage.Problem{Status: http.StatusServiceUnavailable, RetryAfter: retry, Err: err})
	return true
}

// challenge answers 401 with every scheme's challenge, each with its own error only.
// Without any challenge 401 would break RFC 9110 §15.5.2: then it is 403.
func (v *visit) challenge(w http.ResponseWriter, r *http.Request, err error, detail string) {
	p := errpage.Problem{Status: http.StatusUnauthorized, Detail: detail}
	if _, token := v.by.(*Bearer); token && detail == "" {
		p.Detail = "The token is not, or no longer, good."
	}
	if len(v.set.challengers) == 0 {
		p.Status = http.StatusForbidden
	}
	for _, c := range v.set.challengers {
		if c.Scheme == v.by {
			c.Challenge(w.Header(), err)
		} else {
			c.Challenge(w.Header(), ErrNone)
		}
	}
	if _, stepUp := err.(*StepUp); err != ErrNone && err != ErrRefused && !stepUp {
		p.Err = err
	}
	errpage.Write(w, r, p)
}

// forged answers a request that another site made a browser send.
func forged(w http.ResponseWriter, r *http.Request) {
	errpage.Write(w, r, errpage.Problem{
		Status: http.StatusForbidden,
		Detail: "This was sent from another site. Open the page on this site and try again.",
	})
}

// misplaced answers where the set-up is wrong; err says how to mend it, in the log.
func misplaced(w http.ResponseWriter, r *http.Request, err error) {
	errpage.Write(w, r, errpage.Problem{Status: http.StatusInternalServerError, Err: err})
}

// navigation reports whether a person will see the answer, and not a script: browsers say so
// in Sec-Fetch-Mode, and before that in Accept.
func navigation(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return errpage.Format(r) == "html"
}

// toLogin sends a person to the login page, with the way back. A page that was to be
// posted to cannot be gone back to; the one that posted can.
func (s *settings) toLogin(w http.ResponseWriter, r *http.Request) {
	next := requested(r)
	if path(next) == path(s.loginPath) {
		misplaced(w, r, errors.New("auth: Guard.LoginPath is itself behind the Guard; leave it out, or set Guard.Optional and use Guard.Require"))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		next = referred(r)
	}
	to := s.loginPath
	if local(next) && next != s.home {
		to = withNext(to, next)
	}
	seeOther(w, to)
}

func seeOther(w http.ResponseWriter, to string) {
	h := w.Header()
	errpage.Clear(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// requested returns the path and query that the client asked for, also below an
// http.StripPrefix.
func requested(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// referred returns the path and query of the page on this host that r was sent from, or "".
func referred(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return ""
	}
	return u.RequestURI()
}
