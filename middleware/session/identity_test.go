package session_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// identitySite has a handler for each thing that happens to an identity.
func identitySite(t *testing.T, m *session.Manager) *client {
	return &client{h: m.Wrap(mux{
		"/fill": fill,
		"/show": show,
		"/set":  func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { _ = name.Set(s, "new") },
		"/login": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			want(t, "Renew", s.Renew(r.Context(), "alice"), nil)
		},
		"/logout": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			want(t, "Destroy", s.Destroy(r.Context()), nil)
		},
		"/logout-and-say-so": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			want(t, "Destroy", s.Destroy(r.Context()), nil)
			_ = name.Set(s, "signed out")
		},
		"/who": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			fmt.Fprintf(w, "%s %s", s.Subject(), s.Handle())
		},
	})}
}

// spec 16
func TestIdentity16_UnknownTokenIsNotAdopted(t *testing.T) {
	for _, kind := range []string{memory, gfiles} {
		t.Run(kind, func(t *testing.T) {
			var ev events
			store := newStore(t, kind)
			c := identitySite(t, &session.Manager{Store: store, Events: ev.add})
			c.get("/fill")
			planted := c.token() // a real token, of a session that then is gone
			c.clone().get("/logout")
			ev.kinds()
			c.get("/set")
			if got := ev.kinds(); !strings.Contains(got, "unknown") && !strings.Contains(got, "undecodable") {
				t.Errorf("events: %q", got)
			}
			want(t, "given a token of its own", c.token() != planted, true)
			thief := &client{h: c.h, cookies: map[string]string{"__Host-session": planted}}
			want(t, "who planted it sees", thief.get("/show").body, "")
		})
	}
}

// spec 16, on the session id that the store itself would keep.
func TestIdentity16_FilesystemStoreBlanked(t *testing.T) {
	store := sessions.NewFilesystemStore(t.TempDir(), []byte("an authentication key of 32 bytes"))
	c := identitySite(t, &session.Manager{Store: store})
	id := "PLANTEDPLANTEDPLANTED"
	token, err := store.Codecs[0].Encode("__Host-session", id)
	if err != nil {
		t.Fatal(err)
	}
	c.cookies = map[string]string{"__Host-session": token}
	c.get("/set")
	var got string
	if err := store.Codecs[0].Decode("__Host-session", c.token(), &got); err != nil || got == id || got == "" {
		t.Errorf("adopted %q (%v)", got, err)
	}
}

// trusting is a gorilla/sessions store that, as redistore does, keeps the ID of a cookie
// whose session it does not have.
type trusting struct {
	stored map[string]map[any]any
	next   int
}

func (s *trusting) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

func (s *trusting) New(r *http.Request, name string) (*sessions.Session, error) {
	gs := sessions.NewSession(s, name)
	gs.Options, gs.IsNew = nil, true
	if c, err := r.Cookie(name); err == nil {
		gs.ID = c.Value
	} else {
		gs.ID = "of all who have no cookie"
	}
	if v, ok := s.stored[gs.ID]; ok {
		gs.Values, gs.IsNew = maps.Clone(v), false
	}
	return gs, nil
}

func (s *trusting) Save(_ *http.Request, w http.ResponseWriter, gs *sessions.Session) error {
	if gs.Options.MaxAge < 0 {
		delete(s.stored, gs.ID)
		return nil
	}
	if gs.ID == "" {
		s.next++
		gs.ID = fmt.Sprint("id-", s.next)
	}
	s.stored[gs.ID] = maps.Clone(gs.Values)
	http.SetCookie(w, sessions.NewCookie(gs.Name(), gs.ID, gs.Options))
	return nil
}

// spec 16, on a store that would adopt anything.
func TestIdentity16_TrustingStore(t *testing.T) {
	store := &trusting{stored: make(map[string]map[any]any)}
	c := identitySite(t, &session.Manager{Store: store})
	c.cookies = map[string]string{"__Host-session": "planted"}
	want(t, "before", c.get("/show").body, "")
	c.get("/set")
	want(t, "token", c.token(), "id-1")
	want(t, "session", c.get("/show").body, "new")
	other := &client{h: c.h}
	other.get("/set")
	want(t, "token of another", other.token(), "id-2")
	old := c.clone()
	c.get("/login")
	want(t, "token after login", c.token(), "id-3")
	want(t, "the old one", old.get("/show").body, "")
	want(t, "the other", other.get("/show").body, "new")
	c.get("/logout")
	want(t, "stored", len(store.stored), 1)
}

