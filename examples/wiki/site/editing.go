package site

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/view"
)

// edit shows the form for a page's text.
func (s *site) edit(w http.ResponseWriter, r *http.Request) error {
	t, err := title(r)
	if err != nil {
		return unfit
	}
	now, err := s.pages.Latest(t)
	if err != nil && !errors.Is(err, page.ErrNoPage) {
		return err
	}
	if now.Number > 0 && !now.Removed() {
		t = now.Title
	}
	e := s.editor(r, t, now.Number)
	e.Text = now.Text
	e.New = now.Removed()
	w.Header().Set("Cache-Control", "no-store") // a form with an old base would only make conflicts
	return s.render(w, r, http.StatusOK, e)
}

func (s *site) editor(r *http.Request, t page.Title, base int) view.Editor {
	return view.Editor{
		Frame:  s.frame(r, "Editing "+string(t)),
		Tabs:   s.tabs(t, "edit"),
		Action: s.editHref(t),
		Base:   base,
		New:    base == 0,
	}
}

// save takes that form: it saves, or shows it again with a preview, with the conflict,
// or with what is wrong. Whatever it answers, what was typed is in the answer.
func (s *site) save(w http.ResponseWriter, r *http.Request) error {
	t, err := title(r)
	if err != nil {
		return unfit
	}
	form, broken, err := readForm(w, r)
	if err != nil {
		return err
	}
	base, err := number(form, "base")
	if err != nil {
		return err
	}
	e := s.editor(r, t, base)
	e.Text, e.Note = form.Get("text"), form.Get("note")
	author := viewer(r)
	switch {
	case unknown(r):
		e.Problem = "Who you are cannot be looked up at the moment, so this was not saved. Wait a little and save again."
		w.Header().Set("Retry-After", "5")
		return s.render(w, r, http.StatusServiceUnavailable, e)
	case author == "":
		e.Problem, e.SignIn = "Your login has ended, so this was not saved.", true
		e.Login, e.SignUp = s.at(loginPath), s.at(signUpPath)
		return s.render(w, r, http.StatusForbidden, e)
	case broken:
		e.Problem = "Parts of this were not valid UTF-8 text. They are replaced by \ufffd below. Nothing was saved yet: look it over and save."
		return s.render(w, r, http.StatusBadRequest, e)
	case form.Get("do") == "preview":
		return s.preview(w, r, e)
	}
	return s.saveDraft(w, r, e, page.Draft{Title: t, Base: base, Text: e.Text, Author: author, Note: e.Note})
}

func (s *site) preview(w http.ResponseWriter, r *http.Request, e view.Editor) (err error) {
	text, err := page.Clean(e.Text)
	if errors.Is(err, page.ErrTooLarge) {
		return s.tooLong(w, r, e)
	}
	if err != nil {
		return err
	}
	if e.Preview, err = s.markdown.HTML(text); err != nil {
		return err
	}
	e.Previews = true
	return s.render(w, r, http.StatusOK, e)
}

func (s *site) tooLong(w http.ResponseWriter, r *http.Request, e view.Editor) error {
	e.Problem = fmt.Sprintf("This text is too large: %d KiB, and a page can hold %d. Nothing was saved.", len(e.Text)>>10, page.LargestText>>10)
	return s.render(w, r, http.StatusRequestEntityTooLarge, e)
}

// saveDraft saves d, or shows the form e again.
func (s *site) saveDraft(w http.ResponseWriter, r *http.Request, e view.Editor, d page.Draft) error {
	saved, err := s.pages.Save(r.Context(), d)
	var c *page.Conflict
	switch {
	case errors.As(err, &c):
		return s.conflict(w, r, e, c)
	case errors.Is(err, page.ErrTooLarge):
		return s.tooLong(w, r, e)
	case errors.Is(err, page.ErrNoPage):
		e.Problem = "There is nothing to save: a new page needs a text."
		return s.render(w, r, http.StatusUnprocessableEntity, e)
	case err != nil:
		return err
	}
	switch {
	case saved.Number == d.Base:
		say(r, "Nothing was changed.")
	case saved.Removed():
		say(r, "The page is removed. Its history stays here.")
		http.Redirect(w, r, s.historyHref(saved.Title), http.StatusSeeOther)
		return nil
	case d.Reverts > 0:
		say(r, "Revision %d is back, as revision %d.", d.Reverts, saved.Number)
	default:
		say(r, "Saved as revision %d.", saved.Number)
	}
	http.Redirect(w, r, s.pageHref(saved.Title), http.StatusSeeOther)
	return nil
}

// conflict shows both texts. The form then builds on theirs, so that saving it again
// is a decision made with both in view.
func (s *site) conflict(w http.ResponseWriter, r *http.Request, e view.Editor, c *page.Conflict) error {
	e.Conflict = &view.Conflict{
		Theirs: s.change(c.Theirs.Revision), TheirText: c.Theirs.Text, YourText: c.Yours, Merged: c.Clean,
		Difference: page.Diff(c.Theirs.Text, c.Yours),
	}
	e.Base, e.Text, e.New = c.Theirs.Number, c.Yours, false
	if c.Clean {
		e.Text = c.Merged
	}
	return s.render(w, r, http.StatusConflict, e)
}

// revert brings an old revision back, as a new one.
func (s *site) revert(w http.ResponseWriter, r *http.Request) error {
	t, err := title(r)
	if err != nil {
		return err
	}
	form, _, err := readForm(w, r)
	if err != nil {
		return err
	}
	to, err := number(form, "to")
	if err != nil {
		return err
	}
	base, err := number(form, "base")
	if err != nil {
		return err
	}
	old, err := s.pages.At(t, to)
	if err != nil {
		return err
	}
	e := s.editor(r, t, base)
	e.Text = old.Text
	return s.saveDraft(w, r, e, page.Draft{Title: old.Title, Base: base, Text: old.Text, Author: viewer(r), Reverts: to})
}

// begin leads from a typed title to the page, if there is one, or to its form.
func (s *site) begin(w http.ResponseWriter, r *http.Request) error {
	typed := r.URL.Query().Get("title")
	t, err := page.ParseTitle(typed)
	if err != nil {
		return s.list(w, r, http.StatusUnprocessableEntity, typed, unfit.detail)
	}
	href := s.editHref(t)
	if s.pages.Exists(t) {
		href = s.pageHref(t)
	}
	http.Redirect(w, r, href, http.StatusSeeOther)
	return nil
}

// unfit says what a title has to be.
var unfit = &problem{
	http.StatusBadRequest, "That cannot be a title",
	fmt.Sprintf(`A title has a letter or a digit in it, at most %d characters, and none of / \ | # ? %% [ ] { } < >.`, page.LongestTitle),
	view.Link{Name: "All pages", Href: "/pages"},
}
