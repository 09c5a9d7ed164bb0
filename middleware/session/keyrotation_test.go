package session_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// keySite is a process that opened the key file at path.
func keySite(t *testing.T, path string) (*client, *session.Keyring) {
	t.Helper()
	keys, err := session.OpenKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	m := &session.Manager{Store: session.NewCookieStore(keys)}
	return &client{h: m.Wrap(mux{"/fill": fill, "/show": show})}, keys
}

// spec 26: a key is rotated while two processes run; nobody is signed out, and each comes
// to seal with the new one.
func TestCookie26_RotationWithoutRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.keys")
	synctest.Test(t, func(t *testing.T) {
		first, keys := keySite(t, path)
		second, others := keySite(t, path)
		first.get("/fill")
		want(t, "RotateKeys", session.RotateKeys(path, 1), nil)
		want(t, "with the old key", first.get("/show").body, "first")

		before := keys.String()
		want(t, "Reload", keys.Reload(), nil)
		want(t, "a new key in front, the old one after it", strings.HasSuffix(keys.String(), strings.TrimPrefix(before, "keyring ")), true)
		want(t, "another", keys.String() != before, true)
		want(t, "with the old key", first.get("/show").body, "first")

		first.cookies = nil
		first.get("/fill") // with the new key
		second.cookies = first.cookies
		want(t, "the process that was told nothing", second.get("/show").body, "first")
		want(t, "its keys", others.String(), keys.String())

		want(t, "RotateKeys", session.RotateKeys(path, 0), nil)
		want(t, "Reload", keys.Reload(), nil)
		want(t, "without its key", first.get("/show").body, "")
	})
}

// spec 26: a process that is told nothing, and meets no token of another, follows its file
// all the same, both with what it seals and with what it no longer opens.
func TestCookie26_RotationIsFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.keys")
	synctest.Test(t, func(t *testing.T) {
		site, keys := keySite(t, path)
		site.get("/fill")
		before := keys.String()
		want(t, "RotateKeys", session.RotateKeys(path, 1), nil)
		time.Sleep(time.Second)
		want(t, "with the old key", site.get("/show").body, "first")
		want(t, "another key", keys.String() != before, true)
		want(t, "RotateKeys", session.RotateKeys(path, 0), nil)
		time.Sleep(time.Second)
		want(t, "with a key that was removed", site.get("/show").body, "")
	})
}

// Strangers make a keyring look at its file once a second, not with each request.
func TestKeyringLooksSeldom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.keys")
	synctest.Test(t, func(t *testing.T) {
		site, keys := keySite(t, path)
		foreign, _ := keySite(t, filepath.Join(t.TempDir(), "session.keys"))
		foreign.get("/fill")
		site.cookies = foreign.cookies
		before := keys.String()
		want(t, "a foreign token", site.get("/show").body, "")
		want(t, "RotateKeys", session.RotateKeys(path, 1), nil)
		want(t, "a foreign token", site.get("/show").body, "")
		want(t, "keys, within the second", keys.String(), before)
		time.Sleep(time.Second)
		want(t, "a foreign token", site.get("/show").body, "")
		want(t, "keys, after it", keys.String() != before, true)
	})
}

// A broken new file leaves the keys as they are, and says so.
func TestKeyringKeepsItsKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.keys")
	site, keys := keySite(t, path)
	site.get("/fill")
	before := keys.String()
	for name, breakIt := range map[string]func() error{
		"damaged":  func() error { return os.WriteFile(path, []byte("surcoat1_AAAA"), 0o600) },
		"empty":    func() error { return os.Truncate(path, 0) },
		"readable": func() error { return os.Chmod(path, 0o644) },
		"gone":     func() error { return os.Remove(path) },
	} {
		if name == "readable" && runtime.GOOS == "windows" {
			continue
		}
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(session.GenerateKey()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := breakIt(); err != nil {
			t.Fatal(err)
		}
		if err := keys.Reload(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: Reload: got %v", name, err)
		}
		if err := session.RotateKeys(path, 1); err == nil {
			t.Errorf("%s: RotateKeys replaces it", name)
		}
		want(t, name, keys.String(), before)
		want(t, name, site.get("/show").body, "first")
	}
}

func TestRotateKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.keys")
	_, first := keySite(t, path)
	for range 3 {
		want(t, "RotateKeys", session.RotateKeys(path, 2), nil)
	}
	_, last := keySite(t, path)
	want(t, "keys", len(strings.Fields(last.String())), 1+3)
	want(t, "the oldest has gone", strings.Contains(last.String(), strings.Fields(first.String())[1]), false)
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	want(t, "files in the folder", len(entries), 1)
	if err := session.RotateKeys(path, -1); err == nil {
		t.Error("a negative number is taken")
	}
	keys, err := session.ParseKeyring(session.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	want(t, "Reload without a file", errors.Is(keys.Reload(), errors.ErrUnsupported), true)
}
