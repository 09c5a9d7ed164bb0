package page

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
)

// catalog remembers the latest revision of every page. It is only a memory of the
// folder: an entry counts while its folder's modification time is the one that was
// seen, so other processes' changes are noticed.
type catalog struct {
	mu      sync.Mutex
	entries map[string]entry // by name of the page's folder
}

type entry struct {
	latest   Revision
	key      string // of its title
	modified time.Time
	seen     time.Time
}

// settled is how long after a change a modification time can be trusted: file
// systems round it, some to two seconds, so a second change may leave it as it is.
const settled = 3 * time.Second

func (e entry) fresh(modified time.Time) bool {
	return e.modified.Equal(modified) && e.seen.Sub(modified) > settled
}

// all returns the latest revision of every page, removed ones too, in no order.
func (c *catalog) all(root string) ([]entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	dirs, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("page: %w", err)
	}
	next := make(map[string]entry, len(dirs))
	all := make([]entry, 0, len(dirs))
	for _, d := range dirs {
		info, err := d.Info()
		if err != nil || !d.IsDir() {
			continue
		}
		e, now := c.entries[d.Name()], time.Now()
		if !e.fresh(info.ModTime()) {
			path := filepath.Join(root, d.Name())
			n, err := newest(path)
			if err != nil {
				return nil, fmt.Errorf("page: %w", err)
			}
			if n == 0 {
				continue // its first writer was killed before it wrote
			}
			r, err := readHeader(path, n)
			if err != nil {
				return nil, err
			}
			e = entry{latest: r, key: r.Title.Key(), modified: info.ModTime(), seen: now}
		}
		next[d.Name()] = e
		all = append(all, e)
	}
	c.entries = next
	return all, nil
}

// Empty reports whether there never was a page. It looks no further than the first.
func (s *Store) Empty() (bool, error) {
	root, err := os.Open(s.folder.Path("pages"))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("page: %w", err)
	}
	defer root.Close()
	for {
		names, err := root.Readdirnames(8)
		for _, name := range names {
			if n, err := newest(filepath.Join(root.Name(), name)); err != nil || n > 0 {
				return false, err
			}
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("page: %w", err)
		}
	}
}

// Exists reports whether a page is there to be read.
func (s *Store) Exists(t Title) bool {
	dir := s.dir(t.Key())
	n, err := newest(dir)
	if err != nil || n == 0 {
		return false
	}
	r, err := readHeader(dir, n)
	return err == nil && !r.Removed()
}

// Pages returns the latest revision of every page that is there to be read, ordered
// by title.
func (s *Store) Pages() ([]Revision, error) {
	all, err := s.catalog.all(s.folder.Path("pages"))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	pages := make([]Revision, 0, len(all))
	for _, e := range all {
		if !e.latest.Removed() {
			pages = append(pages, e.latest)
		}
	}
	return pages, nil
}

// Recent returns the n newest revisions of all pages, the newest first.
func (s *Store) Recent(n int) ([]Revision, error) {
	heads, err := s.catalog.all(s.folder.Path("pages"))
	if err != nil {
		return nil, err
	}
	// The newest of all is the head of some page; once it is taken, the revision
	// before it is that page's head. Only the n pages that changed last matter.
	slices.SortFunc(heads, func(a, b entry) int { return b.latest.Time.Compare(a.latest.Time) })
	heads = heads[:min(n, len(heads))]
	recent := make([]Revision, 0, n)
	for len(heads) > 0 && len(recent) < n {
		i := 0
		for j := range heads {
			if heads[j].latest.Time.After(heads[i].latest.Time) {
				i = j
			}
		}
		head := heads[i]
		recent = append(recent, head.latest)
		if head.latest.Number == 1 {
			heads = slices.Delete(heads, i, i+1)
			continue
		}
		if heads[i].latest, err = readHeader(s.folder.Path("pages", disk.Name(head.key)), head.latest.Number-1); err != nil {
			return nil, err
		}
	}
	return recent, nil
}
