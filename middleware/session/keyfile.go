package session

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxKeyFile is the size from which a file is certainly no key file.
const maxKeyFile = 64 << 10

// OpenKeyring reads the key file at path. Where there is none it makes one with a
// new key, readable by its owner alone (mode 0600); of several processes that do so
// at once, all get the same key. Its folder must exist.
//
// A file that others may read is refused, and so is an empty or damaged one: a new
// key in its place would sign everybody out.
func OpenKeyring(path string) (*Keyring, error) {
	k, err := readKeyring(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := createKeyFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("session: keyring: cannot make %s: %w", path, err)
	}
	return readKeyring(path) // not what was made: another process may have been first
}

func readKeyring(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("session: keyring: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("session: keyring: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("session: keyring: %s is not a file", path)
	case info.Size() > maxKeyFile:
		return nil, fmt.Errorf("session: keyring: %s is too large for a key file", path)
	// Windows keeps access lists instead, of which the mode says nothing.
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("session: keyring: others may read %s (mode %04o), and whoever reads it can sign in as anybody; run: chmod 600 %s",
			path, info.Mode().Perm(), path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("session: keyring: %w", err)
	}
	k, err := ParseKeyring(string(b))
	if err != nil {
		return nil, fmt.Errorf("%w, in %s", err, path)
	}
	return k, nil
}

// createKeyFile makes a key file that is there with all its content or not at all,
// and never replaces one: the error is then fs.ErrExist.
func createKeyFile(path string) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".keyring-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString("# Keys of session cookies. The first one seals, all of them open.\n" + GenerateKey() + "\n")
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	// A rename would replace the key of a process that was faster.
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every system can; the file is then as durable as its folder
		_ = d.Close()
	}
	return nil
}
