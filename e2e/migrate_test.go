package e2e_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/middleware/session"
)

// former is a site before it had ours.
type former struct {
	site   http.Handler
	cookie string
	take   func(http.ResponseWriter, *http.Request, *session.Session) error
	forged []string // cookies that it never gave
	// remembers says that the server knows of the old sessions, and so forgets them.
	remembers bool
}

// formers returns the sites that are migrated, by name.
func formers(t *testing.T) map[string]former {
	gorilla := func(store sessions.Store, remembers bool, foreign sessions.Store) former {
		stranger := visit(plainSite(foreign))
		stranger.get("/login?mallory")
		return former{
			plainSite(store), "plain", takeGorilla(store, "plain"),
			[]string{stranger.cookies["plain"], "x", ""},
			remembers,
		}
	}
	old := scs.New()
	old.Store = memstore.NewWithCleanupInterval(0) // which would leave a goroutine behind
	other := []byte("another authentication key, of 34 b")
	return map[string]former{
		"gorilla CookieStore":     gorilla(sessions.NewCookieStore(hashKey), false, sessions.NewCookieStore(other)),
		"gorilla FilesystemStore": gorilla(sessions.NewFilesystemStore(t.TempDir(), hashKey), true, sessions.NewFilesystemStore(t.TempDir(), other)),
		"scs":                     {scsSite(old), "session", takeSCS(old), []string{strings.Repeat("A", 43), "x", ""}, true},
	}
}

// now returns the site with ours in the place of what it had.
func (f former) now(store sessions.Store) (site http.Handler, created *int) {
	created = new(int)
	m := &session.Manager{Store: store, Events: func(_ context.Context, e session.Event) {
		if e.Kind == session.EventCreated {
			*created++
		}
	}}
	takeover := Takeover{Cookie: f.cookie, Until: time.Now().Add(30 * 24 * time.Hour), Take: f.take}
	return m.Wrap(takeover.Wrap(managedPages())), created
}

