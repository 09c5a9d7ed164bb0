package htpasswd_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
)

// replaced puts another file into the place of path, as editors and Set do.
func replaced(tb testing.TB, path, content string) {
	tb.Helper()
	write(tb, path+".new", content)
	if err := os.Rename(path+".new", path); err != nil {
		tb.Fatal(err)
	}
}

// have reports which of the names are users.
func have(tb testing.TB, f *htpasswd.File, names ...string) (are string) {
	tb.Helper()
	for _, name := range names {
		switch u, err := f.Lookup(tb.Context(), name); {
		case err == nil:
			are += u.Name + strings.Join(u.Roles, "+") + " "
		case !errors.Is(err, auth.ErrNoUser):
			tb.Error(err)
		}
	}
	return strings.TrimSuffix(are, " ")
}

// spec 17: a changed password and a removed user are seen at the next request, once the
// second is over in which the file is not looked at.
func TestCache17_BasicSeesTheFileChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := write(t, "users", "ada:"+bcrypted+"\ngrace:"+bcrypted+"\n")
		hasher, _ := counted()
		basic := &auth.Basic{Accounts: &auth.Accounts{Users: opened(t, htpasswd.Config{Users: path, Logger: new(journal).logger()}), Hasher: hasher}}
		guard := &auth.Guard{Schemes: []auth.Scheme{basic}}
		h := guard.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		get := func(name, pass string) int {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.SetBasicAuth(name, pass)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Code
		}
		check := func(when, name, pass string, want int) {
			t.Helper()
			if got := get(name, pass); got != want {
				t.Errorf("%s: %s with %s: %d, want %d", when, name, pass, got, want)
			}
		}
		check("at first", "ada", "hunter2hunter2", 200)
		check("at first", "grace", "hunter2hunter2", 200)
		replaced(t, path, "ada:"+sha1ed+"\n")
		time.Sleep(time.Second)
		check("changed", "ada", "hunter2hunter2", 401)
		check("changed", "ada", "hunter2", 200)
		check("removed", "grace", "hunter2hunter2", 401)
	})
}

// A session of the old password ends with it.
func TestGenerationFollowsTheHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := write(t, "users", "ada:"+bcrypted+"\ngrace:"+bcrypted+"\n")
		f := opened(t, htpasswd.Config{Users: path, Logger: new(journal).logger()})
		of := func(name string) int64 {
			u, err := f.Lookup(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			return u.Generation
		}
		ada, grace := of("ada"), of("grace")
		replaced(t, path, "# another order\ngrace:"+bcrypted+":Grace\nada:"+sha1ed+"\n")
		time.Sleep(time.Second)
		if of("ada") == ada || of("grace") != grace {
			t.Errorf("generations: ada %d, was %d; grace %d, was %d", of("ada"), ada, of("grace"), grace)
		}
	})
}

// A broken new file, and one that is gone, leave the users as they are, and are logged
// once each, by line number.
func TestReloadKeepsWhatThereWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		path := write(t, "users", "ada:"+bcrypted+"\n")
		f := opened(t, htpasswd.Config{Users: path, Logger: j.logger()})
		for _, step := range []struct {
			name, content, want, log string // content "-": the file is removed, "": it is left, "+w": everybody may write
		}{
			{"nothing happens", "", "ada", ""},
			{"one more", "ada:" + bcrypted + "\ngrace:" + bcrypted + "\n", "ada grace", "level=INFO users=2"},
			{"broken", "ada:" + bcrypted + "\nsecret\n", "ada grace", "level=ERROR line 2: no colon"},
			{"still broken", "", "ada grace", ""},
			{"broken in another way", "ada:secret\n", "ada grace", "level=ERROR line 1: "},
			{"gone", "-", "ada grace", "level=ERROR no such file"},
			{"still gone", "", "ada grace", ""},
			{"back, broken", "ada:secret\n", "ada grace", "level=ERROR line 1: "},
			{"mended", "grace:" + bcrypted + "\n", "grace", "level=INFO users=1"},
			{"touched", "grace:" + bcrypted + "\n", "grace", ""},
			{"gone again", "-", "grace", "level=ERROR no such file"},
			{"back as it was", "grace:" + bcrypted + "\n", "grace", "level=INFO users=1"},
			{"everybody may write", "+w", "grace", "level=ERROR chmod o-w"},
			{"still", "", "grace", ""},
			{"nobody else may", "-w", "grace", "level=INFO users=1"},
			{"empty", "\n", "", "level=INFO users=0"},
		} {
			switch step.content {
			case "":
			case "+w", "-w":
				if err := os.Chmod(path, map[string]os.FileMode{"+w": 0o602, "-w": 0o600}[step.content]); err != nil {
					t.Fatal(err)
				}
			case "-":
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			default:
				replaced(t, path, step.content)
			}
			time.Sleep(time.Second)
			for range 3 {
				if got := have(t, f, "ada", "grace"); got != step.want {
					t.Errorf("%s: users %q, want %q", step.name, got, step.want)
				}
			}
			lines := j.lines()
			if len(lines) > 1 || (step.log == "") != (len(lines) == 0) {
				t.Errorf("%s: logged %q, want %q", step.name, lines, step.log)
			}
			if len(lines) > 0 {
				level, rest, _ := strings.Cut(step.log, " ")
				if !strings.Contains(lines[0], level) || !strings.Contains(lines[0], rest) || strings.Contains(lines[0], "secret") {
					t.Errorf("%s: logged %q, want %q", step.name, lines[0], step.log)
				}
			}
			time.Sleep(10 * time.Second)
			if got := have(t, f, "ada", "grace"); got != step.want || len(j.lines()) != 0 {
				t.Errorf("%s, later: users %q, want %q", step.name, got, step.want)
			}
		}
	})
}

