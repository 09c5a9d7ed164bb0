package auth

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"time"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// VerifyRequest is [Accounts.Verify] for a password that came with r, with limits on how
// fast it can be guessed: by the account, by the network of r.RemoteAddr, and by the device
// that [Accounts.DeviceCookie] knows, all counted by [Accounts.Throttle]. A further error is
// a [*throttle.Limited], for an answer of 429: the password was not looked at, and no hash
// was spent. Whether there is such an account changes nothing in any of this.
//
// Behind a reverse proxy, forwarded.Proxies belongs outside: without it all clients are one
// network.
//
// After a right password the answer makes the browser a known device, unless the
// user has a second factor: whoever asks for that calls [Accounts.KnowDevice] afterwards.
func (a *Accounts) VerifyRequest(w http.ResponseWriter, r *http.Request, name, password string) (User, error) {
	return a.verifyRequest(w, r, name, password, noMemory{})
}

func (a *Accounts) verifyRequest(w http.ResponseWriter, r *http.Request, name, pass string, m memory) (User, error) {
	u, may, err := a.candidate(r.Context(), name)
	if err != nil {
		return User{}, err
	}
	known := u.Name
	attempt, err := a.Attempt(r, cmp.Or(known, name), "") // as the store writes it
	if err != nil {
		a.report(r, known, "password", err)
		return User{}, err
	}
	defer attempt.Cancel() // where it could not be found out
	enter := a.hasher().Enter
	if attempt.Known() {
		enter = a.hasher().EnterKnown
	}
	u, err = a.prove(r.Context(), u, may, pass, enter, m)
	switch {
	case err == ErrRefused:
		attempt.Fail()
		a.report(r, known, "password", err)
	case err == nil:
		attempt.Succeed()
		if !u.HasFactor() {
			a.KnowDevice(w, r, u.Name)
		}
	}
	return u, err
}

// Attempt asks for a guess at something that belongs to the account of that name, as the store
// writes it, by the client that sent r. use says at what, and keeps the counts of each apart: "" is the
// password, "code" might be a second factor. The caller ends it with Fail, Succeed or Cancel. It
// fails with a [*throttle.Limited], for which [Guard.Refuse] answers 429, or with r's
// context.
//
// What only costs something, such as mail to an address, is limited by a Fail each time.
func (a *Accounts) Attempt(r *http.Request, name, use string) (*throttle.Attempt, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	device, _ := a.devices.of(r, name)
	attempt, err := a.throttle().Attempt(r.Context(), throttle.Key{
		Use: use, Account: name, Client: clientAddr(r), Device: device,
	})
	if r.Context().Err() != nil && err != nil {
		return nil, fmt.Errorf("%w: waiting for other guesses: %w", ErrUnavailable, err)
	}
	return attempt, err
}

// KnowDevice makes the browser that sent r a known device of the account of that name. Call
// it, before the answer is written, when its owner has proved all that they have to. It
// sets no cookie where it has set one within a day.
func (a *Accounts) KnowDevice(w http.ResponseWriter, r *http.Request, name string) {
	if a.check() != nil {
		return // Attempt has said so
	}
	if _, renew := a.devices.of(r, name); renew {
		a.devices.set(w, r, name)
	}
}

// clientAddr is the address of the client, the zero Addr where there is none: on a Unix
// socket, say.
func clientAddr(r *http.Request) netip.Addr {
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return ap.Addr()
	}
	addr, _ := netip.ParseAddr(r.RemoteAddr)
	return addr
}

const tooMany = "There were too many wrong tries. Please wait "

// limited answers a program that err tells to wait, and reports whether it does.
func limited(w http.ResponseWriter, r *http.Request, err error) bool {
	var l *throttle.Limited
	if !errors.As(err, &l) {
		return false
	}
	errpage.Write(w, r, errpage.Problem{
		Status: http.StatusTooManyRequests, RetryAfter: l.RetryAfter,
		Detail: tooMany + inWords(l.RetryAfter) + " and try again.",
	})
	return true
}

// inWords says how long to wait, never too short.
func inWords(d time.Duration) string {
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"second", time.Second}, {"minute", time.Minute}, {"hour", time.Hour}} {
		n := max(1, int(math.Ceil(float64(d)/float64(unit.of))))
		switch {
		case n == 1:
			return "a " + unit.name
		case n <= 90 || unit.of == time.Hour:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return ""
}
