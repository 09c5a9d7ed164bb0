package boltstore_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
	"go.etcd.io/bbolt"
)

// wantRefused opens c and expects an error that has all of the words.
func wantRefused(t *testing.T, c boltstore.Config, words ...string) {
	t.Helper()
	s, err := boltstore.Open(t.Context(), c)
	if err == nil {
		closeStore(t, s)
		t.Errorf("opened, and %q was expected", words)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error %q does not say %q", err, word)
		}
	}
}

func TestOpenRefusesConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	for _, c := range []struct {
		config boltstore.Config
		says   string
	}{
		{boltstore.Config{}, "Config.Path: empty; name the file"},
		{boltstore.Config{Path: path, CacheBytes: -1}, "Config.CacheBytes: negative; 0 is the default"},
		{boltstore.Config{Path: path, MaxSessions: -1}, "Config.MaxSessions: negative; 0 is the default"},
		{boltstore.Config{Path: path, TouchEvery: -1}, "Config.TouchEvery: negative; 0 is the default"},
		{boltstore.Config{Path: path, Timeout: -1}, "Config.Timeout: negative; 0 is the default"},
		{boltstore.Config{Path: path, LockTimeout: -1}, "Config.LockTimeout: negative; 0 is the default"},
		{boltstore.Config{Path: filepath.Join(path, "x", "sessions.db")}, "folder"},
		{boltstore.Config{Path: t.TempDir()}, "directory"},
	} {
		wantRefused(t, c.config, c.says)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made for a Config that is refused")
	}
}

func TestFileIsItsOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps access lists instead")
	}
	path := filepath.Join(t.TempDir(), "sessions.db")
	open(t, boltstore.Config{Path: path})
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v: %v", info.Mode(), err)
	}
	files, _ := os.ReadDir(filepath.Dir(path))
	if len(files) != 1 {
		t.Errorf("left beside it: %v", files)
	}
}

// bbolt itself waits for ever.
func TestOpenGivesUpOnAFileThatIsHeld(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	first := open(t, boltstore.Config{Path: path})
	began := time.Now()
	wantRefused(t, boltstore.Config{Path: path}, path, "another process", "stop that one first")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := boltstore.Open(ctx, boltstore.Config{Path: path, LockTimeout: time.Hour}); err == nil {
		t.Error("opened a file that is held")
	}
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("gave up after %v", d)
	}
	closeStore(t, first)
	open(t, boltstore.Config{Path: path})
}

func makeFile(t *testing.T) (path string, ids []session.ID) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sessions.db")
	s := open(t, boltstore.Config{Path: path})
	ids = fill(t, s, 2000, "ada")
	closeStore(t, s)
	return path, ids
}

// usedBytes returns how much of a file its pages take; the rest is there to grow into.
func usedBytes(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	_ = db.View(func(tx *bbolt.Tx) error { n = int(tx.Size()); return nil })
	_ = db.Close()
	return n
}

// A file that cannot be used is named, and left as it is for whoever can mend it.
func TestOpenRefusesDamagedFiles(t *testing.T) {
	t.Parallel()
	var used int
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
		says   string
	}{
		{"text", func([]byte) []byte { return []byte(strings.Repeat("not a database\n", 1000)) }, "invalid database"},
		{"short text", func([]byte) []byte { return []byte("hello") }, "sessions.db"},
		{"cut in half", func(b []byte) []byte { return b[:len(b)/2] }, "damaged"},
		{"cut by a page", func(b []byte) []byte { return b[:used-os.Getpagesize()] }, "damaged"},
		{"cut to the headers", func(b []byte) []byte { return b[:2*os.Getpagesize()] }, "damaged"},
		{"cut to a page", func(b []byte) []byte { return b[:os.Getpagesize()] }, "too small"},
		{"both headers lost", func(b []byte) []byte { clear(b[:2*os.Getpagesize()]); return b }, "invalid database"},
		{"all but the headers lost", func(b []byte) []byte { clear(b[2*os.Getpagesize():]); return b }, "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, _ := makeFile(t)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			used = usedBytes(t, path)
			b = c.damage(b)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the first try must not leave the file held
				wantRefused(t, boltstore.Config{Path: path}, path, c.says)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, b) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

// One of the two headers is enough: the other may have been hit by a power failure.
func TestOpenWithOneHeader(t *testing.T) {
	t.Parallel()
	for page := range 2 {
		path, ids := makeFile(t)
		b, _ := os.ReadFile(path)
		size := os.Getpagesize()
		clear(b[page*size : (page+1)*size])
		_ = os.WriteFile(path, b, 0o600)
		s := open(t, boltstore.Config{Path: path})
		if _, err := s.Load(t.Context(), ids[0]); err != nil {
			t.Errorf("without header %d: %v", page, err)
		}
	}
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("somebody else's")); return err })
	_ = db.Close()
	wantRefused(t, boltstore.Config{Path: path}, path, "not one of sessions")

	path, _ = makeFile(t)
	if err := boltstore.SetNewer(path, nil); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, boltstore.Config{Path: path}, path, "format 2", "newer")
}

// An empty file is one that was made and never written to.
func TestOpenEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	save(t, open(t, boltstore.Config{Path: path}), newID(), record("ada"))
}
