package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Sources are what to look at.
type Sources struct {
	Files  []string // files, also such as do not exist yet
	Trees  []Tree
	Ignore []string // files, and folders with all below, that are passed over
}

// Tree is a folder that is looked at with what comes into it.
type Tree struct {
	Root string
	Kind Kind
}

// Kind is which files of a tree are looked at.
type Kind struct {
	Name string                 // tells kinds apart
	Want func(name string) bool // by the name without folder; nil: all
	Flat bool                   // without folders below
	Any  bool                   // also folders that are passed over otherwise
}

// passedOver are folders that hold no sources of the tree's own, as are those whose names
// begin with "." or "_" and those that are modules of their own.
var passedOver = map[string]bool{"node_modules": true, "testdata": true, "vendor": true}

// folder is what a folder held.
type folder struct {
	info    os.FileInfo
	read    time.Time
	entries []os.DirEntry
}

// scan is one look at everything.
type scan struct {
	w     *Watcher
	files map[string]os.FileInfo
	been  map[been]bool
	used  map[string]*folder
}

type been struct{ dir, kind string }

// scan returns all that there is to look at. The caller holds mu.
func (w *Watcher) scan() map[string]os.FileInfo {
	s := &scan{
		w: w, files: make(map[string]os.FileInfo, len(w.seen)),
		been: make(map[been]bool), used: make(map[string]*folder, len(w.folders)),
	}
	for _, path := range w.sources.Files {
		if !s.ignored(path) {
			s.file(path)
		}
	}
	for _, t := range w.sources.Trees {
		if !s.ignored(t.Root) {
			s.tree(t.Root, t.Kind, true)
		}
	}
	w.folders = s.used
	return s.files
}

func (s *scan) ignored(path string) bool {
	for _, i := range s.w.sources.Ignore {
		if path == i || strings.HasPrefix(path, i+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

func (s *scan) file(path string) {
	if s.files[path] != nil {
		return
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		s.files[path] = info
	}
}

func (s *scan) tree(dir string, kind Kind, root bool) {
	key := been{dir, kind.Name}
	if s.been[key] {
		return
	}
	s.been[key] = true
	f := s.folder(dir)
	if f == nil || !root && !kind.Any && f.has("go.mod") {
		return
	}
	for _, e := range f.entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case slices.Contains(s.w.sources.Ignore, path):
		case e.IsDir():
			s.below(path, e.Name(), kind)
		case e.Type()&os.ModeSymlink != 0 && s.leads(path):
			if real, up := resolve(path); !up {
				s.below(real, e.Name(), kind)
			}
		case kind.Want == nil || kind.Want(e.Name()):
			s.file(path)
		}
	}
}

func (s *scan) below(path, name string, kind Kind) {
	if kind.Flat || !kind.Any && (passedOver[name] || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
		return
	}
	s.tree(path, kind, false)
}

// leads reports whether a symbolic link leads to a folder.
func (s *scan) leads(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// resolve returns where a link leads, and whether that is up: to a folder that holds the
// link. That one is looked at anyway, or holds much else, such as all of the disk.
func resolve(link string) (real string, up bool) {
	real, err := filepath.EvalSymlinks(link)
	if err != nil {
		return "", true
	}
	here, err := filepath.EvalSymlinks(filepath.Dir(link))
	if err != nil {
		return "", true
	}
	rest, err := filepath.Rel(real, here)
	return real, err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator))
}

// folder returns what dir holds; nil: nothing that can be read. It is read again only
// when it has changed.
func (s *scan) folder(dir string) *folder {
	if f := s.used[dir]; f != nil {
		return f
	}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil
	}
	f := s.w.folders[dir]
	if f == nil || !same(f.info, info) || f.young() {
		read := time.Now()
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil
		}
		f = &folder{info: info, read: read, entries: entries}
	}
	s.used[dir] = f
	return f
}

// young reports whether the folder was read so soon after it changed that it may have
// changed once more in the same tick of its clock.
func (f *folder) young() bool { return f.read.Sub(f.info.ModTime()) < 2*time.Second }

func (f *folder) has(name string) bool {
	for _, e := range f.entries {
		if e.Name() == name {
			return true
		}
	}
	return false
}
