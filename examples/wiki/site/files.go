package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/attachment"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/view"
)

// Files is what the controllers need of attachments. *attachment.Store is one.
type Files interface {
	List(page.Title) ([]attachment.File, error)
	Open(t page.Title, name string) (attachment.Content, attachment.File, error)
	Save(ctx context.Context, t page.Title, name, author string, content []byte) (attachment.File, error)
}

func (s *site) filesHref(t page.Title) string { return s.root + "/files/" + url.PathEscape(t.Slug()) }

// listFiles shows what is attached to a page.
func (s *site) listFiles(w http.ResponseWriter, r *http.Request) error {
	return s.showFiles(w, r, http.StatusOK, "")
}

// showFiles is listFiles with what is wrong with a file that was sent.
func (s *site) showFiles(w http.ResponseWriter, r *http.Request, status int, wrong string) error {
	now, err := s.attachedTo(r)
	if err != nil {
		return err
	}
	all, err := s.files.List(now.Title)
	if err != nil {
		return err
	}
	screen := view.Files{
		Frame: s.frame(r, "Files of "+string(now.Title)), Tabs: s.tabs(now.Title, "files"),
		Action: s.filesHref(now.Title), Problem: wrong, Largest: size(attachment.Largest),
	}
	for _, f := range all {
		screen.Files = append(screen.Files, view.File{
			Name: f.Name, Href: s.filesHref(now.Title) + "/" + url.PathEscape(f.Name),
			Size: size(f.Size), Author: f.Author, Time: f.Time,
		})
	}
	screen.Notes = s.notes(w, r)
	return s.render(w, r, status, screen)
}

// attachedTo is the page of which the files are.
func (s *site) attachedTo(r *http.Request) (page.Page, error) {
	t, err := title(r)
	if err != nil {
		return page.Page{}, err
	}
	now, err := s.pages.Latest(t)
	if errors.Is(err, page.ErrNoPage) {
		return page.Page{}, &problem{http.StatusNotFound, "No such page", "Files belong to a page, and nobody has written this one yet.", view.Link{Name: "All pages", Href: "/pages"}}
	}
	return now, err
}

// file sends a file. Whatever is in it, it does nothing in the name of the wiki.
func (s *site) file(w http.ResponseWriter, r *http.Request) error {
	t, err := title(r)
	if err != nil {
		return err
	}
	content, f, err := s.files.Open(t, r.PathValue("name"))
	if errors.Is(err, attachment.ErrNoFile) {
		return &problem{http.StatusNotFound, "No such file", "Nobody has attached a file of that name to this page.", view.Link{}}
	}
	if err != nil {
		return err
	}
	defer content.Close()
	media, inline := attachment.Media(f.Name)
	disposition := "attachment"
	if inline {
		disposition = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cache-Control", "no-cache")
	h.Set("Etag", `"`+f.Sum+`"`)
	patient(w)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}

// filePatience is how long a file may be on its way: the largest at 20 kB/s. Pages are smaller, and
// have the server's own time.
const filePatience = 10 * time.Minute

// patient gives the request and its answer that time. A CGI program has no deadlines.
func patient(w http.ResponseWriter) {
	c, until := http.NewResponseController(w), time.Now().Add(filePatience)
	_, _ = c.SetReadDeadline(until), c.SetWriteDeadline(until)
}

// attach takes the form with a file.
func (s *site) attach(w http.ResponseWriter, r *http.Request) error {
	now, err := s.attachedTo(r)
	if err != nil {
		return err
	}
	patient(w)
	name, content, err := readFile(w, r)
	if err != nil {
		return s.refuseFile(w, r, err)
	}
	f, err := s.files.Save(r.Context(), now.Title, name, viewer(r), content)
	if err != nil {
		return s.refuseFile(w, r, err)
	}
	say(r, "%s is attached.", f.Name)
	http.Redirect(w, r, s.filesHref(now.Title), http.StatusSeeOther)
	return nil
}

// refusals are what is said about files that cannot be attached.
var refusals = []struct {
	err    error
	status int
	text   string
}{
	{attachment.ErrName, http.StatusUnprocessableEntity, "That cannot be the name of a file here. Rename it and attach it again."},
	{attachment.ErrTaken, http.StatusConflict, "There is another file of that name. Files are never replaced: give this one another name."},
	{attachment.ErrTooLarge, http.StatusRequestEntityTooLarge, fmt.Sprintf("That is too large: a file can have %d MiB.", attachment.Largest>>20)},
	{attachment.ErrTooMany, http.StatusConflict, "There are too many files already. Begin another page for more."},
	{attachment.ErrEmpty, http.StatusUnprocessableEntity, "Choose a file first; an empty one cannot be attached."},
	{attachment.ErrKind, http.StatusUnsupportedMediaType, "Files of that kind cannot be attached. Pictures, texts, PDF, office documents, sound, video and archives can."},
	{attachment.ErrContent, http.StatusUnsupportedMediaType, "The file is not of the kind that its name says."},
}

func (s *site) refuseFile(w http.ResponseWriter, r *http.Request, err error) error {
	for _, refusal := range refusals {
		if errors.Is(err, refusal.err) {
			return s.showFiles(w, r, refusal.status, refusal.text)
		}
	}
	return err
}

// readFile returns the file in a form. What is too large is read up to a limit all the same, see
// [largestDrain].
func readFile(w http.ResponseWriter, r *http.Request) (name string, content []byte, err error) {
	broken := &problem{http.StatusBadRequest, "The file did not arrive whole", "Go back and send it once more.", view.Link{}}
	form, err := r.MultipartReader()
	if err != nil {
		return "", nil, &problem{http.StatusUnsupportedMediaType, "Not a form", "This address takes forms as browsers send files.", view.Link{}}
	}
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return "", nil, attachment.ErrEmpty
		}
		if err != nil {
			return "", nil, broken
		}
		if part.FormName() != "file" {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(part, attachment.Largest+1))
		switch {
		case err != nil:
			return "", nil, broken
		case len(content) > attachment.Largest:
			drain(w, r)
			return "", nil, attachment.ErrTooLarge
		case part.FileName() == "":
			return "", nil, attachment.ErrEmpty
		}
		_, _ = io.CopyN(io.Discard, r.Body, largestDrain) // the end of the form
		return strings.ToValidUTF8(part.FileName(), "\ufffd"), content, nil
	}
}

// size says how large something is.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.3g MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.3g KiB", float64(n)/(1<<10))
	case n == 1:
		return "a byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
