package boltstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

// Pages in the middle of a file that opens are damaged: whoever meets one gets an error,
// and the process goes on.
func TestDamagedPages(t *testing.T) {
	path, ids := makeFile(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	backup := slices.Clone(b)
	size := os.Getpagesize()
	// Leaves of sessions: pages that hold the data of records.
	hit := 0
	for p := 4; p < len(b)/size; p++ {
		if page := b[p*size : (p+1)*size]; strings.Contains(string(page), strings.Repeat("\x00", 150)) && strings.Contains(string(page), "ada") {
			clear(page)
			hit++
		}
	}
	if hit == 0 {
		t.Fatal("no page was found to damage")
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := boltstore.Open(t.Context(), boltstore.Config{Path: path})
	if err != nil { // bbolt noticed; that is as good
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("Open: %v", err)
		}
		return
	}
	failed := 0
	for _, id := range ids {
		if _, err := s.Load(t.Context(), id); errors.Is(err, session.ErrGone) {
			t.Fatal("a damaged session is said to be gone")
		} else if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Fatalf("the error does not name the file: %v", err)
			}
			failed++
		}
	}
	if failed == 0 {
		t.Error("nothing was noticed")
	}
	_, err = s.Save(t.Context(), ids[0], session.Record{Version: 1, Expires: time.Now().Add(time.Hour)})
	if err == nil || errors.Is(err, session.ErrGone) || errors.Is(err, session.ErrConflict) {
		t.Errorf("Save on a damaged page: %v", err)
	}
	_ = s.Close() // may say that the file is damaged; it must not wait for ever

	// With a backup in its place the same process goes on.
	if err := os.WriteFile(path, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, boltstore.Config{Path: path})
	for _, id := range ids {
		if _, err := s.Load(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

// The file shrinks while it is open: a read of what is missing would end the process.
func TestFileIsCutWhileOpen(t *testing.T) {
	path, ids := makeFile(t)
	s, err := boltstore.Open(t.Context(), boltstore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(4*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := s.Load(t.Context(), id); err == nil || errors.Is(err, session.ErrGone) {
			t.Fatalf("Load from nothing: %v", err)
		}
	}
	if err := s.Delete(t.Context(), ids[0]); err == nil {
		t.Error("Delete from nothing")
	}
	if _, err := s.Save(t.Context(), newID(), record("")); err == nil {
		t.Error("Save after damage was found")
	}
	_ = s.Close()
}

// A record that this version cannot read is not taken for a missing one, and nothing is
// written over it; but it can be ended.
func TestRecordOfANewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := open(t, boltstore.Config{Path: path})
	id, other := newID(), newID()
	r := save(t, s, id, record("ada"))
	save(t, s, other, record("ada"))
	closeStore(t, s)
	if err := boltstore.SetNewer(path, &id); err != nil {
		t.Fatal(err)
	}
	s = open(t, boltstore.Config{Path: path, TouchEvery: time.Millisecond})
	_, load := s.Load(t.Context(), id)
	_, saved := s.Save(t.Context(), id, r)
	_, created := s.Save(t.Context(), id, record(""))
	var listed error
	n := 0
	for _, err := range s.List(t.Context(), "ada") {
		if listed = err; err == nil {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d sessions beside it were listed", n)
	}
	for what, err := range map[string]error{
		"Load": load, "Save": saved, "create": created, "List": listed, "Touch": s.Touch(t.Context(), id, r.Expires.Add(1)),
	} {
		if err == nil || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("%s: %v", what, err)
		}
	}
	for range 3 {
		save(t, s, newID(), record(""))
	}
	wantErr(t, "Revoke", s.Revoke(t.Context(), "ada"), nil)
	wantGone(t, "revoked", s, id)
	wantGone(t, "revoked", s, other)
}
