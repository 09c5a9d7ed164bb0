package session_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/session"
)

// spec 26: the first key seals, all open, and a removed one opens nothing.
func TestCookie26_KeysAreReplaced(t *testing.T) {
	older, newer := session.GenerateKey(), session.GenerateKey()
	site := func(ev *events, keys ...string) *client {
		k, err := session.ParseKeyring(strings.Join(keys, ","))
		if err != nil {
			t.Fatal(err)
		}
		m := &session.Manager{Store: session.NewCookieStore(k), Events: ev.add}
		return &client{h: m.Wrap(mux{"/fill": fill, "/show": show, "/set": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { _ = name.Set(s, "resealed") }})}
	}
	var ev events
	c := site(&ev, older)
	c.get("/fill")
	sealedBy := c.token()[:5] // the key id: 4 bytes, and so the first 5 characters

	c.h = site(&ev, newer, older).h
	want(t, "opened with the older key", c.get("/show").body, "first")
	c.get("/set")
	want(t, "sealed with the newer key", c.token()[:5] == sealedBy, false)

	c.h = site(&ev, newer).h
	ev.kinds()
	want(t, "without the older key", c.get("/show").body, "resealed")
	want(t, "events", ev.kinds(), "")

	c.h = site(&ev, older).h
	want(t, "without its key", c.get("/show").body, "")
	want(t, "event", fmt.Sprint(ev.all[0].Err), "sealed with a key that is not on the ring")
}

func TestParseKeyring(t *testing.T) {
	a, b := session.GenerateKey(), session.GenerateKey()
	for _, test := range []struct{ text, fault string }{
		{a, ""},
		{" " + a + "\n" + b + "\r\n", ""},
		{a + "," + b, ""},
		{"# comment\n\n" + a + " # " + b + "\n", ""},
		{"", "holds no key"},
		{"# " + a, "holds no key"},
		{a + "\n" + a, "key 2 is there twice"},
		{a + "\nhunter2", "key 2 is not"},
		{a[:len(a)-1], "key 1 is not"},
		{a + "A", "key 1 is not"},
		{strings.TrimPrefix(a, "surcoat1_"), "key 1 is not"},
		{a[:len(a)-1] + "!", "key 1 is not"},
	} {
		k, err := session.ParseKeyring(test.text)
		switch {
		case test.fault == "" && err != nil:
			t.Errorf("%q: %v", test.text, err)
		case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
			t.Errorf("%q: got %v, want %q", test.text, err, test.fault)
		case err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), a[12:])):
			t.Errorf("the error shows a key: %v", err)
		case k != nil:
			for _, shown := range []string{k.String(), fmt.Sprint(k), fmt.Sprintf("%+v %#v", k, k)} {
				if strings.Contains(shown, a[12:20]) {
					t.Errorf("a key is shown: %s", shown)
				}
			}
		}
	}
}

func TestOpenKeyring(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.keys")
	first, err := session.OpenKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := session.OpenKeyring(path)
	if err != nil || again.String() != first.String() {
		t.Errorf("opened again: %v %v, want %v", again, err, first)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	want(t, "files in the folder", len(entries), 1)
}

// Of several that find no file, all end up with the same key.
func TestOpenKeyringAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.keys")
	var wg sync.WaitGroup
	got := make([]string, 20)
	for i := range got {
		wg.Go(func() {
			k, err := session.OpenKeyring(path)
			if err != nil {
				t.Error(err)
				return
			}
			got[i] = k.String()
		})
	}
	wg.Wait()
	for _, k := range got {
		want(t, "keyring", k, got[0])
	}
}

func TestOpenKeyringRefuses(t *testing.T) {
	dir := t.TempDir()
	key := session.GenerateKey() + "\n"
	for _, test := range []struct {
		name, content string
		mode          os.FileMode
		fault         string
	}{
		{"group", key, 0o640, "run: chmod 600 "},
		{"others", key, 0o604, "run: chmod 600 "},
		{"empty", "", 0o600, "holds no key, in "},
		{"damaged", key[:20], 0o600, "key 1 is not"},
		{"large", strings.Repeat("# comment\n", 10000), 0o600, "too large"},
		{"read-only", key, 0o400, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && test.mode&0o077 != 0 {
				t.Skip("the mode says nothing there")
			}
			path := filepath.Join(dir, test.name)
			if err := os.WriteFile(path, []byte(test.content), test.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil { // whatever the umask
				t.Fatal(err)
			}
			_, err := session.OpenKeyring(path)
			if test.fault == "" {
				want(t, "error", err, nil)
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.fault) || !strings.Contains(err.Error(), path) && test.fault != "key 1 is not" {
				t.Errorf("got %v, want %q", err, test.fault)
			}
			if after, _ := os.ReadFile(path); string(after) != test.content {
				t.Error("the file was changed")
			}
		})
	}
	if _, err := session.OpenKeyring(dir); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := session.OpenKeyring(filepath.Join(dir, "none", "session.keys")); err == nil || !strings.Contains(err.Error(), "cannot make") {
		t.Errorf("no folder: %v", err)
	}
}

func FuzzParseKeyring(f *testing.F) {
	f.Add(session.GenerateKey())
	f.Add("# x\nsurcoat1_AAAA,,")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := session.ParseKeyring(s)
		if (k == nil) == (err == nil) {
			t.Errorf("%v, %v", k, err)
		}
	})
}
