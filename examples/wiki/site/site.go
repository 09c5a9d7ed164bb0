// Package site holds the wiki's controllers: handlers that read a request, ask the
// model (package page) and hand what it says to a view (package view). The layers
// around them, and which route gets which, are in routes.go.
package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/markdown"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/session"
)

// Pages is what the controllers need of the model. *page.Store is one.
type Pages interface {
	Reader
	Lister
	// Save makes a draft the next revision, or returns a *page.Conflict.
	Save(context.Context, page.Draft) (page.Revision, error)
}

// Reader reads single pages. Its errors for a page that is not there are
// page.ErrNoPage.
type Reader interface {
	Latest(page.Title) (page.Page, error)
	At(t page.Title, number int) (page.Page, error)
	History(page.Title) ([]page.Revision, error)
}

// Lister lists many.
type Lister interface {
	Pages() ([]page.Revision, error)
	Recent(n int) ([]page.Revision, error)
	Exists(page.Title) bool
}

// Users is what the controllers need of the accounts, beside what package auth does.
// *people.Store is one.
type Users interface {
	auth.Users
	Directory
	Governor
}

// Directory looks accounts up for people.
type Directory interface {
	// List returns some of those whose names begin with prefix, and how many there are.
	List(prefix string, offset, n int) (some []people.Account, total int, err error)

	// Account returns one. Its error for a name that nobody has is auth.ErrNoUser.
	Account(name string) (people.Account, error)
}

// Governor changes accounts for administrators.
type Governor interface {
	// Govern lets the administrator by change somebody else's account. Its errors are
	// people.ErrNoAdmin, people.ErrOneself and those of auth.Users.
	Govern(ctx context.Context, by, name string, change func(*auth.User) error) error

	// HasAdmin reports whether there is, or was, an administrator.
	HasAdmin() (bool, error)

	// Found makes somebody the first one. Its error where there is one is people.ErrHasAdmin.
	Found(ctx context.Context, name string) error
}

// Home is the page that / leads to.
const Home page.Title = "Welcome"

// site is what all controllers share.
type site struct {
	pages    Pages
	views    *view.Views
	markdown *markdown.Renderer
	sessions *session.Manager
	accounts *auth.Accounts
	guard    *auth.Guard
	users    Users
	files    Files
	founder  string
	log      *slog.Logger
	root     string // what the wiki's own paths have in front of them in an address, see [Wiki]
}

// at is the address of a path within the wiki, which begins with a slash.
func (s *site) at(path string) string { return s.root + path }

// home is the address of the start page.
func (s *site) home() string { return s.at("/") }

// action is a controller. What it returns as an error, report turns into an answer.
type action struct {
	site  *site
	serve func(*site, http.ResponseWriter, *http.Request) error
}

func (a action) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := a.serve(a.site, w, r); err != nil {
		a.site.report(w, r, err)
	}
}

// problem is an error that a person can do something about.
type problem struct {
	status          int
	heading, detail string
	back            view.Link // a path within the wiki; "": the start page
}

func (p *problem) Error() string { return p.heading }

// unavailable is an error of what keeps the sessions.
type unavailable struct{ error }

func (u unavailable) Unwrap() error { return u.error }

// report answers r for a controller that failed: in the wiki's own look where the
// fault is in the request, as an incident where it is not.
func (s *site) report(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	var down unavailable
	switch {
	case errors.As(err, &p):
	case errors.As(err, &down):
		session.ErrorPage(w, r, down.error)
		return
	case errors.Is(err, page.ErrNoPage):
		p = &problem{http.StatusNotFound, "No such revision", "The page does not have it.", view.Link{}}
	case errors.Is(err, page.ErrTitle):
		p = &problem{http.StatusNotFound, "No such page", "That cannot be the title of a page.", view.Link{}}
	case errors.Is(err, disk.ErrBusy):
		w.Header().Set("Retry-After", "5")
		p = &problem{http.StatusServiceUnavailable, "Busy", "Another program is writing to the wiki. Go back and try once more: what you typed is still in the form.", view.Link{}}
	default:
		cgitrace.Show(w, r, err)
		return
	}
	back := view.Link{Name: "To the start page", Href: s.home()}
	if p.back.Href != "" {
		back = view.Link{Name: p.back.Name, Href: s.at(p.back.Href)}
	}
	n := view.Notice{Frame: s.frame(r, p.heading), Status: p.status, Heading: p.heading, Detail: p.detail, Back: back}
	if err := s.render(w, r, p.status, n); err != nil {
		cgitrace.Show(w, r, err)
	}
}

