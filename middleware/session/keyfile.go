package session

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// maxKeyFile is the size from which a file is certainly no key file.
const maxKeyFile = 64 << 10

// OpenKeyring reads the key file at path. Where there is none it makes one with a
// new key, readable by its owner alone (mode 0600); of several processes that do so
// at once, all get the same key. Its folder must exist.
//
// A file that others may read is refused, and so is an empty or damaged one: a new
// key in its place would sign everybody out.
//
// The keyring follows its file: a token of an unknown key makes it read a file that has
// changed anew, at most once a second, so that a key which one process put in front is
// known to all when they meet it. A key that was removed is accepted until then: see
// [RotateKeys] and [Keyring.Reload].
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

// RotateKeys puts a new key into the first place of the key file at path, and keeps of the
// others the first keep: enough of them that the oldest has been out of use for the
// Lifetime of a session when it goes. With 0 nobody who is signed in stays so. The file is
// replaced in one step; two processes must not rotate it at once.
//
// A process that has the file open goes on with the keys that it has, also those that are no
// longer in the file, until it meets a token of the new one, is told to [Keyring.Reload], or
// is restarted. Nobody seals with the new key before one of them was: where a key has
// leaked, reload or restart all.
func RotateKeys(path string, keep int) error {
	if keep < 0 {
		return fmt.Errorf("session: keyring: %d keys cannot be kept", keep)
	}
	text, _, err := readKeyFile(path)
	if err != nil {
		return err
	}
	old := keyWords(text)
	if _, err := ParseKeyring(text); err != nil {
		return fmt.Errorf("%w, in %s", err, path)
	}
	lines := append([]string{GenerateKey()}, old[:min(keep, len(old))]...)
	err = writeKeyFile(path, lines, os.Rename)
	if err != nil {
		return fmt.Errorf("session: keyring: cannot replace %s: %w", path, err)
	}
	return nil
}

// keyFile is where a keyring came from, and what is known of it.
type keyFile struct {
	mu      sync.Mutex
	path    string // "" where the ring did not come from a file
	seen    fs.FileInfo
	checked time.Time
}

// refreshEvery is how often strangers can make a keyring look at its file.
const refreshEvery = time.Second

// refresh reads the key file anew if it has changed, and reports whether it did. On an
// error the keys stay as they are.
func (k *Keyring) refresh(now time.Time) (changed bool, err error) {
	f := &k.file
	if f.path == "" || !f.mu.TryLock() { // who has it looks already
		return false, nil
	}
	defer f.mu.Unlock()
	if since := now.Sub(f.checked); since >= 0 && since < refreshEvery {
		return false, nil
	}
	f.checked = now
	info, err := os.Stat(f.path)
	if err != nil || os.SameFile(info, f.seen) && info.ModTime().Equal(f.seen.ModTime()) && info.Size() == f.seen.Size() {
		return false, err
	}
	return true, k.reload()
}

// Reload reads the file that the keyring came from anew: after [RotateKeys], or at a
// SIGHUP. On an error the keys stay as they are. It is an [errors.ErrUnsupported] for a
// keyring that did not come from [OpenKeyring].
func (k *Keyring) Reload() error {
	if k.file.path == "" {
		return fmt.Errorf("session: keyring: it came from no file: %w", errors.ErrUnsupported)
	}
	k.file.mu.Lock()
	defer k.file.mu.Unlock()
	return k.reload()
}

// reload is Reload, with the file's lock held.
func (k *Keyring) reload() error {
	read, err := readKeyring(k.file.path)
	if err == nil {
		k.keys.Store(read.keys.Load())
		k.file.seen = read.file.seen
	}
	return err
}

func readKeyring(path string) (*Keyring, error) {
	text, info, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	k, err := ParseKeyring(text)
	if err != nil {
		return nil, fmt.Errorf("%w, in %s", err, path)
	}
	k.file.path, k.file.seen = path, info
	return k, nil
}

// readKeyFile returns the text of a key file, and what the file is.
func readKeyFile(path string) (text string, info fs.FileInfo, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, fmt.Errorf("session: keyring: %w", err)
	}
	defer f.Close()
	info, err = f.Stat()
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("session: keyring: %w", err)
	case !info.Mode().IsRegular():
		return "", nil, fmt.Errorf("session: keyring: %s is not a file", path)
	case info.Size() > maxKeyFile:
		return "", nil, fmt.Errorf("session: keyring: %s is too large for a key file", path)
	// Windows keeps access lists instead, of which the mode says nothing.
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return "", nil, fmt.Errorf("session: keyring: others may read %s (mode %04o), and whoever reads it can sign in as anybody; run: chmod 600 %s",
			path, info.Mode().Perm(), path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return "", nil, fmt.Errorf("session: keyring: %w", err)
	}
	return string(b), info, nil
}

// createKeyFile makes a key file that is there with all its content or not at all,
// and never replaces one: the error is then fs.ErrExist.
func createKeyFile(path string) error {
	// A rename would replace the key of a process that was faster.
	return writeKeyFile(path, []string{GenerateKey()}, os.Link)
}

// writeKeyFile writes keys to a file beside path and then puts it into its place.
func writeKeyFile(path string, keys []string, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".keyring-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString("# Keys of session cookies. The first one seals, all of them open.\n" + strings.Join(keys, "\n") + "\n")
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := place(tmp.Name(), path); err != nil {
		return err
	}
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every system can; the file is then as durable as its folder
		_ = d.Close()
	}
	return nil
}
