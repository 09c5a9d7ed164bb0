package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Code returns the handler of the second step of signing in, for users with a second factor:
// [Pages.CodePath] is where to serve it.
func (p *Pages) Code() http.Handler {
	return p.handler("Code", page{kind: CodeForm, act: (*pageHandler).code, open: (*pageHandler).openCode})
}

// pendingName is where the first step of a login is kept in a [State].
const pendingName = "auth.pending"

// pendingFor is how long there is between the steps.
const pendingFor = 10 * time.Minute

// pending is the first step: a password that was right, of a user with a second factor.
type pending struct {
	name       string
	generation int64
	at         time.Time
	remember   bool
}

func (p *pending) String() string {
	return fmt.Sprintf("1 %d %d %t %s", p.at.Unix(), p.generation, p.remember, url.PathEscape(p.name))
}

func parsePending(s string) (p pending, ok bool) {
	part := strings.Split(s, " ")
	if len(part) != 5 || part[0] != "1" {
		return p, false
	}
	unix, err1 := strconv.ParseInt(part[1], 10, 64)
	generation, err2 := strconv.ParseInt(part[2], 10, 64)
	remember, err3 := strconv.ParseBool(part[3])
	name, err4 := url.PathUnescape(part[4])
	if errors.Join(err1, err2, err3, err4) != nil || name == "" {
		return p, false
	}
	return pending{name, generation, time.Unix(unix, 0), remember}, true
}

var errNoCodePath = errors.New("auth: Pages.CodePath is not set, and a user has a second factor; serve Pages.Code there")

// askCode sends u, whose password was right, to the second step.
func (h *pageHandler) askCode(w http.ResponseWriter, r *http.Request, u User) {
	if h.pages.CodePath == "" {
		misplaced(w, r, errNoCodePath)
		return
	}
	st, err := h.pages.session().state(r.Context())
	if err != nil {
		misplaced(w, r, err)
		return
	}
	// A session of its own: a former user's must not go on, nor what somebody planted.
	p := pending{u.Name, u.Generation, time.Now(), r.PostForm.Get("remember") != ""}
	if err = st.SetValue(stateName, ""); err == nil {
		err = st.SetValue(pendingName, p.String())
	}
	if err == nil {
		err = st.Renew(r.Context(), "")
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err))
		return
	}
	seeOther(w, h.withNext(r, h.pages.CodePath))
}

// withNext is a link to another page, which leads on where this one would.
func (h *pageHandler) withNext(r *http.Request, to string) string {
	next := h.pages.Guard.Next(r)
	if next == h.pages.Guard.set.Load().home {
		return to
	}
	return withNext(to, next)
}

// pending returns the first step, if it was made a short while ago; else it sends people
// there.
func (h *pageHandler) pending(w http.ResponseWriter, r *http.Request) (p pending, st State, ok bool) {
	st, err := h.pages.session().state(r.Context())
	if err != nil {
		misplaced(w, r, err)
		return p, nil, false
	}
	value, err := st.Value(pendingName)
	if err != nil {
		h.pages.Guard.Refuse(w, r, fmt.Errorf("%w: reading the session: %w", ErrUnavailable, err))
		return p, nil, false
	}
	if p, ok = parsePending(value); ok && time.Since(p.at) < pendingFor {
		return p, st, true
	}
	if login := h.pages.Guard.set.Load().loginPath; login != "" {
		seeOther(w, h.withNext(r, login))
	} else {
		h.pages.Guard.Refuse(w, r, ErrNone)
	}
	return p, nil, false
}

func (h *pageHandler) openCode(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := h.pending(w, r); ok {
		h.show(w, r, http.StatusOK, h.pages.form(r, h.kind))
	}
}

func (h *pageHandler) code(w http.ResponseWriter, r *http.Request) {
	p, st, ok := h.pending(w, r)
	if !ok {
		return
	}
	attempt, err := h.pages.Accounts.Attempt(r, p.name, "code")
	if h.waits(w, r, err) {
		return
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	defer attempt.Cancel()
	u, err := h.pages.Accounts.VerifyFactor(r.Context(), p.name, r.PostForm.Get("code"))
	switch {
	case errors.Is(err, ErrRefused):
		attempt.Fail()
		h.again(w, r, "code", "That code is not right, or was used before. Please wait for the next one and try again.")
		return
	case err != nil:
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	attempt.Succeed()
	if err := st.SetValue(pendingName, ""); err != nil {
		h.pages.Guard.Refuse(w, r, fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err))
		return
	}
	if u.Generation != p.generation { // the password was changed between the steps
		h.pages.Guard.Refuse(w, r, ErrNone)
		return
	}
	h.pages.Accounts.KnowDevice(w, r, u.Name)
	h.welcome(w, r, u, []string{"pwd", otpMethod, mfaMethod}, p.remember)
}
