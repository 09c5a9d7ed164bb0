// Package auth finds out who sends a request, and decides what they may do.
//
//	accounts := &auth.Accounts{Users: users}
//	guard := &auth.Guard{
//		Schemes:   []auth.Scheme{&auth.Session{From: state, Users: users}, &auth.Basic{Accounts: accounts}},
//		Optional:  true,
//		LoginPath: "/login",
//	}
//	mux.Handle("/admin", guard.Require(auth.Role("admin"))(admin))
//	http.ListenAndServe("localhost:8080", sessions.Wrap(guard.Wrap(mux)))
//
// A [Guard] asks its [Scheme] values who it is, and keeps the [Identity] where
// [From] finds it. Schemes that read a header do so at once; the session is opened when
// somebody first asks. [Accounts] checks passwords behind the gate and the decoy of package
// password, and limits guesses by package throttle. [Pages] are ready-made pages to sign in,
// with a second factor where there is one, out and up, to get over a lost password, and to look
// after an account.
//
// The Guard belongs inside the session layer and outside the application;
// middleware.Stack puts it there. A layer that answers CORS preflights belongs outside
// the Guard, as browsers send those without credentials.
//
// It sends mail by a [Mailer] only, which is yours; it does not list the sessions of a user, which
// session.Manager does; and it knows no passkeys and no identity providers: these sign in
// with [Guard.Login].
//
// It caches no user: with [Session.Users], and always with [Basic], roles and whether
// somebody may still sign in are read from [Users] for each request that asks.
package auth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Identity is who a request comes from. It is a value; its slices and map are shared
// and must not be changed in place.
type Identity struct {
	Subject string         // the user's name in [Users], or a scheme's own name for a caller
	Roles   []string       // what [Role] asks for
	Scopes  []string       // what a token is limited to; empty for people
	Methods []string       // how they proved it, by the names of RFC 8176: "pwd", "otp", "hwk"
	Claims  map[string]any // what else an identity provider said
	Time    time.Time      // when they proved it; what [Recent] asks for
	Ambient bool           // a browser adds the credential by itself, so that other sites can make it do so
	Scheme  string         // the scheme that found this out: "Session", "Basic"

	stamp   generation // of the account when the password was checked
	limited bool       // to Scopes, also where they are empty
	scoped  *bool      // set by a rule that asks for a scope which is there, where it is not nil
}

// generation is a user's generation, if it was seen.
type generation struct {
	known bool
	value int64
}

var (
	// ErrNone says that a request has no credential of a scheme's kind, or, from
	// [Err], of any.
	ErrNone = errors.New("auth: no credential")

	// ErrRefused says that a credential is wrong. It never says in what.
	ErrRefused = errors.New("auth: credential refused")

	// ErrMalformed says that a request's credentials cannot be read at all, so that
	// the answer is 400: two Authorization fields.
	ErrMalformed = errors.New("auth: malformed credentials")

	// ErrUnavailable says that a credential could not be checked because something
	// behind is down; the answer is 503. Schemes, rules and [Users] wrap it.
	ErrUnavailable = errors.New("auth: cannot check credentials now")

	// ErrForbidden is a [Rule]'s No; the answer is 403.
	ErrForbidden = errors.New("auth: forbidden")
)

// Scheme is one way to prove who one is.
type Scheme interface {
	// Authenticate returns the identity that r's credential proves; [ErrNone] where r
	// has no credential of this scheme's kind, so that the next scheme is asked;
	// and any other error for one that is refused, which ends the matter: 400
	// for [ErrMalformed], 429 for a [*throttle.Limited], 503 for [ErrUnavailable] and
	// password.ErrBusy, else 401.
	//
	// It may set response headers, and must not write a body. Error texts go to the
	// log, never to the client, and must not hold the credential.
	Authenticate(w http.ResponseWriter, r *http.Request) (Identity, error)
}

// Challenger is a [Scheme] that has a challenge (RFC 9110 §11.6.1).
type Challenger interface {
	// Challenge adds to h the scheme's WWW-Authenticate field. err is [ErrNone]
	// where the request brought no credential of this kind, else what this
	// scheme's Authenticate returned; the errors of other schemes it never sees.
	Challenge(h http.Header, err error)
}

// Rule decides whether an identity may do what a request asks. It returns nil;
// [ErrForbidden]; a [*ScopeError]; a [*StepUp]; or an error that wraps [ErrUnavailable]. Any
// other error forbids too, and is logged. A Rule is called by many goroutines at a time.
type Rule func(*http.Request, Identity) error

// From returns the identity behind the request whose context ctx is. It is false for
// nobody, for a request no [Guard] has seen, and where the session cannot be read now;
// [Err] tells these apart. The first call may read the session and the user.
func From(ctx context.Context) (Identity, bool) {
	v := visitOf(ctx)
	if v == nil {
		return Identity{}, false
	}
	id, err := v.identity()
	return id, err == nil
}

// Err returns why [From] says no: nil where it says yes, [ErrNone] for nobody, else
// an error worth an answer of 503.
func Err(ctx context.Context) error {
	v := visitOf(ctx)
	if v == nil {
		return errors.New("auth: no Guard has seen this request; put auth.Guard.Wrap outside the handler")
	}
	_, err := v.identity()
	return err
}
