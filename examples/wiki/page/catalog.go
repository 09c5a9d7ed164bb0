package page

import (
	"bytes"
	"encoding/gob"
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
//
// What many pages have taken to read is kept in a file for the next process.
type catalog struct {
	mu      sync.Mutex
	entries map[string]entry // by name of the page's folder; nil: none were read
}

// entry has exported fields for encoding/gob.
type entry struct {
	Latest   Revision
	Key      string // of its title
	Modified time.Time
	Seen     time.Time
}

// settled is how long after a change a modification time can be trusted: file
// systems round it, some to two seconds, so a second change may leave it as it is.
const settled = 3 * time.Second

func (e entry) fresh(modified time.Time) bool {
	return e.Modified.Equal(modified) && e.Seen.Sub(modified) > settled
}

// catalogFile is where a catalog is kept, in the data folder. It can be removed at any time.
const catalogFile = "catalog"

// worthKeeping is how many pages had to be read for the file to be written.
const worthKeeping = 100

// all returns the latest revision of every page, removed ones too, in no order.
func (c *catalog) all(folder *disk.Folder) ([]entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	root := folder.Path("pages")
	dirs, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("page: %w", err)
	}
	if c.entries == nil && len(dirs) >= worthKeeping {
		c.load(folder)
	}
	next := make(map[string]entry, len(dirs))
	all := make([]entry, 0, len(dirs))
	settledNew := 0
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
			e = entry{Latest: r, Key: r.Title.Key(), Modified: info.ModTime(), Seen: now}
			if e.fresh(e.Modified) {
				settledNew++
			}
		}
		next[d.Name()] = e
		all = append(all, e)
	}
	c.entries = next
	if settledNew >= worthKeeping {
		c.keep(folder)
	}
	return all, nil
}

// load reads what another process has kept. Nothing in it is taken for true that the folder does
// not confirm, and so a file that is old, or damaged, costs time at most.
func (c *catalog) load(folder *disk.Folder) {
	b, err := os.ReadFile(folder.Path(catalogFile))
	if err != nil || gob.NewDecoder(bytes.NewReader(b)).Decode(&c.entries) != nil {
		c.entries = nil
	}
}

func (c *catalog) keep(folder *disk.Folder) {
	var b bytes.Buffer
	if gob.NewEncoder(&b).Encode(c.entries) == nil {
		_ = folder.WriteCache(b.Bytes(), catalogFile) // without it the next process reads the pages
	}
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
	all, err := s.catalog.all(s.folder)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.Key, b.Key) })
	pages := make([]Revision, 0, len(all))
	for _, e := range all {
		if !e.Latest.Removed() {
			pages = append(pages, e.Latest)
		}
	}
	return pages, nil
}

// Recent returns the n newest revisions of all pages, the newest first.
func (s *Store) Recent(n int) ([]Revision, error) {
	heads, err := s.catalog.all(s.folder)
	if err != nil {
		return nil, err
	}
	// The newest of all is the head of some page; once it is taken, the revision
	// before it is that page's head. Only the n pages that changed last matter.
	slices.SortFunc(heads, func(a, b entry) int { return b.Latest.Time.Compare(a.Latest.Time) })
	heads = heads[:min(n, len(heads))]
	recent := make([]Revision, 0, n)
	for len(heads) > 0 && len(recent) < n {
		i := 0
		for j := range heads {
			if heads[j].Latest.Time.After(heads[i].Latest.Time) {
				i = j
			}
		}
		head := heads[i]
		recent = append(recent, head.Latest)
		if head.Latest.Number == 1 {
			heads = slices.Delete(heads, i, i+1)
			continue
		}
		if heads[i].Latest, err = readHeader(s.folder.Path("pages", disk.Name(head.Key)), head.Latest.Number-1); err != nil {
			return nil, err
		}
	}
	return recent, nil
}
