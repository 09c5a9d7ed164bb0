package session_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// Typed keys are package variables; what they hold is loaded when it is asked for.
var visits = session.NewKey[int]("visits")

func Example() {
	manager := &session.Manager{}
	site := manager.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		if err := visits.Update(s, func(n int) int { return n + 1 }); err != nil {
			return // the Manager answers
		}
		n, _ := visits.Get(s)
		fmt.Fprintf(w, "visit %d", n)
	}))

	browser := client{h: site}
	fmt.Println(browser.get("/").body)
	fmt.Println(browser.get("/").body)
	// Output:
	// visit 1
	// visit 2
}

// Sessions in memory, with a bound; what happens to them goes to a log of one's own.
func ExampleManager() {
	manager := &session.Manager{
		Store:       session.NewServerStore(&session.Memory{MaxBytes: 64 << 20}),
		IdleTimeout: time.Hour,
		Events:      func(_ context.Context, e session.Event) { fmt.Println(e.Kind) },
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/fill", func(w http.ResponseWriter, r *http.Request) {
		_ = visits.Set(session.From(r.Context()), 1)
	})
	mux.HandleFunc("/leave", func(w http.ResponseWriter, r *http.Request) {
		_ = session.From(r.Context()).Destroy(r.Context())
	})

	browser := client{h: manager.Wrap(mux)}
	browser.get("/fill")
	copied := browser.clone()
	browser.get("/leave")
	copied.get("/leave")
	// Output:
	// created
	// destroyed
	// unknown
}

// A message for the page after a redirect.
func ExampleSession_AddFlash() {
	mux := http.NewServeMux()
	mux.HandleFunc("/save", func(w http.ResponseWriter, r *http.Request) {
		_ = session.From(r.Context()).AddFlash("success", "Saved.")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		for _, f := range session.From(r.Context()).Flashes() {
			fmt.Fprintf(w, "[%s] %s", f.Kind, f.Text)
		}
	})

	browser := client{h: new(session.Manager).Wrap(mux)}
	browser.get("/save")
	fmt.Printf("first %q, then %q\n", browser.get("/").body, browser.get("/").body)
	// Output: first "[success] Saved.", then ""
}

// A login renews the session, so that a token which somebody else planted or saw
// before it is worth nothing afterwards. Package auth does this for its users.
func ExampleSession_Renew() {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		userID := "alice" // after the password was checked
		if err := session.From(r.Context()).Renew(r.Context(), userID); err != nil {
			session.ErrorPage(w, r, err)
			return
		}
		fmt.Fprint(w, "welcome")
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) {
		_ = session.From(r.Context()).Destroy(r.Context()) // a failure is answered by the Manager
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "signed in as %q", session.From(r.Context()).Subject())
	})

	browser := client{h: new(session.Manager).Wrap(mux)}
	fmt.Println(browser.get("/").body)
	browser.get("/login")
	fmt.Println(browser.get("/").body)
	browser.get("/logout")
	fmt.Println(browser.get("/").body)
	// Output:
	// signed in as ""
	// signed in as "alice"
	// signed in as ""
}

// Processes that share nothing but a key file share their sessions, and a session
// outlives them: the store for CGI, for several workers, and for one process that is
// restarted now and then.
func ExampleNewCookieStore() {
	dir, err := os.MkdirTemp("", "site-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	process := func(handler http.HandlerFunc) http.Handler {
		keys, err := session.OpenKeyring(filepath.Join(dir, "session.keys")) // made by whoever is first
		if err != nil {
			log.Fatal(err)
		}
		return (&session.Manager{Store: session.NewCookieStore(keys)}).Wrap(handler)
	}
	one := process(func(_ http.ResponseWriter, r *http.Request) { _ = visits.Set(session.From(r.Context()), 7) })
	other := process(func(w http.ResponseWriter, r *http.Request) {
		n, _ := visits.Get(session.From(r.Context()))
		fmt.Fprint(w, n)
	})

	browser := client{h: one}
	browser.get("/")
	browser.h = other
	fmt.Println(browser.get("/").body)
	// Output: 7
}

// A memory store with a bound of its own.
func ExampleNewServerStore() {
	manager := &session.Manager{
		Store:       session.NewServerStore(&session.Memory{MaxBytes: 64 << 20}),
		IdleTimeout: time.Hour,
		Require:     session.Merge | session.Revoke,
	}
	http.Handle("/", manager.Wrap(http.NotFoundHandler()))
	// Output:
}

// The key of a site that gets it from its environment, and the next one: the first
// seals, both open, so nobody is signed out.
func ExampleParseKeyring() {
	text := session.GenerateKey() + " " + session.GenerateKey() // os.Getenv("SESSION_KEYS")
	keys, err := session.ParseKeyring(text)
	if err != nil {
		log.Fatal(err)
	}
	manager := &session.Manager{Store: session.NewCookieStore(keys)}
	http.Handle("/app/", manager.Wrap(http.NotFoundHandler()))
	// Output:
}

