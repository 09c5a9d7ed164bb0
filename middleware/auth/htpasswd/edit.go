package htpasswd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

// Set gives a user in the password file at path another hash, or adds the user. Where
// there is no file it makes one, readable by its owner alone (mode 0600). The hash is one
// that a [File] takes, such as bcrypt's, which Apache reads as well.
//
// The file is replaced in one step, and keeps its other lines, its mode, owner and group;
// where it is a link, the file behind it is replaced. Who else edits it with this package
// waits until that is done. Other lines of it may be broken. A name that was there twice is
// there once afterwards.
//
// An error wrapping [auth.ErrName] says that no line can begin with such a name.
func Set(path, name, hash string) error {
	if err := editable(name); err != nil {
		return err
	}
	if _, err := password.Legacy(hash); err != nil || strings.ContainsAny(hash, ":"+blanks) {
		return errors.New("htpasswd: the hash is none that can be in a file")
	}
	return edit(path, true, func(text string) (string, error) { return setLine(text, name, hash), nil })
}

// Delete removes a user from the password file at path, in the way in which [Set] changes
// one. An error wrapping [auth.ErrNoUser] says that there is none.
func Delete(path, name string) error {
	if err := editable(name); err != nil {
		return err
	}
	return edit(path, false, func(text string) (string, error) {
		rest, n := dropLines(text, name)
		if n == 0 {
			return "", fmt.Errorf("htpasswd: %s: %w", path, auth.ErrNoUser)
		}
		return rest, nil
	})
}

// editable refuses names that a line cannot begin with, and those that show as others.
func editable(name string) error {
	err := checkName(name)
	switch {
	case err != nil:
	case strings.ContainsRune(name, ':'):
		err = errors.New("a name with a colon, which ends a name in the file")
	case name[0] == '#':
		err = errors.New("a name that begins with #, as comments do")
	case strings.TrimSpace(name) != name:
		err = errors.New("a name with blanks around it")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		err = errors.New("a name with characters that do not show")
	}
	if err != nil {
		return fmt.Errorf("htpasswd: %w: %w", auth.ErrName, err)
	}
	return nil
}

// setLine puts name's hash into the name's first line and drops further ones, or appends a
// line, with the line ends that the file has.
func setLine(text, name, hash string) string {
	var b strings.Builder
	done := false
	for raw := range strings.Lines(text) {
		line, end := cutEnd(raw)
		is, rest, ok := nameOf(line)
		switch {
		case !ok || is != name:
			b.WriteString(raw)
		case !done:
			_, comment, has := strings.Cut(rest, ":")
			b.WriteString(name + ":" + hash)
			if has {
				b.WriteString(":" + comment)
			}
			b.WriteString(end)
			done = true
		}
	}
	if done {
		return b.String()
	}
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteString(end)
	}
	b.WriteString(name + ":" + hash + end)
	return b.String()
}

// dropLines removes the n lines of name.
func dropLines(text, name string) (rest string, n int) {
	var b strings.Builder
	for raw := range strings.Lines(text) {
		line, _ := cutEnd(raw)
		if is, _, ok := nameOf(line); ok && is == name {
			n++
			continue
		}
		b.WriteString(raw)
	}
	return b.String(), n
}

// cutEnd takes the end of a line off.
func cutEnd(raw string) (line, end string) {
	line = strings.TrimRight(raw, "\r\n")
	return line, raw[len(line):]
}

// nameOf returns whose line it is, and what follows the name's colon.
func nameOf(line string) (name, rest string, ok bool) {
	line = strings.Trim(line, blanks)
	if strings.HasPrefix(line, "#") {
		return "", "", false
	}
	return strings.Cut(line, ":")
}

// edit replaces the file at path by what change makes of its text.
func edit(path string, create bool, change func(text string) (string, error)) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, created, release, err := open(path, create)
	if err != nil {
		return fmt.Errorf("htpasswd: %w", err)
	}
	defer release()
	defer func() {
		if created && err != nil {
			_ = os.Remove(path)
		}
	}()
	if err := usable(path, info); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("htpasswd: %w", err)
	}
	if strings.ContainsRune(string(text), 0) {
		return fmt.Errorf("htpasswd: %s is not a text file", path)
	}
	fresh, err := change(strings.TrimPrefix(string(text), bom)) // Apache takes it for part of a name
	if err != nil {
		return err
	}
	if err := replace(path, fresh, info); err != nil {
		return fmt.Errorf("htpasswd: cannot replace %s: %w", path, err)
	}
	return nil
}

// open makes sure that there is a file, and that nobody else edits it until release.
func open(path string, create bool) (info fs.FileInfo, created bool, release func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if create && errors.Is(err, fs.ErrNotExist) {
			f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				continue // somebody else has just made it
			}
			created = err == nil
		}
		if err != nil {
			return nil, false, nil, err
		}
		info, err := f.Stat()
		if err != nil {
			_ = f.Close()
			return nil, false, nil, err
		}
		release, err := lock(f)
		if err != nil {
			return nil, false, nil, fmt.Errorf("cannot lock %s: %w", path, err)
		}
		if now, err := os.Stat(path); err == nil && os.SameFile(now, info) {
			return now, created, release, nil
		}
		release() // it was replaced while this waited
		created = false
	}
}

// replace writes text to a file beside path, with mode, owner and group of old, and then
// puts it into its place.
func replace(path, text string, old fs.FileInfo) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".htpasswd-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	err = keepOwner(tmp, old)
	if err == nil {
		err = tmp.Chmod(old.Mode().Perm())
	}
	if err == nil {
		_, err = io.WriteString(tmp, text)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every system can; the file is then as durable as its folder
		_ = d.Close()
	}
	return nil
}
