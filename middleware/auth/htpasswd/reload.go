package htpasswd

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

const (
	// every is how often the files are looked at.
	every = time.Second

	// settling is how long a file must have been left alone to be read: Apache's htpasswd
	// writes into the file itself, and half of one is a file too.
	settling = 50 * time.Millisecond

	// coarse is the resolution of the worst clocks of file systems. A file that changed less
	// than that before it was read may change again without showing it.
	coarse = 2 * time.Second

	// maxFile is the size from which a file is certainly no password file.
	maxFile = 16 << 20
)

// seen is what is known of the files as they were last read.
type seen struct {
	infos []fs.FileInfo
	when  time.Time
	sum   [sha256.Size]byte // of their content
}

// holds reports whether files with these infos need not be read.
func (s *seen) holds(infos []fs.FileInfo) bool {
	if len(s.infos) != len(infos) {
		return false
	}
	for i, now := range infos {
		then := s.infos[i]
		if !os.SameFile(now, then) || now.Size() != then.Size() || now.Mode() != then.Mode() || !now.ModTime().Equal(then.ModTime()) {
			return false
		}
		if age := s.when.Sub(then.ModTime()); age >= 0 && age < coarse {
			return false
		}
	}
	return true
}

// refresh reads the files if it is time and they have changed. Of several who find that it
// is, one does it, and the others go on with what there is.
func (f *File) refresh(ctx context.Context) {
	if int64(time.Since(f.start)) < f.next.Load() || !f.mu.TryLock() {
		return
	}
	defer f.mu.Unlock()
	now := time.Now()
	f.next.Store(int64(now.Sub(f.start) + every))
	infos, err := f.stat()
	if err != nil {
		f.complain(ctx, err)
		return
	}
	if f.seen.holds(infos) {
		return
	}
	for _, info := range infos {
		if age := now.Sub(info.ModTime()); age >= 0 && age < settling {
			f.next.Store(int64(now.Sub(f.start) + settling))
			return
		}
	}
	f.reload(ctx)
}

func (f *File) reload(ctx context.Context) {
	users, s, err := f.read()
	if err != nil {
		f.complain(ctx, err)
		return
	}
	changed := s.sum != f.seen.sum
	if changed {
		f.users.Store(&users)
	}
	if changed || f.fault != "" {
		f.config.Logger.InfoContext(ctx, "htpasswd: the users were read anew", "file", f.config.Users, "users", len(users))
	}
	f.seen, f.fault = s, ""
}

// complain logs an error if the last look had another outcome. The files are then read at
// each look, as what is wrong need not show in their times: who may read them.
func (f *File) complain(ctx context.Context, err error) {
	f.seen.infos = nil
	if err.Error() != f.fault {
		f.fault = err.Error()
		f.config.Logger.ErrorContext(ctx, "htpasswd: the changed files cannot be used, so the users stay as they were", "error", err)
	}
}

func (f *File) paths() []string {
	if f.config.Groups == "" {
		return []string{f.config.Users}
	}
	return []string{f.config.Users, f.config.Groups}
}

func (f *File) stat() (infos []fs.FileInfo, err error) {
	for _, path := range f.paths() {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("htpasswd: %w", err)
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// read reads the files as they are now.
func (f *File) read() (map[string]auth.User, seen, error) {
	s := seen{when: time.Now()}
	sum := sha256.New()
	var texts [2]string
	for i, path := range f.paths() {
		text, info, err := readFile(path)
		if err != nil {
			return nil, seen{}, err
		}
		texts[i] = text
		s.infos = append(s.infos, info)
		fmt.Fprintf(sum, "%d %s", len(text), text)
	}
	sum.Sum(s.sum[:0])

	roles, err := parseGroups(texts[1])
	if err != nil {
		return nil, seen{}, fmt.Errorf("htpasswd: %s: %w", f.config.Groups, err)
	}
	users, again, err := parseUsers(texts[0], roles)
	if err != nil {
		return nil, seen{}, fmt.Errorf("htpasswd: %s: %w", f.config.Users, err)
	}
	if again != 0 && s.sum != f.seen.sum {
		f.config.Logger.Warn("htpasswd: a name is there twice, and its first line counts", "file", f.config.Users, "line", again)
	}
	return users, s, nil
}

// readFile returns a file's text, and what it is.
func readFile(path string) (string, fs.FileInfo, error) {
	if info, err := os.Stat(path); err != nil {
		return "", nil, fmt.Errorf("htpasswd: %w", err)
	} else if err := usable(path, info); err != nil { // before it is opened, as a pipe would wait
		return "", nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", nil, fmt.Errorf("htpasswd: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", nil, fmt.Errorf("htpasswd: %w", err)
	}
	if err := usable(path, info); err != nil {
		return "", nil, err
	}
	b, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = errors.New("grew while it was read")
	}
	if err != nil {
		return "", nil, fmt.Errorf("htpasswd: %s: %w", path, err)
	}
	return string(b), info, nil
}

func usable(path string, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("htpasswd: %s is not a file", path)
	case info.Size() > maxFile:
		return fmt.Errorf("htpasswd: %s is over %d MiB, too large for a password file", path, maxFile>>20)
	// Windows keeps access lists instead, of which the mode says nothing.
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0:
		return fmt.Errorf("htpasswd: everybody may write to %s (mode %04o), and so sign in as anybody; run: chmod o-w %s",
			path, info.Mode().Perm(), path)
	}
	return nil
}