// spec 17
func TestIdentity17_LoginRenews(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, kind string, m *session.Manager) {
		c := identitySite(t, m)
		c.get("/fill")
		before := c.clone()
		anonymous := c.get("/who").body
		c.get("/login")
		want(t, "a new token", c.token() != before.token(), true)
		want(t, "values stay", c.get("/show").body, "first")
		who := c.get("/who").body
		want(t, "subject", strings.HasPrefix(who, "alice "), true)
		want(t, "handle stays", strings.TrimPrefix(who, "alice") == anonymous, kind == memory)
		want(t, "the old token sees", before.get("/show").body, "")
		want(t, "the old token signs in", strings.HasPrefix(before.get("/who").body, "alice"), false)
		before.get("/logout")
		want(t, "whoever planted the old token signs out", strings.HasPrefix(c.get("/who").body, "alice "), true)
	})
}

// spec 17: without a session before.
func TestIdentity17_FirstLogin(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		var ev events
		m.Events = ev.add
		c := identitySite(t, m)
		c.get("/login")
		want(t, "signed in", strings.HasPrefix(c.get("/who").body, "alice "), true)
		if got := ev.kinds(); !strings.Contains(got, "created") || !strings.Contains(got, "renewed") {
			t.Errorf("events: %q", got)
		}
	})
}

// spec 18
func TestIdentity18_LogoutRefusesReplay(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, kind string, m *session.Manager) {
		var ev events
		m.Events = ev.add
		c := identitySite(t, m)
		c.get("/fill")
		early := c.clone()
		c.get("/login")
		stolen := c.clone()
		a := c.get("/logout")
		line := a.Header.Get("Set-Cookie")
		want(t, "the deletion carries nothing", strings.HasPrefix(line, "__Host-session=;"), true)
		want(t, "and deletes", strings.Contains(line, "Max-Age=0"), true)
		want(t, "the client holds", c.token(), "")
		want(t, "no-store", a.Header.Get("Cache-Control"), "no-store")
		ev.kinds()
		want(t, "a replay sees", stolen.get("/show").body, "")
		want(t, "events", ev.kinds(), map[string]string{memory: "unknown", cookie: "revoked", gcookie: "revoked", gfiles: "undecodable"}[kind])
		want(t, "a replay from before the login sees", early.get("/show").body, "")
		stolen.get("/set")
		want(t, "a replay writes to a session of its own", stolen.get("/who").body[:1], " ")
	})
}

// What is written after Destroy begins a new session.
func TestDestroyThenWrite(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		c := identitySite(t, m)
		c.get("/login")
		who, old := c.get("/who").body, c.clone()
		c.get("/logout-and-say-so")
		want(t, "new session", c.get("/show").body, "signed out")
		want(t, "signed in", c.get("/who").body[0], ' ')
		want(t, "same handle", strings.TrimPrefix(who, "alice") == c.get("/who").body, false)
		want(t, "old session", old.get("/show").body, "")
	})
}

// Destroy that the store does not take is no logout, and says so.
func TestDestroyFails(t *testing.T) {
	b := &watched{Backend: &session.Memory{}}
	m := &session.Manager{Store: session.NewServerStore(b)}
	c := client{h: m.Wrap(mux{"/fill": fill, "/show": show, "/logout": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		_ = s.Err()
		b.down.Store(true)
		_ = s.Destroy(r.Context())
		b.down.Store(false)
		fmt.Fprint(w, "signed out")
	}})}
	c.get("/fill")
	a := c.get("/logout")
	want(t, "status", a.StatusCode, 503)
	want(t, "cookies", len(a.Cookies()), 0)
	want(t, "still there", c.get("/show").body, "first")
}

// spec 19
func TestIdentity19_LimitsAreEnforced(t *testing.T) {
	for _, kind := range allKinds {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &session.Manager{Store: newStore(t, kind), IdleTimeout: time.Hour, Lifetime: 24 * time.Hour}
				m.Cookie.MaxAge = 30 * 24 * time.Hour
				c := identitySite(t, m)
				c.get("/fill")
				time.Sleep(59 * time.Minute)
				unused := c.clone()
				want(t, "within the idle time", c.get("/show").body, "first")
				time.Sleep(59 * time.Minute)
				want(t, "extended by use", c.get("/show").body, "first")
				if kind == cookie || kind == gcookie {
					want(t, "a copy that was not used", unused.get("/show").body, "")
				}
				for range 21 {
					time.Sleep(59 * time.Minute)
					want(t, "in constant use", c.get("/show").body, "first")
				}
				time.Sleep(59 * time.Minute)
				want(t, "past its lifetime", c.get("/show").body, "first")
				time.Sleep(30 * time.Minute)
				want(t, "past its lifetime", c.get("/show").body, "")

				c.get("/fill")
				time.Sleep(time.Hour)
				want(t, "idle for too long", c.get("/show").body, "")
			})
		})
	}
}

