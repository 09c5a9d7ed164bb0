package site

import (
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/session"
)

// welcome leads to the first page, under the one address that page has.
func (s *site) welcome(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, s.pageHref(Home), http.StatusFound)
	return nil
}

// read shows a page, or an old revision of it where the query has rev.
func (s *site) read(w http.ResponseWriter, r *http.Request) error {
	t, err := title(r)
	if err != nil {
		return err
	}
	now, err := s.pages.Latest(t)
	if errors.Is(err, page.ErrNoPage) {
		return s.render(w, r, http.StatusNotFound, view.Missing{Frame: s.frame(r, string(t)), Tabs: s.tabs(t, "read")})
	}
	if err != nil {
		return err
	}
	if slug := now.Title.Slug(); r.PathValue("title") != slug {
		http.Redirect(w, r, withQuery(s.pageHref(now.Title), r), http.StatusFound)
		return nil
	}
	shown := now
	if r.URL.Query().Has("rev") {
		n, err := number(r.URL.Query(), "rev")
		if err != nil {
			return err
		}
		if shown, err = s.pages.At(t, n); err != nil {
			return err
		}
	}
	if shown.Removed() {
		c := s.change(shown.Revision)
		return s.render(w, r, http.StatusNotFound, view.Missing{Frame: s.frame(r, string(t)), Tabs: s.tabs(now.Title, "read"), Removed: &c})
	}
	a := view.Article{Frame: s.frame(r, string(shown.Title)), Tabs: s.tabs(now.Title, "read"), Latest: s.change(shown.Revision)}
	if a.Body, err = s.markdown.HTML(shown.Text); err != nil {
		return err
	}
	if shown.Number != now.Number {
		a.Old = &view.Old{
			Change:  s.change(shown.Revision),
			Compare: s.compareHref(now.Title, shown.Number, now.Number),
			Revert:  s.bringBack(now.Revision, shown.Number),
		}
	}
	a.Notes = s.notes(w, r)
	return s.render(w, r, http.StatusOK, a)
}

// notes takes what was kept by say.
func (s *site) notes(w http.ResponseWriter, r *http.Request) (notes []string) {
	for _, f := range session.From(r.Context()).Flashes() {
		notes = append(notes, f.Text)
	}
	if len(notes) > 0 {
		w.Header().Set("Cache-Control", "no-store")
	}
	return notes
}

func withQuery(href string, r *http.Request) string {
	if r.URL.RawQuery != "" {
		return href + "?" + r.URL.RawQuery
	}
	return href
}

func (s *site) bringBack(now page.Revision, to int) view.Revert {
	return view.Revert{Action: s.revertHref(now.Title), To: to, Base: now.Number}
}

// history lists the revisions of a page.
func (s *site) history(w http.ResponseWriter, r *http.Request) error {
	t, err := title(r)
	if err != nil {
		return err
	}
	all, err := s.pages.History(t)
	if errors.Is(err, page.ErrNoPage) {
		return s.render(w, r, http.StatusNotFound, view.Missing{Frame: s.frame(r, string(t)), Tabs: s.tabs(t, "history")})
	}
	if err != nil {
		return err
	}
	now := all[0]
	h := view.History{
		Frame:   s.frame(r, "History of "+string(now.Title)),
		Tabs:    s.tabs(now.Title, "history"),
		Compare: s.differenceHref(now.Title),
	}
	for i, rev := range all {
		c := s.change(rev)
		c.Page = view.Link{Name: string(now.Title), Href: s.pageHref(now.Title)}
		h.Entries = append(h.Entries, view.Entry{
			Change: c, From: i == min(1, len(all)-1), To: i == 0, Current: i == 0, Revert: s.bringBack(now, rev.Number),
		})
	}
	h.Notes = s.notes(w, r)
	return s.render(w, r, http.StatusOK, h)
}

// difference shows what differs between two revisions of a page.
func (s *site) difference(w http.ResponseWriter, r *http.Request) error {
	t, err := title(r)
	if err != nil {
		return err
	}
	now, err := s.pages.Latest(t)
	if err != nil {
		return err
	}
	var sides [2]page.Page
	for i, name := range []string{"from", "to"} {
		n, err := number(r.URL.Query(), name)
		if err != nil {
			return err
		}
		if sides[i], err = s.pages.At(t, n); err != nil {
			return err
		}
	}
	from, to := sides[0], sides[1]
	d := view.Difference{
		Frame: s.frame(r, "Changes of "+string(now.Title)),
		Tabs:  s.tabs(now.Title, "history"),
		From:  s.change(from.Revision), To: s.change(to.Revision),
		Hunks: page.Diff(from.Text, to.Text),
	}
	if to.Number == from.Number+1 {
		if from.Number > 1 {
			d.Older = s.compareHref(now.Title, from.Number-1, from.Number)
		}
		if to.Number < now.Number {
			d.Newer = s.compareHref(now.Title, to.Number, to.Number+1)
		}
	}
	if from.Number != now.Number {
		back := s.bringBack(now.Revision, from.Number)
		d.Revert = &back
	}
	return s.render(w, r, http.StatusOK, d)
}

// recentChanges is how many changes the list of them holds.
const recentChanges = 100

// recent lists the newest changes of all pages.
func (s *site) recent(w http.ResponseWriter, r *http.Request) error {
	all, err := s.pages.Recent(recentChanges)
	if err != nil {
		return err
	}
	screen := view.Recent{Frame: s.frame(r, "Recent changes")}
	screen.Here = "recent"
	for _, rev := range all {
		y, m, d := rev.Time.UTC().Date()
		if n := len(screen.Days); n > 0 {
			if ly, lm, ld := screen.Days[n-1].Date.UTC().Date(); ly == y && lm == m && ld == d {
				screen.Days[n-1].Changes = append(screen.Days[n-1].Changes, s.change(rev))
				continue
			}
		}
		screen.Days = append(screen.Days, view.Day{Date: rev.Time, Changes: []view.Change{s.change(rev)}})
	}
	return s.render(w, r, http.StatusOK, screen)
}

// index lists all pages.
func (s *site) index(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, http.StatusOK, "", "")
}

func (s *site) list(w http.ResponseWriter, r *http.Request, status int, typed, wrong string) error {
	all, err := s.pages.Pages()
	if err != nil {
		return err
	}
	screen := view.Pages{Frame: s.frame(r, "All pages"), Count: len(all), Name: typed, Wrong: wrong}
	screen.Here = "pages"
	for _, rev := range all {
		initial := initialOf(rev.Title)
		if n := len(screen.Groups); n == 0 || screen.Groups[n-1].Initial != initial {
			screen.Groups = append(screen.Groups, view.Group{Initial: initial})
		}
		g := &screen.Groups[len(screen.Groups)-1]
		g.Changes = append(g.Changes, s.change(rev))
	}
	return s.render(w, r, status, screen)
}

// initialOf is the letter under which a title is listed, or # where it begins with none.
func initialOf(t page.Title) string {
	if r, _ := utf8.DecodeRuneInString(t.Key()); unicode.IsLetter(r) {
		return strings.ToUpper(string(r))
	}
	return "#"
}

// nothing answers for addresses that the wiki does not have.
func (s *site) nothing(http.ResponseWriter, *http.Request) error {
	return &problem{http.StatusNotFound, "Nothing here", "The wiki has no such address. Its pages are all listed.", view.Link{Name: "All pages", Href: "/pages"}}
}