// eachMigration runs f for each way from an old site to a store of ours.
func eachMigration(t *testing.T, f func(t *testing.T, old former, store sessions.Store)) {
	keys, err := session.ParseKeyring(session.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, old := range formers(t) {
		t.Run(name+" to a server store", func(t *testing.T) { f(t, old, session.NewServerStore(&session.Memory{})) })
		t.Run(name+" to the cookie store", func(t *testing.T) { f(t, old, session.NewCookieStore(keys)) })
	}
}

// Who was signed in before stays so, and is taken over once.
func TestMigrateStaysSignedIn(t *testing.T) {
	eachMigration(t, func(t *testing.T, old former, store sessions.Store) {
		v := visit(old.site)
		v.get("/set?Ada")
		v.get("/login?ada")
		equal(t, "before", v.get("/who"), "ada")
		site, created := old.now(store)
		v = v.at(site)
		for range 3 {
			equal(t, "user", v.get("/who"), "ada")
			equal(t, "value", v.get("/show"), "Ada")
			if _, still := v.cookies[old.cookie]; still || len(v.cookies) != 1 {
				t.Errorf("cookies afterwards: %v", v.cookies)
			}
		}
		if *created != 1 {
			t.Errorf("%d sessions were made of one", *created)
		}
		v.get("/logout")
		equal(t, "after the logout", v.get("/who"), "")
	})
}

// Who was not signed in keeps their values, and gets no name by it.
func TestMigrateAnonymous(t *testing.T) {
	eachMigration(t, func(t *testing.T, old former, store sessions.Store) {
		v := visit(old.site)
		v.get("/set?cart")
		site, _ := old.now(store)
		v = v.at(site)
		equal(t, "value", v.get("/show"), "cart")
		equal(t, "user", v.get("/who"), "")
	})
}

func TestMigrateForgedCookies(t *testing.T) {
	eachMigration(t, func(t *testing.T, old former, store sessions.Store) {
		site, created := old.now(store)
		for _, forged := range old.forged {
			v := visit(site)
			v.cookies[old.cookie] = forged
			equal(t, "user", v.get("/who"), "")
			if len(v.cookies) != 0 {
				t.Errorf("cookies afterwards: %v", v.cookies)
			}
		}
		if *created != 0 {
			t.Errorf("%d sessions were made of forged cookies", *created)
		}
	})
}

// Who has a session of ours is not made somebody else by an old cookie.
func TestMigrateOursFirst(t *testing.T) {
	eachMigration(t, func(t *testing.T, old former, store sessions.Store) {
		v := visit(old.site)
		v.get("/login?mallory")
		site, _ := old.now(store)
		victim := visit(site)
		victim.get("/login?ada")
		victim.cookies[old.cookie] = v.cookies[old.cookie]
		equal(t, "user", victim.get("/who"), "ada")
		equal(t, "the old cookie", victim.cookies[old.cookie], "")
	})
}

// A cookie that was copied before the migration, replayed after the logout: refused where the
// server has forgotten the old session. One that holds the session itself is good until
// Takeover stops to read it.
func TestMigrateReplay(t *testing.T) {
	eachMigration(t, func(t *testing.T, old former, store sessions.Store) {
		synctest.Test(t, func(t *testing.T) {
			v := visit(old.site)
			v.get("/login?ada")
			thief := v.copy()
			site, _ := old.now(store)
			v = v.at(site)
			equal(t, "user", v.get("/who"), "ada")
			v.get("/logout")
			equal(t, "the thief", thief.copy().at(site).get("/who"), either(old.remembers, "", "ada"))
			time.Sleep(30 * 24 * time.Hour)
			equal(t, "the thief, after Until", thief.copy().at(site).get("/who"), "")
		})
	})
}

// With another key the old program's cookies are good for nothing, at the price that
// nobody stays signed in.
func TestMigrateKeyRotated(t *testing.T) {
	v := visit(plainSite(sessions.NewCookieStore(hashKey)))
	v.get("/login?ada")
	rotated := formers(t)["gorilla CookieStore"]
	rotated.take = takeGorilla(sessions.NewCookieStore([]byte("another authentication key, of 34 b")), "plain")
	site, _ := rotated.now(session.NewServerStore(&session.Memory{}))
	equal(t, "user", v.at(site).get("/who"), "")
}

// unanswering is an old store that is down.
type unanswering struct{ sessions.Store }

func (s unanswering) New(*http.Request, string) (*sessions.Session, error) {
	return sessions.NewSession(s, "plain"), errors.New("connection refused")
}

// An outage while a session is taken over signs nobody out.
func TestMigrateOldStoreDown(t *testing.T) {
	store := sessions.NewFilesystemStore(t.TempDir(), hashKey)
	v := visit(plainSite(store))
	v.get("/login?ada")
	f := former{cookie: "plain", take: takeGorilla(unanswering{store}, "plain")}
	ours := session.NewServerStore(&session.Memory{})
	site, _ := f.now(ours)
	v = v.at(site)
	if got := v.get("/who"); !strings.HasPrefix(got, "503") {
		t.Errorf("got %q, want 503", got)
	}
	f.take = takeGorilla(store, "plain")
	site, _ = f.now(ours)
	equal(t, "when it is back", v.at(site).get("/who"), "ada")
}

// keeping is an old store that can be read and not written.
type keeping struct{ sessions.Store }

func (s keeping) Save(*http.Request, http.ResponseWriter, *sessions.Session) error {
	return errors.New("read-only file system")
}

// Where the old session cannot be ended, ours does not begin: a copy of the old cookie
// would be good beside it.
func TestMigrateOldStoreKeeps(t *testing.T) {
	store := sessions.NewFilesystemStore(t.TempDir(), hashKey)
	v := visit(plainSite(store))
	v.get("/login?ada")
	thief := v.copy()
	f := former{cookie: "plain", take: takeGorilla(keeping{store}, "plain")}
	ours := session.NewServerStore(&session.Memory{})
	site, _ := f.now(ours)
	v = v.at(site)
	if got := v.get("/who"); !strings.HasPrefix(got, "503") {
		t.Errorf("got %q, want 503", got)
	}
	f.take = takeGorilla(store, "plain")
	site, _ = f.now(ours)
	equal(t, "when it can be written", v.at(site).get("/who"), "ada")
	equal(t, "the thief", thief.at(site).get("/who"), "")
}

// The Go code in the document is code that was tested.
func TestMigratingDoc(t *testing.T) {
	doc, err := os.ReadFile("../docs/migrating-sessions.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("takeover_test.go")
	if err != nil {
		t.Fatal(err)
	}
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	blocks := strings.Split(string(doc), "```go\n")[1:]
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		if !strings.Contains(flat(string(code)), flat(b)) {
			t.Errorf("not in takeover_test.go:\n%s", b)
		}
	}
	if len(blocks) == 0 {
		t.Error("the document shows no code")
	}
}