// render sends a screen. A page that was found can be asked for again with its
// validator, and costs nothing when it is the same.
func (s *site) render(w http.ResponseWriter, r *http.Request, status int, screen view.Screen) error {
	var b bytes.Buffer
	if err := s.views.Render(&b, screen); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if status != http.StatusOK || r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Length", strconv.Itoa(b.Len()))
		w.WriteHeader(status)
		_, _ = w.Write(b.Bytes()) // the client has gone: nothing to do
		return nil
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("Etag", view.Tag(b.Bytes()))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.Bytes()))
	return nil
}

// frame is what stands around a screen with the title.
func (s *site) frame(r *http.Request, title string) view.Frame {
	f := view.Frame{Title: title, Login: s.at(loginPath), SignUp: s.at(signUpPath)}
	if next := s.at(r.URL.RequestURI()); r.Method == http.MethodGet && next != s.home() {
		f.Login += "?next=" + url.QueryEscape(next)
		f.SignUp += "?next=" + url.QueryEscape(next)
	}
	f.Viewer, f.Admin, f.Unknown = viewer(r), admin(r), unknown(r)
	return f
}

// admin reports whether who is signed in is an administrator.
func admin(r *http.Request) bool {
	id, _ := auth.From(r.Context())
	return slices.Contains(id.Roles, people.Admin)
}

// viewer is the name of who is signed in, or "".
func viewer(r *http.Request) string {
	id, _ := auth.From(r.Context())
	return id.Subject
}

// unknown reports that it cannot be found out at present who is asking. Pages can be
// read all the same.
func unknown(r *http.Request) bool {
	err := auth.Err(r.Context())
	return err != nil && !errors.Is(err, auth.ErrNone)
}

// say keeps a note for the next page this person sees. That it cannot be kept is no
// reason to fail: the note only says what the page shows too.
func say(r *http.Request, format string, args ...any) {
	_ = session.From(r.Context()).AddFlash("", fmt.Sprintf(format, args...))
}

func (s *site) pageHref(t page.Title) string { return s.root + "/wiki/" + url.PathEscape(t.Slug()) }

func (s *site) editHref(t page.Title) string { return s.root + "/edit/" + url.PathEscape(t.Slug()) }

func (s *site) historyHref(t page.Title) string {
	return s.root + "/history/" + url.PathEscape(t.Slug())
}

func (s *site) revertHref(t page.Title) string { return s.root + "/revert/" + url.PathEscape(t.Slug()) }

func (s *site) differenceHref(t page.Title) string {
	return s.root + "/diff/" + url.PathEscape(t.Slug())
}

func (s *site) revisionHref(t page.Title, number int) string {
	return s.pageHref(t) + "?rev=" + strconv.Itoa(number)
}

func (s *site) compareHref(t page.Title, from, to int) string {
	return s.differenceHref(t) + "?from=" + strconv.Itoa(from) + "&to=" + strconv.Itoa(to)
}

func (s *site) tabs(t page.Title, current string) view.Tabs {
	return view.Tabs{Name: string(t), Read: s.pageHref(t), Edit: s.editHref(t), History: s.historyHref(t), Files: s.filesHref(t), Current: current}
}

func (s *site) change(r page.Revision) view.Change {
	c := view.Change{
		Page:   view.Link{Name: string(r.Title), Href: s.pageHref(r.Title)},
		Number: r.Number, Author: r.Author, Time: r.Time, Note: r.Note, Reverts: r.Reverts, Removed: r.Removed(),
		Href: s.revisionHref(r.Title, r.Number),
	}
	if r.Number > 1 {
		c.Compare = s.compareHref(r.Title, r.Number-1, r.Number)
	}
	return c
}

// title reads the {title} of the pattern.
func title(r *http.Request) (page.Title, error) { return page.ParseTitle(r.PathValue("title")) }

// number reads a revision's number from a form or a query.
func number(form url.Values, name string) (int, error) {
	n, err := strconv.Atoi(form.Get(name))
	if err != nil || n < 0 {
		return 0, &problem{http.StatusBadRequest, "No such revision", fmt.Sprintf("The field %q has to be the number of a revision.", name), view.Link{}}
	}
	return n, nil
}
