package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// deviceChecks are about the sessions of one user.
func deviceChecks() []check {
	return []check{
		{"list", listDevices},
		{"revoke by handle", revokeHandle},
		{"revoke by user", revokeUser},
		{"revoke by user, under load", revokeUserUnderLoad},
		{"revoke by time", revokeBefore},
	}
}

// signedIn returns a client that ada signed in on, and its handle.
func (s *site) signedIn(ada, device string) (b *browser, handle string) {
	s.t.Helper()
	b = s.browser()
	b.must("/set?" + device)
	b.must("/login?" + ada)
	who := b.must("/who").body
	handle, ok := strings.CutPrefix(who, ada+" ")
	if !ok || handle == "" {
		s.t.Fatalf("after a login /who answers %q", who)
	}
	return b, handle
}

func (t *trial) wantUnsupported(what string, err error) {
	t.Helper()
	t.wantErr(what+" on a store that cannot", err, errors.ErrUnsupported, "the caller must be told that nothing was done")
}

func listDevices(t *trial) {
	ada, bob := newSubject(), newSubject()
	s := t.site(&session.Manager{}, nil)
	var want []string
	for _, device := range []string{"laptop", "phone", "tablet"} {
		_, handle := s.signedIn(ada, device)
		want = append(want, device+" "+handle)
	}
	s.signedIn(bob, "other")
	s.browser().must("/set?anonymous")
	gone, _ := s.signedIn(ada, "gone")
	gone.must("/logout")
	away, _ := s.signedIn(ada, "away")
	away.must("/login?" + bob)
	var got []string
	for i, err := range s.manager.List(t.Context(), ada) {
		if err != nil {
			if t.can&session.List == 0 {
				t.wantUnsupported("List", err)
				return
			}
			t.Fatalf("List: %v", err)
		}
		device, _ := name.In(i)
		got = append(got, device+" "+i.Handle)
		if i.Subject != ada || time.Since(i.Created) > t.patience || time.Until(i.Expires) < time.Minute {
			t.Errorf("%s: listed as %q's from %v to %v", device, i.Subject, i.Created, i.Expires)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("devices %q, want %q: %s", got, want, whyListed)
	}
}

func revokeHandle(t *trial) {
	ada := newSubject()
	s := t.site(&session.Manager{}, nil)
	phone, handle := s.signedIn(ada, "phone")
	laptop, _ := s.signedIn(ada, "laptop")
	slow := phone.copy()
	finish := slow.slow("/slow?zombie")
	t.wantErr("Revoke", s.manager.Revoke(t.Context(), handle), nil, "")
	phone.copy().wantBody("the revoked device", "/all", nobody, whyRevoked)
	finish()
	for _, b := range []*browser{phone, slow} {
		b.wantBody("the revoked device, after a change that was on its way", "/all", nobody, whyZombie)
	}
	laptop.wantBody("the other device", "/all", "name=laptop theme= count=0 subject="+ada, whyExcepted)
	t.wantErr("Revoke again", s.manager.Revoke(t.Context(), handle), nil, "it has ended, as was asked")
}

func revokeUser(t *trial) {
	ada, bob := newSubject(), newSubject()
	s := t.site(&session.Manager{}, nil)
	phone, _ := s.signedIn(ada, "phone")
	laptop, handle := s.signedIn(ada, "laptop")
	other, _ := s.signedIn(bob, "other")
	err := s.manager.RevokeUser(t.Context(), ada, handle)
	if t.can&session.RevokeUser == 0 {
		t.wantUnsupported("RevokeUser", err)
		phone.wantBody("nothing happened", "/name", "phone", "")
		return
	}
	t.wantErr("RevokeUser", err, nil, "")
	phone.wantBody("the other device", "/all", nobody, whyRevoked)
	laptop.wantBody("this device", "/all", "name=laptop theme= count=0 subject="+ada, whyExcepted)
	laptop.must("/settheme?dark")
	laptop.wantBody("this device, changed", "/all", "name=laptop theme=dark count=0 subject="+ada, whyExcepted)
	other.wantBody("another user", "/all", "name=other theme= count=0 subject="+bob, "Revoke would sign out strangers")
	phone, _ = s.signedIn(ada, "phone-again")
	phone.wantBody("signed in afterwards", "/who", phone.must("/who").body, whyLater)
	t.wantErr("RevokeUser of all", s.manager.RevokeUser(t.Context(), ada), nil, "")
	for _, b := range []*browser{phone, laptop} {
		b.wantBody("everywhere", "/all", nobody, whyRevoked)
	}
}

func revokeUserUnderLoad(t *trial) {
	if t.can&session.RevokeUser == 0 {
		t.Skipf("the store cannot %v", session.RevokeUser)
	}
	ada := newSubject()
	s := t.site(&session.Manager{}, nil)
	var devices []*browser
	for i := range 8 {
		b, _ := s.signedIn(ada, fmt.Sprint(i))
		devices = append(devices, b)
	}
	together(9, func(i int) {
		if i == 8 {
			time.Sleep(5 * time.Millisecond)
			t.wantErr("RevokeUser", s.manager.RevokeUser(t.Context(), ada), nil, "")
			return
		}
		for range 10 {
			devices[i].copy().try("/increment")
		}
	})
	for _, b := range devices {
		b.wantBody("a device in use while it was signed out", "/all", nobody, whyZombie)
	}
}

// revokeBefore is for stores that know nothing of their sessions.
func revokeBefore(t *trial) {
	ada := newSubject()
	s := t.site(&session.Manager{}, nil)
	b, _ := s.signedIn(ada, "phone")
	err := s.manager.RevokeBefore(t.Context(), time.Now().Add(time.Second))
	if t.can&session.Merge != 0 {
		t.wantUnsupported("RevokeBefore", err)
		b.wantBody("nothing happened", "/name", "phone", "")
		return
	}
	t.wantErr("RevokeBefore", err, nil, "")
	b.wantBody("a session from before", "/all", nobody, whyRevoked)
	b = s.browser() // a login only: what begins within the second is taken for what was before
	b.must("/login?" + ada)
	b.wantBody("signed in afterwards", "/all", nobody+ada, whyLater)
}
