package session_test

import (
	"encoding/gob"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

type registered struct{ N int }

func init() { gob.Register(registered{}) }

func TestCodec(t *testing.T) {
	c := session.NewCodec(newKeyring(t))
	for _, value := range []any{
		"", "an id", strings.Repeat("x", 10000),
		map[any]any{},
		map[any]any{"a": "b", "": ""},
		map[any]any{"a": "b", 1: 2, "r": registered{3}, "_gob": "not ours", "f": []any{"flash"}},
		registered{7},
		42,
		[]string{"a"},
	} {
		token, err := c.Encode("name", value)
		if err != nil {
			t.Errorf("%v: %v", value, err)
			continue
		}
		got := reflect.New(reflect.TypeOf(value))
		if err := c.Decode("name", token, got.Interface()); err != nil || !reflect.DeepEqual(got.Elem().Interface(), value) {
			t.Errorf("got %v, %v, want %v", got.Elem(), err, value)
		}
		if err := c.Decode("other", token, got.Interface()); err == nil {
			t.Error("opened under another name")
		}
		if err := c.Decode("name", token, new(bool)); err == nil {
			t.Error("decoded as another type")
		}
		if s, ok := value.(string); ok && len(s) > 3 && strings.Contains(token, s[:4]) {
			t.Error("readable")
		}
	}
}

func TestCodecErrors(t *testing.T) {
	c := session.NewCodec(newKeyring(t))
	var coded securecookie.Error
	_, err := c.Encode("name", func() {})
	if !errors.As(err, &coded) || !coded.IsUsage() || coded.IsDecode() || coded.IsInternal() || !errors.Is(err, session.ErrEncode) || coded.Cause() == nil {
		t.Errorf("Encode: %v", err)
	}
	if _, err = c.Encode("name", map[any]any{"f": func() {}}); !errors.Is(err, session.ErrEncode) {
		t.Errorf("Encode: %v", err)
	}
	var s string
	if err = c.Decode("name", "forged", &s); !errors.As(err, &coded) || coded.IsUsage() || !coded.IsDecode() {
		t.Errorf("Decode: %v", err)
	}
}

func TestCodecMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := session.NewCodec(newKeyring(t))
		c.MaxAge = time.Hour
		token, _ := c.Encode("name", "v")
		var s string
		time.Sleep(time.Hour)
		want(t, "in time", c.Decode("name", token, &s), nil)
		time.Sleep(time.Second)
		want(t, "too late", c.Decode("name", token, &s) != nil, true)
	})
}

// Every bit counts.
func TestCodecTampering(t *testing.T) {
	c := session.NewCodec(newKeyring(t))
	token, _ := c.Encode("name", "v")
	for i := range token {
		for _, r := range []string{"A", "b", "_", "", ".", "="} {
			changed := token[:i] + r + token[i+1:]
			var s string
			if changed != token && c.Decode("name", changed, &s) == nil {
				t.Errorf("%q opened", changed)
			}
		}
	}
}

// The codec inside gorilla's stores, and those stores inside a Manager.
func TestCodecInGorillaStores(t *testing.T) {
	codec := session.NewCodec(newKeyring(t))
	files := sessions.NewFilesystemStore(t.TempDir(), []byte("replaced"))
	files.Codecs = []securecookie.Codec{codec}
	cookies := sessions.NewCookieStore([]byte("replaced"))
	cookies.Codecs = files.Codecs
	for what, store := range map[string]sessions.Store{"files": files, "cookies": cookies} {
		c := client{h: (&session.Manager{Store: store}).Wrap(mux{"/fill": fill, "/show": show})}
		c.get("/fill")
		want(t, what, c.get("/show").body, "first")
	}
}

// gorillaSite uses a store directly, as a program written for gorilla/sessions does.
func gorillaSite(t *testing.T, store sessions.Store) *client {
	return &client{h: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, "gorilla")
		if err != nil {
			t.Log(err)
		}
		switch r.URL.Path {
		case "/set":
			s.Values["name"], s.Values[7], s.Values["r"] = "first", "seven", registered{3}
			s.AddFlash("hello")
		case "/show":
			if n, _ := s.Values["name"].(string); !s.IsNew {
				_, _ = w.Write([]byte(n))
				want(t, "values", s.Values[7] == "seven" && s.Values["r"] == registered{3}, true)
			}
			return
		case "/end":
			s.Options.MaxAge = -1
		}
		if err := s.Save(r, w); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})}
}

// Our stores are gorilla stores: they work without a Manager.
func TestStoresWithoutManager(t *testing.T) {
	for _, kind := range []string{memory, cookie} {
		t.Run(kind, func(t *testing.T) {
			c := gorillaSite(t, newStore(t, kind))
			a := c.get("/set")
			want(t, "set", a.StatusCode, 200)
			for _, attr := range []string{"HttpOnly", "Secure", "SameSite=Lax"} {
				want(t, attr, strings.Contains(a.Header.Get("Set-Cookie"), attr), true)
			}
			want(t, "show", c.get("/show").body, "first")
			c.get("/set")
			want(t, "show", c.get("/show").body, "first")
			old := c.clone()
			c.get("/end")
			want(t, "ended", c.get("/show").body, "")
			if kind == memory {
				want(t, "replayed", old.get("/show").body, "")
				want(t, "not brought back", old.get("/set").StatusCode, 200)
				want(t, "but new", old.get("/show").body, "first")
			}
			for _, bad := range []string{"x", strings.Repeat("A", 22) + "." + strings.Repeat("A", 43)} {
				want(t, "forged", (&client{h: c.h, cookies: map[string]string{"gorilla": bad}}).get("/show").body, "")
			}
		})
	}
}

// A session that was removed while a request held it stays removed.
func TestServerStoreWithoutManagerNoZombie(t *testing.T) {
	b := &watched{Backend: &session.Memory{}}
	store := session.NewServerStore(b)
	c := gorillaSite(t, store)
	c.get("/set")
	r := c.request("/")
	s, err := store.Get(r, "gorilla")
	if err != nil || s.IsNew {
		t.Fatal(s, err)
	}
	c.get("/end")
	if err := store.Save(r, httptest.NewRecorder(), s); !errors.Is(err, session.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	b.down.Store(true)
	if _, err := store.New(r, "gorilla"); !errors.Is(err, errDown) {
		t.Errorf("got %v, want the backend's error", err)
	}
}

// FuzzCodec holds Decode to refusing whatever Encode did not make.
func FuzzCodec(f *testing.F) {
	c := session.NewCodec(newKeyring(f))
	good, _ := c.Encode("name", "v")
	f.Add(good)
	f.Add(good[1:])
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		var s string
		var m map[any]any
		var i int
		if c.Decode("name", token, &s) == nil && token != good || c.Decode("name", token, &m) == nil || c.Decode("name", token, &i) == nil {
			t.Errorf("%q opened", token)
		}
	})
}
