package site

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"

	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/auth"
)

const founderPath = "/administrator"

// FounderHref is the link by which somebody becomes the first administrator. It has
// [Config.Founder] in it, so it is for the eyes of whoever runs the wiki: the first to
// join could be a stranger.
func FounderHref(key string) string { return founderPath + "?key=" + url.QueryEscape(key) }

var noFounder = &problem{
	http.StatusNotFound, "This link is no good",
	"There is an administrator already, or the link is not the one in the log. An administrator can make others administrators; whoever runs the wiki can start it with --admin.",
	view.Link{},
}

// checkFounder returns a problem unless key is the founder's, and there is no administrator.
func (s *site) checkFounder(key string) error {
	if s.founder == "" || subtle.ConstantTimeCompare([]byte(key), []byte(s.founder)) != 1 {
		return noFounder
	}
	has, err := s.users.HasAdmin()
	if err == nil && has {
		return noFounder
	}
	return err
}

// tellFounder puts the link into the log once more for whoever asks without it, who may have no
// log of the start: a CGI program has none. The host is not in it, as strangers could choose it.
func (s *site) tellFounder(r *http.Request) {
	if has, err := s.users.HasAdmin(); err == nil && !has && s.founder != "" {
		s.log.WarnContext(r.Context(), "the wiki has no administrator yet: whoever joins through this link becomes it. The wiki's host belongs in front of it", "link", s.at(FounderHref(s.founder)))
	}
}

// askFounder asks whoever follows the link, who signs up first, or in.
func (s *site) askFounder(w http.ResponseWriter, r *http.Request) error {
	key := r.URL.Query().Get("key")
	if key == "" {
		s.tellFounder(r)
	}
	if err := s.checkFounder(key); err != nil {
		return err
	}
	f := s.frame(r, "An administrator")
	if f.Viewer == "" {
		http.Redirect(w, r, f.SignUp, http.StatusSeeOther)
		return nil
	}
	w.Header().Set("Cache-Control", "no-store") // there is a secret in it
	return s.render(w, r, http.StatusOK, view.Founder{Frame: f, Action: s.at(founderPath), Key: key})
}

// found makes whoever asks the first administrator.
func (s *site) found(w http.ResponseWriter, r *http.Request) error {
	form, _, err := readForm(w, r)
	if err != nil {
		return err
	}
	if err := s.checkFounder(form.Get("key")); err != nil {
		return err
	}
	id, _ := auth.From(r.Context())
	switch err := s.users.Found(r.Context(), id.Subject); {
	case errors.Is(err, people.ErrHasAdmin):
		return noFounder
	case err != nil:
		return err
	}
	s.log.InfoContext(r.Context(), "the wiki has its first administrator", "user", id.Subject)
	// The session can do more now: its secret is to be a new one.
	err = s.guard.Login(w, r, auth.Identity{Subject: id.Subject, Time: id.Time, Methods: id.Methods, Claims: id.Claims})
	if err != nil {
		return unavailable{err}
	}
	say(r, "You are the administrator. This page is under Accounts, at the top.")
	http.Redirect(w, r, s.at(usersPath), http.StatusSeeOther)
	return nil
}