// spec 19: limits that were made shorter hold for sessions from before.
func TestIdentity19_ShorterLifetime(t *testing.T) {
	for _, kind := range allKinds {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newStore(t, kind)
				c := identitySite(t, &session.Manager{Store: store, IdleTimeout: 24 * time.Hour, Lifetime: 24 * time.Hour})
				c.get("/fill")
				c.h = identitySite(t, &session.Manager{Store: store, IdleTimeout: 24 * time.Hour, Lifetime: time.Hour}).h
				time.Sleep(time.Hour)
				want(t, "past", c.get("/show").body, "")
			})
		})
	}
}

// spec 19: signing in begins the lifetime anew.
func TestIdentity19_RenewRestartsLifetime(t *testing.T) {
	for _, kind := range allKinds {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := identitySite(t, &session.Manager{Store: newStore(t, kind), IdleTimeout: 24 * time.Hour, Lifetime: 24 * time.Hour})
				c.get("/fill")
				time.Sleep(20 * time.Hour)
				c.get("/login")
				time.Sleep(20 * time.Hour)
				want(t, "session", c.get("/show").body, "first")
				time.Sleep(5 * time.Hour)
				want(t, "session", c.get("/show").body, "")
			})
		})
	}
}

// spec 20
func TestIdentity20_BrowserSession(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		c := identitySite(t, m)
		line := c.get("/fill").Header.Get("Set-Cookie")
		want(t, "Max-Age", strings.Contains(line, "Max-Age"), false)
		want(t, "Expires", strings.Contains(line, "Expires"), false)
		want(t, "stored", c.get("/show").body, "first")
	})
}

// keeping is a Backend that shows what it keeps.
type keeping struct {
	session.Backend
	mu     sync.Mutex
	ids    []session.ID
	data   []string
	stored int
}

func (b *keeping) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids, b.data = append(b.ids, id), append(b.data, r.Data)
	version, err := b.Backend.Save(ctx, id, r)
	if err == nil {
		b.stored++
	}
	return version, err
}

// spec 21
func TestIdentity21_LeakedStoreSignsNobodyIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &keeping{Backend: &session.Memory{}}
		m := &session.Manager{Store: session.NewServerStore(b), RotateEvery: time.Minute}
		c := identitySite(t, m)
		c.get("/login")
		time.Sleep(time.Minute) // so that a record also has what a rotation leaves there
		c.get("/fill")
		id, sec, _ := strings.Cut(c.token(), ".")
		raw, _ := base64.RawURLEncoding.DecodeString(sec)
		want(t, "length of the secret", len(raw), 32)
		tried := 0
		for i, data := range b.data {
			if strings.Contains(data, string(raw)) || strings.Contains(data, sec) || strings.Contains(data, c.token()) {
				t.Error("the record holds the secret")
			}
			for from := 0; from+32 <= len(data); from++ { // every 32 bytes of it as the secret
				thief := identitySite(t, m)
				thief.cookies = map[string]string{"__Host-session": id + "." + base64.RawURLEncoding.EncodeToString([]byte(data[from:from+32]))}
				want(t, "thief", thief.get("/who").body, " ")
				tried++
			}
			if got := base64.RawURLEncoding.EncodeToString(b.ids[i][:]); strings.HasPrefix(got, id) {
				t.Error("the backend sees the public id")
			}
		}
		if tried < 100 {
			t.Errorf("only %d tries", tried)
		}
		want(t, "the owner", strings.HasPrefix(c.get("/who").body, "alice"), true)
	})
}

// The handle is public: with it alone, and in place of any part, nobody gets in.
func TestHandleIsNotAToken(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		var ev events
		m.Events = ev.add
		c := identitySite(t, m)
		c.get("/login")
		handle := strings.TrimPrefix(c.get("/who").body, "alice ")
		want(t, "length", len(handle), 22)
		want(t, "in events", ev.all[len(ev.all)-1].Handle, handle)
		for _, token := range []string{handle, handle + ".", handle + "." + strings.Repeat("A", 43)} {
			thief := identitySite(t, m)
			thief.cookies = map[string]string{"__Host-session": token}
			want(t, "thief", thief.get("/who").body, " ")
		}
	})
}
