package site

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/session"
)

// How long a login lasts: at most stay, and not as long as it is not used. Who did not
// ask to be kept signed in is signed out with the browser's end, too.
const (
	stay       = 120 * 24 * time.Hour
	idle       = 20 * 24 * time.Hour // its twentieth, a day, is how exactly the last use is known
	idleUnkept = 24 * time.Hour
)

// device is the name of the device that signed in, for the list of them.
var device = session.NewKey[string]("device")

// keepField is the form's field with which people ask to be kept signed in.
const keepField = "keep"

// signingIn is a layer for the forms with which people sign in. Package auth gives
// [auth.Session]'s From the context of a request and nothing else, so the layer puts
// the request into its context.
func signingIn(next http.Handler) http.Handler { return entrance{next} }

type entrance struct{ next http.Handler }

func (e entrance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := new(submission)
	s.Request = r.WithContext(context.WithValue(r.Context(), submissionKey{}, s))
	e.next.ServeHTTP(w, s.Request)
}

// submission is the request that sends such a form.
type submission struct{ *http.Request }

type submissionKey struct{}

// state is where package auth keeps who is signed in: the session that a manager gave
// the request.
func state(manager *session.Manager) func(context.Context) auth.State {
	return func(ctx context.Context) auth.State {
		s := manager.From(ctx)
		if s == nil {
			return nil // not a nil *Session, which would be a State that is there
		}
		if form, ok := ctx.Value(submissionKey{}).(*submission); ok {
			return login{s, form.Request}
		}
		return s
	}
}

// login is a session in which somebody is about to sign in. It notes with what, and for
// how long.
//
// That the session itself is kept is why the wiki does without [auth.Remember], which would
// begin another session with a second cookie when the first has ended. The sessions of the
// wiki are on a disk or in a database anyway and outlive its process, and there is one for
// each device: the list of devices shows all that is signed in, and what is signed out there
// does not come back by itself.
type login struct {
	*session.Session
	r *http.Request
}

// Renew implements [auth.State].
func (l login) Renew(ctx context.Context, subject string) error {
	if err := l.Session.Renew(ctx, subject); err != nil {
		return err
	}
	if subject == "" { // the first of two steps: nobody is signed in
		return asking.Set(l.Session, keeps(l.r))
	}
	options := session.Options{IdleTimeout: idleUnkept}
	if keeps(l.r) {
		options = session.Options{MaxAge: stay}
	}
	return errors.Join(asking.Set(l.Session, keeps(l.r)), device.Set(l.Session, deviceName(l.r.UserAgent())), l.SetOptions(options))
}

// asking is what was asked for at the first step of signing in, for the form of the
// second.
var asking = session.NewKey[bool]("asking")

func asked(r *http.Request) bool {
	keep, _ := asking.Get(session.From(r.Context()))
	return keep
}

// keeps reports whether a form that was parsed asks to be kept signed in.
func keeps(r *http.Request) bool { return r.PostForm.Get(keepField) != "" }
