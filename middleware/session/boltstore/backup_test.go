package boltstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

func TestBackup(t *testing.T) {
	s := open(t, boltstore.Config{})
	id := newID()
	r := save(t, s, id, record("ada"))
	path := filepath.Join(t.TempDir(), "copy.db")
	wantErr(t, "Backup", s.Backup(path), nil)
	wantErr(t, "Delete", s.Delete(t.Context(), id), nil)
	wantErr(t, "Backup over a file", s.Backup(path), os.ErrExist)
	wantErr(t, "the copy", boltstore.CheckFile(path), nil)
	wantLoad(t, "the copy", open(t, boltstore.Config{Path: path}), id, r)
}
