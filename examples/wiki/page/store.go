package page

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
)

// Store keeps pages in a folder. Several processes may use one folder. Its methods
// may be called from any goroutine.
type Store struct {
	folder  *disk.Folder
	catalog catalog
}

// NewStore returns the pages of a folder, which may be empty.
func NewStore(folder *disk.Folder) *Store { return &Store{folder: folder} }

// dir is the folder of a page's revisions.
func (s *Store) dir(key string) string { return s.folder.Path("pages", disk.Name(key)) }

func fileName(number int) string { return fmt.Sprintf("%06d.md", number) }

// numbers returns the revisions that a folder holds, in rising order.
func numbers(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var ns []int
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".md")
		if n, err := strconv.Atoi(name); ok && err == nil && n > 0 && e.Name() == fileName(n) {
			ns = append(ns, n)
		}
	}
	slices.Sort(ns)
	return ns, nil
}

func newest(dir string) (int, error) {
	ns, err := numbers(dir)
	if len(ns) == 0 {
		return 0, err
	}
	return ns[len(ns)-1], nil
}

// Latest returns the page as it is now. A page that was removed comes back as its
// last, empty revision; one that never was is [ErrNoPage].
func (s *Store) Latest(t Title) (Page, error) {
	dir := s.dir(t.Key())
	n, err := newest(dir)
	switch {
	case err != nil:
		return Page{}, fmt.Errorf("page: %q: %w", t, err)
	case n == 0:
		return Page{}, ErrNoPage
	}
	return read(dir, n)
}

// At returns a page as it was at a revision, or [ErrNoPage].
func (s *Store) At(t Title, number int) (Page, error) {
	return read(s.dir(t.Key()), number)
}

func read(dir string, number int) (Page, error) {
	path := filepath.Join(dir, fileName(number))
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Page{}, ErrNoPage
	}
	if err != nil {
		return Page{}, fmt.Errorf("page: %w", err)
	}
	p, err := decode(file)
	if err != nil {
		return Page{}, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// readHeader reads the first line of a revision's file.
func readHeader(dir string, number int) (Revision, error) {
	path := filepath.Join(dir, fileName(number))
	f, err := os.Open(path)
	if err != nil {
		return Revision{}, fmt.Errorf("page: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadBytes('\n')
	if err != nil {
		return Revision{}, fmt.Errorf("%s: %w: %w", path, ErrDamaged, err)
	}
	r, err := decodeHeader(line)
	if err != nil {
		return Revision{}, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// History returns all revisions of a page, the newest first, or [ErrNoPage].
func (s *Store) History(t Title) ([]Revision, error) {
	dir := s.dir(t.Key())
	ns, err := numbers(dir)
	if err != nil {
		return nil, fmt.Errorf("page: %q: %w", t, err)
	}
	if len(ns) == 0 {
		return nil, ErrNoPage
	}
	all := make([]Revision, 0, len(ns))
	for _, n := range slices.Backward(ns) {
		r, err := readHeader(dir, n)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Draft is a change that somebody wants to make.
type Draft struct {
	Title   Title
	Base    int    // the revision that was edited; 0: there was no page
	Text    string // the whole new text; empty removes the page
	Author  string
	Note    string // the first 200 characters are kept
	Reverts int    // the revision whose text this is; 0: a change of its own
}

// Conflict is the error of [Store.Save] when somebody else saved meanwhile. Nothing
// was written. Saving again with Base set to Theirs.Number overwrites their change.
type Conflict struct {
	Theirs Page   // the page as it is now
	Yours  string // the text that was to be saved
	// Merged holds both changes where they touch different lines; Clean says that it does.
	Merged string
	Clean  bool
}

// Error says that there is a conflict, and with which revision.
func (c *Conflict) Error() string {
	return fmt.Sprintf("page: %q was changed meanwhile: it is at revision %d", c.Theirs.Title, c.Theirs.Number)
}

// Save makes a draft the next revision and returns it once it is safe on the disk.
// A draft that changes nothing, such as a form that was sent twice, is not saved
// again: Save returns the revision that has the text already. A draft whose Base is
// no longer the latest revision is a [*Conflict].
func (s *Store) Save(ctx context.Context, d Draft) (Revision, error) {
	text, err := Clean(d.Text)
	if err != nil {
		return Revision{}, err
	}
	unlock, err := s.folder.Lock(ctx)
	if err != nil {
		return Revision{}, err
	}
	defer unlock()

	key := d.Title.Key()
	now, err := s.Latest(d.Title)
	switch {
	case errors.Is(err, ErrNoPage) && text == "":
		return Revision{}, ErrNoPage
	case errors.Is(err, ErrNoPage): // a first revision
	case err != nil:
		return Revision{}, err
	case now.Text == text && (now.Number == d.Base || now.Author == d.Author):
		return now.Revision, nil
	case now.Number != d.Base:
		c := &Conflict{Theirs: now, Yours: text}
		if base, err := s.At(d.Title, d.Base); err == nil {
			c.Merged, c.Clean = Merge(base.Text, text, now.Text)
		}
		return Revision{}, c
	}
	r := Revision{
		Title: d.Title, Number: now.Number + 1, Author: d.Author, Note: cleanNote(d.Note), Reverts: d.Reverts,
		Time: time.Now().UTC(),
	}
	file, err := encode(&r, text)
	if err != nil {
		return Revision{}, err
	}
	if err := s.folder.Write(file, "pages", disk.Name(key), fileName(r.Number)); err != nil {
		return Revision{}, fmt.Errorf("page: save %q: %w", d.Title, err)
	}
	return r, nil
}