// The codec inside a store of gorilla/sessions, in the place of securecookie's own.
func ExampleCodec() {
	keys, err := session.ParseKeyring(session.GenerateKey())
	if err != nil {
		log.Fatal(err)
	}
	files := sessions.NewFilesystemStore(os.TempDir(), []byte("unused"))
	files.Codecs = []securecookie.Codec{session.NewCodec(keys)}
	manager := &session.Manager{Store: files}
	http.Handle("/files/", manager.Wrap(http.NotFoundHandler()))
	// Output:
}

// An intranet without TLS has to say so; http://localhost does not.
func ExampleCookie() {
	manager := &session.Manager{Cookie: session.Cookie{InsecureCookie: true, MaxAge: 30 * 24 * time.Hour}, Lifetime: 30 * 24 * time.Hour}
	browser := client{h: manager.Wrap(mux{"/": fill})}
	_ = browser.get("/")
	for name := range browser.cookies {
		fmt.Println(name)
	}
	// Output: session
}

// A handler that needs its session says so where that cannot be had. Otherwise an
// outage of the store would look like an empty cart.
func ExampleErrorPage() {
	cart := session.NewKey[[]string]("cart")
	handler := func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		items, _ := cart.Get(s)
		if err := s.Err(); err != nil {
			session.ErrorPage(w, r, err)
			return
		}
		fmt.Fprintf(w, "%d items", len(items))
	}
	w := httptest.NewRecorder()
	new(session.Manager).Wrap(http.HandlerFunc(handler)).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 200 0 items
}

// A bound of one's own on what sessions may take. When it is reached, sessions in which
// nobody is signed in go first; those with somebody never do.
func ExampleMemory() {
	store := session.NewServerStore(&session.Memory{MaxBytes: 64 << 20, MaxSessions: 100_000})
	sessions := &session.Manager{Store: store}
	h := sessions.Wrap(http.NotFoundHandler())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, len(w.Result().Cookies()))
	// Output: 404 0
}

// A page of one's devices: each signed-in session carries a name that it was given at
// login.
func ExampleManager_List() {
	device := session.NewKey[string]("device")
	sessions := &session.Manager{Require: session.List | session.RevokeUser}
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		_ = device.Set(s, r.FormValue("device")) // as a rule from User-Agent
		_ = s.Renew(r.Context(), "ada")          // after the password was checked
	})
	mux.HandleFunc("/devices", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		for info, err := range sessions.List(r.Context(), s.Subject()) {
			if err != nil {
				session.ErrorPage(w, r, err)
				return
			}
			name, _ := device.In(info)
			fmt.Fprintln(w, name, info.Handle == s.Handle())
		}
	})
	mux.HandleFunc("/elsewhere", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		if err := sessions.RevokeUser(r.Context(), s.Subject(), s.Handle()); err != nil {
			log.Print(err)
		}
	})

	h := sessions.Wrap(mux)
	phone, desk := client{h: h}, client{h: h}
	phone.get("/login?device=phone")
	desk.get("/login?device=desk")
	fmt.Println(strings.Count(desk.get("/devices").body, "\n"))
	desk.get("/elsewhere")
	fmt.Print(desk.get("/devices").body)
	// Output:
	// 2
	// desk true
}

// The list of what was revoked, shared by all processes that seal with the same keys: what
// one of them ended, all refuse.
func ExampleRevocations() {
	keys, err := session.ParseKeyring(session.GenerateKey())
	if err != nil {
		log.Fatal(err)
	}
	list := &session.Memory{} // of redisstore or postgresstore, where there are several processes
	sessions := &session.Manager{
		Store:       session.NewCookieStore(keys),
		Revocations: session.Revocations{Backend: list},
	}
	http.Handle("/shop/", sessions.Wrap(http.NotFoundHandler()))
	// Output:
}

// A box "keep me signed in" under a form.
func ExampleSession_SetOptions() {
	sessions := &session.Manager{IdleTimeout: 14 * 24 * time.Hour, Lifetime: 30 * 24 * time.Hour}
	login := func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		limits := session.Options{IdleTimeout: 30 * time.Minute, Lifetime: 12 * time.Hour}
		if r.FormValue("remember") != "" {
			limits = session.Options{MaxAge: 14 * 24 * time.Hour}
		}
		_ = s.SetOptions(limits)
		_ = s.Renew(r.Context(), "ada") // after the password was checked
	}
	browser := client{h: sessions.Wrap(http.HandlerFunc(login))}
	fmt.Println(browser.get("/").Cookies()[0].MaxAge, browser.get("/?remember=1").Cookies()[0].MaxAge)
	// Output: 0 1209600
}

// What happens to sessions, counted: an old secret that comes back may be stolen.
func ExampleEvent() {
	var reused atomic.Int64
	sessions := &session.Manager{
		RotateEvery: 15 * time.Minute,
		Events: func(ctx context.Context, e session.Event) {
			if e.Kind == session.EventReused {
				reused.Add(1)
				slog.WarnContext(ctx, "a session may be stolen", "handle", e.Handle, "subject", e.Subject)
			}
		},
	}
	http.Handle("/bank/", sessions.Wrap(http.NotFoundHandler()))
	// Output:
}
