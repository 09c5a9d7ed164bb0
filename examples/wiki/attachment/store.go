// Package attachment keeps the files that people attach to pages: any number for a page, each
// written once and never changed, like the revisions of the text.
//
//	attachments/getting_started/map=2epng
//
// The first line of each is its header (JSON), the rest is the file.
package attachment

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
)

// Limits.
const (
	Largest = 10 << 20 // bytes of a file
	Most    = 200      // files of a page
)

// Errors that a caller tells apart.
var (
	ErrNoFile   = errors.New("attachment: there is no such file")
	ErrTaken    = errors.New("attachment: there is another file of that name")
	ErrTooLarge = fmt.Errorf("attachment: the file is larger than %d MiB", Largest>>20)
	ErrTooMany  = fmt.Errorf("attachment: the page has %d files already", Most)
	ErrEmpty    = errors.New("attachment: the file is empty")
	ErrKind     = errors.New("attachment: files of that kind cannot be attached")
	ErrContent  = errors.New("attachment: the file is not what its name says")
	ErrDamaged  = errors.New("attachment: the file is damaged")
)

// File says what is attached. It does not hold the content.
type File struct {
	Name   string    `json:"name"`
	Author string    `json:"author"` // a user's name
	Time   time.Time `json:"time"`   // when it was saved, UTC
	Size   int64     `json:"size"`   // bytes
	Sum    string    `json:"sha256"` // of the content, in hexadecimal digits
}

// Store keeps files in a folder. Several processes may use one folder. Its methods may be
// called from any goroutine.
type Store struct{ folder *disk.Folder }

// NewStore returns the attachments of a folder, which may be empty.
func NewStore(folder *disk.Folder) *Store { return &Store{folder} }

func (s *Store) dir(t page.Title) []string { return []string{"attachments", disk.Name(t.Key())} }

func (s *Store) path(t page.Title, name string) []string {
	return append(s.dir(t), disk.Name(key(name)))
}

// Save keeps a file and returns it once it is safe on the disk. The same content under the same
// name is not saved again; another under a name that is taken is [ErrTaken].
func (s *Store) Save(ctx context.Context, t page.Title, name, author string, content []byte) (File, error) {
	name, err := CleanName(name)
	if err != nil {
		return File{}, err
	}
	if err := check(name, content); err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(content)
	f := File{Name: name, Author: author, Time: time.Now().UTC(), Size: int64(len(content)), Sum: hex.EncodeToString(sum[:])}
	header, err := json.Marshal(f)
	if err != nil {
		return File{}, err
	}
	unlock, err := s.folder.Lock(ctx)
	if err != nil {
		return File{}, err
	}
	defer unlock()
	switch old, err := s.stat(s.folder.Path(s.path(t, name)...)); {
	case err == nil && old.Sum == f.Sum:
		return old, nil
	case err == nil:
		return File{}, ErrTaken
	case !errors.Is(err, ErrNoFile):
		return File{}, err
	}
	all, err := os.ReadDir(s.folder.Path(s.dir(t)...))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return File{}, fmt.Errorf("attachment: %w", err)
	}
	if len(all) >= Most {
		return File{}, ErrTooMany
	}
	if err := s.folder.Write(slices.Concat(header, []byte("\n"), content), s.path(t, name)...); err != nil {
		return File{}, fmt.Errorf("attachment: save %q: %w", name, err)
	}
	return f, nil
}

// check refuses what is not to be attached.
func check(name string, content []byte) error {
	k, ok := kindOf(name)
	switch {
	case !ok:
		return ErrKind
	case len(content) == 0:
		return ErrEmpty
	case len(content) > Largest:
		return ErrTooLarge
	}
	// What a browser is to show, or to hand to another program, had better be that.
	if strings.HasPrefix(k.media, "image/") || k.media == "application/pdf" {
		if http.DetectContentType(content) != k.media {
			return ErrContent
		}
	}
	return nil
}

// List returns the files of a page in the order of their names.
func (s *Store) List(t page.Title) ([]File, error) {
	dir := s.dir(t)
	entries, err := os.ReadDir(s.folder.Path(dir...))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("attachment: %w", err)
	}
	var all []File
	for _, e := range entries {
		f, err := s.stat(s.folder.Path(append(dir, e.Name())...))
		if errors.Is(err, ErrDamaged) {
			continue // which must not hide the others; whoever asks for it is told
		}
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(key(a.Name), key(b.Name)) })
	return all, nil
}

// stat reads a file's header.
func (s *Store) stat(path string) (File, error) {
	content, f, err := open(path)
	if err != nil {
		return File{}, err
	}
	return f, content.Close()
}

// Open returns a file and its content, or [ErrNoFile]. The caller closes it.
func (s *Store) Open(t page.Title, name string) (Content, File, error) {
	return open(s.folder.Path(s.path(t, name)...))
}

// Content is what is in a file.
type Content struct {
	*io.SectionReader
	io.Closer
}

func open(path string) (c Content, f File, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Content{}, File{}, ErrNoFile
	}
	if err != nil {
		return Content{}, File{}, fmt.Errorf("attachment: %w", err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	header, err := bufio.NewReader(file).ReadBytes('\n')
	if err != nil {
		return Content{}, File{}, fmt.Errorf("%s: %w: %w", path, ErrDamaged, err)
	}
	info, err := file.Stat()
	if err != nil {
		return Content{}, File{}, fmt.Errorf("attachment: %w", err)
	}
	if err := json.Unmarshal(bytes.TrimSpace(header), &f); err != nil || f.Size != info.Size()-int64(len(header)) {
		return Content{}, File{}, fmt.Errorf("%s: %w", path, ErrDamaged)
	}
	return Content{io.NewSectionReader(file, int64(len(header)), f.Size), file}, f, nil
}