// The group file is followed as well; a fault in either keeps both.
func TestReloadOfGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		users, groups := write(t, "users", "ada:"+bcrypted+"\n"), write(t, "groups", "admin: ada\n")
		f := opened(t, htpasswd.Config{Users: users, Groups: groups, Logger: j.logger()})
		for _, step := range []struct{ users, groups, want string }{
			{"", "admin: ada\neditors: ada\n", "adaadmin+editors"},
			{"", "editors: ada\n", "adaeditors"},
			{"ada:" + bcrypted + "\ngrace:" + bcrypted + "\n", "editors\n", "adaeditors"},
			{"", "editors: grace\n", "ada graceeditors"},
		} {
			if step.users != "" {
				replaced(t, users, step.users)
			}
			replaced(t, groups, step.groups)
			time.Sleep(time.Second)
			if got := have(t, f, "ada", "grace"); got != step.want {
				t.Errorf("%q: %q, want %q", step.groups, got, step.want)
			}
		}
	})
}

// Apache's htpasswd writes into the file itself: it is read when it has been left alone for
// a moment, and again where another change may have the same time.
func TestReloadWaitsForWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := write(t, "users", "ada:"+bcrypted+"\n")
		f := opened(t, htpasswd.Config{Users: path, Logger: new(journal).logger()})
		into := func(content string, when time.Time) {
			t.Helper()
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			dated(t, path, when)
		}
		time.Sleep(time.Second)
		into("", time.Now())
		if got := have(t, f, "ada"); got != "ada" {
			t.Errorf("just now emptied: %q", got)
		}
		time.Sleep(10 * time.Millisecond)
		into("grace:"+bcrypted+"\n", time.Now())
		time.Sleep(50 * time.Millisecond)
		if got := have(t, f, "ada", "grace"); got != "grace" {
			t.Errorf("filled again: %q", got)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		into("alan0:"+bcrypted+"\n", info.ModTime()) // of the same size
		time.Sleep(time.Second)
		if got := have(t, f, "grace", "alan0"); got != "alan0" {
			t.Errorf("changed again in the same tick: %q", got)
		}
	})
}

// A link that is pointed elsewhere is followed, as Kubernetes changes mounted secrets.
func TestReloadOfLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "users")
		point := func(to string) {
			t.Helper()
			if err := os.Symlink(to, path+".new"); err != nil {
				t.Skip(err)
			}
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}
		point(write(t, filepath.Join(dir, "1"), "ada:"+bcrypted+"\n"))
		f := opened(t, htpasswd.Config{Users: path, Logger: new(journal).logger()})
		point(write(t, filepath.Join(dir, "2"), "bob:"+bcrypted+"\n"))
		time.Sleep(time.Second)
		if got := have(t, f, "ada", "bob"); got != "bob" {
			t.Errorf("users %q, want bob", got)
		}
	})
}

// 32 look up while the file changes, breaks and goes: nobody ever sees a user less, and
// the last change is seen.
func TestConcurrencyOfReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := write(t, "users", "ada:"+bcrypted+"\n")
		f := opened(t, htpasswd.Config{Users: path, Groups: write(t, "groups", "admin: ada\n"), Logger: new(journal).logger()})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if u, err := f.Lookup(ctx, "ada"); err != nil || u.Name != "ada" || len(u.Roles) != 1 {
						t.Errorf("Lookup = %+v, %v", u, err)
					}
					time.Sleep(time.Duration(rand.Int64N(int64(50 * time.Millisecond))))
				}
			})
		}
		for i := range 200 {
			switch i % 4 {
			case 0, 1:
				replaced(t, path, fmt.Sprintf("user%d:%s\nada:%s\n", i, sha1ed, bcrypted))
			case 2:
				replaced(t, path, "broken\n")
			case 3:
				_ = os.Remove(path)
			}
			time.Sleep(300 * time.Millisecond)
		}
		replaced(t, path, "last:"+bcrypted+"\nada:"+bcrypted+"\n")
		time.Sleep(1100 * time.Millisecond)
		if got := have(t, f, "last"); got != "last" {
			t.Error("the last change was not seen")
		}
		cancel()
		wg.Wait()
	})
}
