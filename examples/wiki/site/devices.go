package site

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/session"
)

const devicesPath = "/devices"

// mostDevices is how many devices are listed. A program that signs in anew each time
// can have any number of them.
const mostDevices = 50

// devices lists where whoever asks is signed in.
func (s *site) devices(w http.ResponseWriter, r *http.Request) error {
	screen := view.Devices{
		Frame: s.frame(r, "Your devices"), Action: s.at(devicesPath),
		Idle: idle, IdleUnkept: idleUnkept,
	}
	screen.Here = "devices"
	all, err := s.signedIn(r.Context(), screen.Viewer)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		screen.Unlisted = true
	case err != nil:
		return err
	}
	here := session.From(r.Context()).Handle()
	for _, info := range all {
		d := view.Device{
			Name: cmp.Or(nameOf(info), deviceName("")), Handle: info.Handle,
			Since: info.Created, Seen: info.Seen, Present: info.Handle == here,
		}
		if d.Present {
			screen.Devices = slices.Insert(screen.Devices, 0, d)
		} else {
			screen.Devices = append(screen.Devices, d)
			screen.Others = true
		}
	}
	if more := len(screen.Devices) - mostDevices; more > 0 {
		screen.Devices, screen.More = screen.Devices[:mostDevices], more
	}
	screen.Notes = s.notes(w, r)
	w.Header().Set("Cache-Control", "no-store") // it would not be true for long
	return s.render(w, r, http.StatusOK, screen)
}

// signedIn returns the sessions that sign user in, those used last first. Its error is an
// errors.ErrUnsupported where the store cannot list, and an unavailable otherwise.
func (s *site) signedIn(ctx context.Context, user string) ([]session.Info, error) {
	var all []session.Info
	for info, err := range s.sessions.List(ctx, user) {
		if errors.Is(err, errors.ErrUnsupported) {
			return nil, err
		}
		if err != nil {
			return nil, unavailable{err}
		}
		all = append(all, info)
	}
	slices.SortFunc(all, func(a, b session.Info) int {
		return cmp.Or(b.Seen.Compare(a.Seen), b.Created.Compare(a.Created), cmp.Compare(a.Handle, b.Handle))
	})
	return all, nil
}

func nameOf(i session.Info) string {
	name, _ := device.In(i)
	return name
}

// signOut ends a session of whoever asks, or all but the one with which they ask. Who
// that is it finds out when the form has arrived: a thief who sends one slowly is signed
// out meanwhile, and must not sign out, or in, anybody with it.
func (s *site) signOut(w http.ResponseWriter, r *http.Request) error {
	form, _, err := readForm(w, r)
	switch {
	case err != nil:
		return err
	case unknown(r):
		return unavailable{auth.Err(r.Context())}
	case viewer(r) == "":
		http.Redirect(w, r, s.at(devicesPath), http.StatusSeeOther) // where one has to sign in
		return nil
	}
	if form.Has("others") {
		err = s.signOutOthers(w, r)
	} else {
		err = s.signOutDevice(r, form.Get("device"))
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, s.at(devicesPath), http.StatusSeeOther)
	return nil
}

// signOutDevice ends the session with a handle, if it is among those of whoever asks.
func (s *site) signOutDevice(r *http.Request, handle string) error {
	all, err := s.signedIn(r.Context(), viewer(r))
	if errors.Is(err, errors.ErrUnsupported) {
		return &problem{http.StatusConflict, "Not possible here", "This wiki cannot sign out one device alone.", view.Link{Name: "Your devices", Href: devicesPath}}
	}
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(info session.Info) bool { return info.Handle == handle })
	if i < 0 {
		say(r, "That device is not signed in any more.")
		return nil
	}
	if err := s.sessions.Revoke(r.Context(), handle); err != nil {
		return unavailable{err}
	}
	say(r, "%s is signed out.", cmp.Or(nameOf(all[i]), deviceName("")))
	return nil
}

// signOutOthers ends all sessions of whoever asks, but for the one with which they ask.
func (s *site) signOutOthers(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	_, err := s.signedIn(ctx, viewer(r)) // which only a store without a server cannot tell
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		err = s.signInAnew(w, r)
	case err == nil:
		err = s.sessions.RevokeUser(ctx, viewer(r), session.From(ctx).Handle())
	}
	if err != nil {
		return unavailable{err}
	}
	say(r, "You are signed out everywhere else.")
	return nil
}

// signInAnew ends all sessions by what the account remembers, and gives whoever asks a
// new one. Where sessions are in cookies that is better than to revoke them, which one
// process alone would know of, until it ends.
func (s *site) signInAnew(w http.ResponseWriter, r *http.Request) error {
	id, _ := auth.From(r.Context())
	if err := s.accounts.Revoke(r.Context(), id.Subject); err != nil {
		return err
	}
	return s.guard.Login(w, r, auth.Identity{Subject: id.Subject, Time: id.Time, Methods: id.Methods, Claims: id.Claims})
}
