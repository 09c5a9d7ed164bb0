package site

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/auth"
)

const usersPath = "/admin/users"

// usersShown is how many accounts are on one page of the list.
const usersShown = 50

func userPath(name string) string { return usersPath + "/" + url.PathEscape(name) }

func (s *site) userHref(name string) string { return s.at(userPath(name)) }

// listUsers shows who has joined.
func (s *site) listUsers(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	first, _ := strconv.Atoi(query.Get("from")) // what is no number is the beginning
	first = max(first, 1)
	some, total, err := s.users.List(query.Get("name"), first-1, usersShown)
	if err != nil {
		return err
	}
	screen := view.Users{
		Frame: s.frame(r, "Accounts"), Action: s.at(usersPath), Prefix: query.Get("name"),
		First: first, Last: first + len(some) - 1, Total: total,
	}
	screen.Here = "users"
	for i := range some {
		screen.Users = append(screen.Users, s.account(&some[i]))
	}
	if first > 1 {
		screen.Before = s.usersHref(screen.Prefix, max(1, first-usersShown))
	}
	if screen.Last < total {
		screen.More = s.usersHref(screen.Prefix, screen.Last+1)
	}
	screen.Notes = s.notes(w, r)
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, screen)
}

// usersHref is the list of those whose names begin with prefix, from a number on.
func (s *site) usersHref(prefix string, from int) string {
	query := url.Values{}
	if prefix != "" {
		query.Set("name", prefix)
	}
	if from > 1 {
		query.Set("from", strconv.Itoa(from))
	}
	if len(query) == 0 {
		return s.at(usersPath)
	}
	return s.at(usersPath) + "?" + query.Encode()
}

func (s *site) account(a *people.Account) view.User {
	return view.User{
		Name: a.Name, Href: s.userHref(a.Name), Admin: slices.Contains(a.Roles, people.Admin),
		Factor: a.HasFactor(), Disabled: a.Disabled, Damaged: a.Damaged, Created: a.Created,
	}
}

// user shows one account.
func (s *site) user(w http.ResponseWriter, r *http.Request) error {
	a, err := s.users.Account(r.PathValue("name"))
	if err != nil {
		return noUser(err)
	}
	return s.showUser(w, r, &a, "")
}

// showUser shows an account, with a link for it if there is one to be shown.
func (s *site) showUser(w http.ResponseWriter, r *http.Request, a *people.Account, link string) error {
	screen := view.UserAccount{
		Frame: s.frame(r, a.Name), User: s.account(a), Action: s.userHref(a.Name), List: s.at(usersPath),
		Oneself: a.Name == viewer(r), Left: a.RecoveryCodes(), Link: link,
	}
	screen.Here = "users"
	screen.Notes = s.notes(w, r)
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, screen)
}

// noUser makes a problem of the error for a name that nobody has.
func noUser(err error) error {
	if errors.Is(err, auth.ErrNoUser) {
		return &problem{http.StatusNotFound, "No such account", "Nobody of that name has joined.", view.Link{Name: "All accounts", Href: usersPath}}
	}
	return err
}
