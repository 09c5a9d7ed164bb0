package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/auth/totp"
)

// Code returns the handler of the second step of signing in, for users with a second factor:
// [Pages.CodePath] is where to serve it. There are ten minutes for it. Who signs in with a
// recovery code is shown how many are left before they go on.
func (p *Pages) Code() http.Handler {
	require("Code", "CodePath", p.CodePath != "")
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
	at         time.Time // in seconds
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

// askCode sends u, whose password was right, to the second step. Who is signed in stays so
// until that is done.
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
	p := pending{u.Name, u.Generation, time.Now(), r.PostForm.Get("remember") != ""}
	value, err := st.Value(stateName)
	if err == nil {
		err = st.SetValue(pendingName, p.String())
	}
	if err == nil {
		present, _ := parseLogin(value)
		err = st.Renew(r.Context(), present.Subject) // whoever planted the session must not do the second step
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err))
		return
	}
	seeOther(w, h.pages.withNext(r, h.pages.CodePath))
}

// pending returns the first step and its user as they are now. Where it was not made, a short
// while ago, by a user who has not changed since, it answers.
func (h *pageHandler) pending(w http.ResponseWriter, r *http.Request) (p pending, u User, ok bool) {
	st, err := h.pages.session().state(r.Context())
	if err != nil {
		misplaced(w, r, err)
		return p, u, false
	}
	value, err := st.Value(pendingName)
	if err != nil {
		h.pages.Guard.Refuse(w, r, fmt.Errorf("%w: reading the session: %w", ErrUnavailable, err))
		return p, u, false
	}
	if p, ok = parsePending(value); ok && time.Since(p.at) < pendingFor {
		u, err = h.pages.Accounts.lookup(r.Context(), p.name)
		switch {
		case err == nil && !u.Disabled && u.HasFactor() && u.Generation == p.generation:
			return p, u, true
		case err != nil && !errors.Is(err, ErrRefused):
			h.pages.Guard.Refuse(w, r, err)
			return p, u, false
		}
	}
	h.beginAgain(w, r)
	return p, u, false
}

// beginAgain sends people to the first step, or on where they have done all: a button that
// leads back, or is pressed twice, brings them here.
func (h *pageHandler) beginAgain(w http.ResponseWriter, r *http.Request) {
	if _, ok := From(r.Context()); ok {
		seeOther(w, h.pages.Guard.Next(r))
		return
	}
	if login := h.pages.Guard.set.Load().loginPath; login != "" {
		seeOther(w, h.pages.withNext(r, login))
		return
	}
	h.pages.Guard.Refuse(w, r, ErrNone)
}

func (h *pageHandler) openCode(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := h.pending(w, r); ok {
		h.show(w, r, http.StatusOK, h.pages.form(r, h.kind))
	}
}

func (h *pageHandler) code(w http.ResponseWriter, r *http.Request) {
	p, before, ok := h.pending(w, r)
	if !ok {
		return
	}
	code := r.PostForm.Get("code")
	u, err := h.verifyFactor(r, p.name, code)
	switch {
	case err == nil && u.Generation != p.generation: // changed just now
		h.beginAgain(w, r)
		return
	case err == nil:
	case h.waits(w, r, err):
		return
	case errors.Is(err, ErrRefused):
		h.again(w, r, "code", badCode)
		return
	default:
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	id := u.Identity()
	id.Methods = []string{"pwd", otpMethod, mfaMethod}
	if err := h.signIn(w, r, id, p.remember); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	h.pages.Accounts.KnowDevice(w, r, u.Name)
	if before.find(RecoverySecret, totp.RecoveryHash(code), time.Now()) < 0 {
		seeOther(w, h.pages.Guard.Next(r))
		return
	}
	f := h.pages.form(r, h.kind)
	f.Name, f.Done, f.HasFactor, f.RecoveryCodes = u.Name, true, true, u.RecoveryCodes()
	h.show(w, r, http.StatusOK, f)
}

const badCode = "That code is not right, or was used before. Please wait for the next one and try again."

// verifyFactor is [Accounts.VerifyFactor] with a limit on how fast codes can be guessed. An empty
// one is no guess.
func (h *pageHandler) verifyFactor(r *http.Request, name, code string) (User, error) {
	if code == "" {
		return User{}, ErrRefused
	}
	attempt, err := h.pages.Accounts.Attempt(r, name, "code")
	if err != nil {
		h.pages.Accounts.report(r, name, "code", err)
		return User{}, err
	}
	defer attempt.Cancel()
	u, err := h.pages.Accounts.VerifyFactor(r.Context(), name, code)
	switch {
	case err == nil:
		attempt.Succeed()
	case errors.Is(err, ErrRefused):
		attempt.Fail()
		h.pages.Accounts.report(r, name, "code", err)
	}
	return u, err
}
