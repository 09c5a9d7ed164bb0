package session

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/surcoat/surcoat/internal/keytext"
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
// The keyring follows its file: where it is used it looks once a second whether that has
// changed, and once more when it meets a token of an unknown key, so that a key which one
// process put in front is known to all. A file that is broken then leaves the keys as they
// are, and the default logger is told. See [RotateKeys] and [Keyring.Reload].
func OpenKeyring(path string) (*Keyring, error) {
	k, err := readKeyring(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("session: keyring: cannot make %s: there is no folder %s; make it first", path, filepath.Dir(path))
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
// A process that has the file open goes over to the new keys within a second of its next
// use of them, and no longer opens with those that are gone.
func RotateKeys(path string, keep int) error {
	if keep < 0 {
		return fmt.Errorf("session: keyring: %d keys cannot be kept", keep)
	}
	text, _, err := readKeyFile(path)
	if err != nil {
		return err
	}
	old := keytext.Words(text)
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
	path string       // "" where the ring did not come from a file
	next atomic.Int64 // Unix time in ns of the next look at it

	mu      sync.Mutex
	seen    fs.FileInfo
	checked time.Time // when a token of an unknown key last made somebody look
	broken  bool      // the last look found a file that cannot be used
}

// refreshEvery is how long a change of the file may go unnoticed, and how often strangers
// can make a keyring look at it besides.
const refreshEvery = time.Second

// follow looks at the key file, if it is time to.
func (k *Keyring) follow(now time.Time) {
	f := &k.file
	if f.path == "" {
		return
	}
	next := f.next.Load()
	left := time.Duration(next - now.UnixNano())
	if left > 0 && left <= refreshEvery || !f.next.CompareAndSwap(next, now.Add(refreshEvery).UnixNano()) {
		return
	}
	if !f.mu.TryLock() { // who has it looks already
		return
	}
	defer f.mu.Unlock()
	_, err := k.look()
	if err != nil && !f.broken {
		slog.Warn("session: the key file has changed and cannot be used; the keys stay as they were", "error", err)
	}
	f.broken = err != nil
}

// refresh looks at the key file because of a token of an unknown key, and reports whether
// it has changed. On an error the keys stay as they are.
func (k *Keyring) refresh(now time.Time) (changed bool, err error) {
	f := &k.file
	if f.path == "" || !f.mu.TryLock() {
		return false, nil
	}
	defer f.mu.Unlock()
	if since := now.Sub(f.checked); since >= 0 && since < refreshEvery {
		return false, nil
	}
	f.checked = now
	return k.look()
}

// look reads the key file anew if it has changed. The file's lock is held.
func (k *Keyring) look() (changed bool, err error) {
	f := &k.file
	info, err := os.Stat(f.path)
	if err != nil || os.SameFile(info, f.seen) && info.ModTime().Equal(f.seen.ModTime()) && info.Size() == f.seen.Size() {
		return false, err
	}
	return true, k.reload()
}

// Reload reads the file that the keyring came from anew at once, and says what is wrong with
// it: at a SIGHUP, say. On an error the keys stay as they are. It is an [errors.ErrUnsupported] for a
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
