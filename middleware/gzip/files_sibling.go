package gzip

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"

	"github.com/surcoat/surcoat/internal/accept"
	"github.com/surcoat/surcoat/internal/respond"
)

// openFile is a regular file that is open, a plain one or a copy of it in some coding.
type openFile struct {
	fs.File
	info   fs.FileInfo
	name   string // its own: "app.js.gz"
	coding string // "": the plain one
}

var errDirectory = errors.New("is a directory")

// open opens a regular file. It returns [errDirectory] for a directory, and
// [fs.ErrNotExist] for what is neither.
func (s *fileRules) open(name string) (*openFile, error) {
	// To open a named pipe would be to wait for somebody who writes to it. File systems
	// that cannot tell beforehand have none.
	if look, ok := s.fs.(fs.StatFS); ok {
		info, err := look.Stat(name)
		if err == nil {
			err = regular(info)
		}
		if err != nil {
			return nil, err
		}
	}
	file, err := s.fs.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat() // of what has been opened, which may have been renamed meanwhile
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return &openFile{File: file, info: info, name: name}, nil
}

func regular(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errDirectory
	case !info.Mode().IsRegular():
		return fs.ErrNotExist
	}
	return nil
}

// sibling returns the open copy of plain that a client with these Accept-Encoding lines gets,
// nil if it gets the plain file. varies says that there is a copy at all: another client gets
// that, so caches have to be told even when this one does not
// (https://github.com/tkoenig89/express-static-gzip/issues/6).
func (s *fileRules) sibling(accepted []string, plain *openFile) (chosen *openFile, varies bool) {
	left := s.codings
	for len(left) > 0 {
		i := accept.Preferred(accepted, left)
		if i < 0 {
			break
		}
		c, err := s.open(plain.name + s.extensions[left[i]])
		if err == nil {
			if usable(c.info, plain.info) {
				c.coding = left[i]
				return c, true
			}
			_ = c.Close()
		}
		// An unreadable copy is passed over, too: the plain file is as good an answer.
		left = slices.Concat(left[:i], left[i+1:])
	}
	for _, coding := range left {
		info, err := fs.Stat(s.fs, plain.name+s.extensions[coding])
		if err == nil && info.Mode().IsRegular() && usable(info, plain.info) {
			return nil, true
		}
	}
	return nil, false
}

// usable reports whether a copy can stand for its file. An older one is that of an earlier
// version (https://github.com/cloudhead/node-static/issues/116), and no coding makes nothing
// of something.
func usable(sibling, plain fs.FileInfo) bool {
	return !sibling.ModTime().Before(plain.ModTime()) && sibling.Size() > 0
}

// sharesDictionary reports whether a Compressor further out has a dictionary that the client
// has, too. What it makes of a plain file with that is smaller than any copy.
func sharesDictionary(w http.ResponseWriter, contentType string) bool {
	for layer := range respond.Layers(w) {
		if lent, ok := layer.(*writer); ok && lent.dictionary != nil && lent.rules.kind(contentType) == worth {
			return true
		}
	}
	return false
}
