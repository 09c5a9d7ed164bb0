//go:build unix

package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

func init() {
	children["limit"] = func(path string) {
		// What writes beyond the limit gets this signal, and EFBIG if it lives on.
		signal.Ignore(syscall.SIGXFSZ)
		var was syscall.Rlimit
		must(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was))
		fillDisk(path, func(size uint64) {
			now := was
			now.Cur = size
			must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now))
		}, func() { must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was)) })
	}
	children["small"] = func(path string) {
		fillDisk(path, func(uint64) {}, func() { must(os.Remove(filepath.Join(filepath.Dir(path), "filler"))) })
	}
	children["readonly"] = openReadOnly
}

// must ends a child.
func must(err error) {
	if err != nil {
		fmt.Println("x", err)
		os.Exit(1)
	}
}

// run runs a child, and fails if it says that something was wrong.
func run(t *testing.T, child, path string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BOLTSTORE_CHILD="+child, "BOLTSTORE_PATH="+path)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains("\n"+string(out), "\nx ") {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// fillDisk saves until the disk, which fill makes small, has no more room, and goes on
// when free has made some.
func fillDisk(path string, fill func(size uint64), free func()) {
	ctx := context.Background()
	s, err := boltstore.Open(ctx, boltstore.Config{Path: path})
	must(err)
	info, err := os.Stat(path)
	must(err)
	fill(uint64(info.Size()) + 256<<10)

	stored := make(map[session.ID]session.Record)
	var failed error
	var refused session.ID
	for failed == nil {
		id, r := newID(), record("ada")
		r.Data = strings.Repeat("d", 3000)
		if _, failed = s.Save(ctx, id, r); failed != nil {
			refused = id
			break
		}
		r.Version = 1
		stored[id] = r
		if len(stored) > 10_000 {
			must(errors.New("the disk is never full"))
		}
	}
	if !errors.Is(failed, session.ErrFull) || !strings.Contains(failed.Error(), "make room") || !strings.Contains(failed.Error(), path) {
		must(fmt.Errorf("a full disk gives %w", failed))
	}
	check := func(when string) {
		for id, want := range stored {
			got, err := s.Load(ctx, id)
			if err != nil || got.Data != want.Data || got.Version != want.Version {
				must(fmt.Errorf("%s: a session of version %d has %d: %w", when, want.Version, got.Version, err))
			}
		}
		if _, err := s.Load(ctx, refused); !errors.Is(err, session.ErrGone) {
			must(fmt.Errorf("%s: the session that was refused: %w", when, err))
		}
	}
	check("full")
	for id, r := range stored { // changes fail or hold, and are seen accordingly
		r.Data = strings.Repeat("e", 6000)
		if version, err := s.Save(ctx, id, r); err == nil {
			r.Version = version
			stored[id] = r
		}
		must(s.Touch(ctx, id, r.Expires.Add(time.Minute)))
	}
	check("full, after changes")
	for id := range stored { // a logout needs a few pages, and a file mostly has them
		if s.Delete(ctx, id) == nil {
			delete(stored, id)
		}
		break
	}
	check("full, after a logout")
	free()
	for id, r := range stored {
		r.Data = "small"
		version, err := s.Save(ctx, id, r)
		must(err)
		r.Version = version
		stored[id] = r
	}
	check("with room again")
	must(s.Close())
	s, err = boltstore.Open(ctx, boltstore.Config{Path: path})
	must(err)
	check("opened again")
	must(s.Close())
	fmt.Println(len(stored), "sessions;", failed)
}

// A file that may not grow: nothing is lost, memory agrees with the file, and it goes on
// by itself.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	t.Log(run(t, "limit", path))
	wantErr(t, "the file", boltstore.CheckFile(path), nil)
}

func openReadOnly(path string) {
	if os.Geteuid() == 0 {
		must(syscall.Setuid(65534)) // root may write everywhere
	}
	_, err := boltstore.Open(context.Background(), boltstore.Config{Path: path})
	fmt.Println(err)
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	path, _ := makeFile(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		path   string
		file   os.FileMode
		folder os.FileMode
	}{
		"file":   {path, 0o444, 0o777},
		"folder": {filepath.Join(filepath.Dir(path), "new.db"), 0o444, 0o555},
	} {
		wantErr(t, what, errors.Join(os.Chmod(path, c.file), os.Chmod(filepath.Dir(path), c.folder)), nil)
		out := run(t, "readonly", c.path)
		if !strings.Contains(out, c.path) || !strings.Contains(out, "permission denied") {
			t.Errorf("%s: %s", what, out)
		}
	}
	wantErr(t, "rights again", errors.Join(os.Chmod(path, 0o600), os.Chmod(filepath.Dir(path), 0o700)), nil)
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed: %v", err)
	}
}
