package session_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

var (
	name  = session.NewKey[string]("name")
	count = session.NewKey[int]("count")
)

// show writes what the session holds under "name".
func show(w http.ResponseWriter, _ *http.Request, s *session.Session) {
	v, _ := name.Get(s)
	fmt.Fprint(w, v)
}

// fill is what most tests start with: a session that exists.
func fill(_ http.ResponseWriter, _ *http.Request, s *session.Session) { _ = name.Set(s, "first") }

// spec 1
func TestResponse1_SetFlushWrite(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		eachProtocol(t, m.Wrap(mux{
			"/set": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				_ = name.Set(s, "alice")
				w.(http.Flusher).Flush()
				_, _ = io.WriteString(w, "page")
			},
			"/show": show,
		}), func(t *testing.T, c *client) {
			want(t, "body", c.get("/set").body, "page")
			want(t, "stored", c.get("/show").body, "alice")
		})
	})
}

// spec 2
func TestResponse2_EarlyHintsThenSet(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		eachProtocol(t, m.Wrap(mux{
			"/set": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				w.WriteHeader(http.StatusEarlyHints)
				_ = name.Set(s, "alice")
				_, _ = io.WriteString(w, "page")
			},
			"/show": show,
		}), func(t *testing.T, c *client) {
			r, hints := c.request("/set"), 0
			r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(code int, _ textproto.MIMEHeader) error { hints = code; return nil },
			}))
			want(t, "body", c.do(r).body, "page")
			want(t, "interim", hints, http.StatusEarlyHints)
			want(t, "stored", c.get("/show").body, "alice")
		})
	})
}

// spec 3
func TestResponse3_SetAfterTheFirstByte(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, kind string, m *session.Manager) {
		var got error
		eachProtocol(t, m.Wrap(mux{
			"/fill": fill,
			"/set": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				_, _ = io.WriteString(w, "page")
				got = name.Set(s, "late")
			},
			"/renew": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				_, _ = io.WriteString(w, "page")
				got = s.Renew(r.Context(), "alice")
			},
			"/show": show,
		}), func(t *testing.T, c *client) {
			want(t, "body", c.get("/set").body, "page")
			if !errors.Is(got, session.ErrHeaderSent) {
				t.Errorf("new session: got %v, want ErrHeaderSent", got)
			}
			c.get("/fill")
			token := c.token()
			want(t, "body", c.get("/set").body, "page")
			stored := "first"
			if kind == memory {
				stored = "late"
			}
			if (got == nil) != (kind == memory) || kind != memory && !errors.Is(got, session.ErrHeaderSent) {
				t.Errorf("existing session: got %v", got)
			}
			want(t, "stored", c.get("/show").body, stored)
			want(t, "token", c.token(), token)
			c.get("/renew")
			if !errors.Is(got, session.ErrHeaderSent) {
				t.Errorf("renew: got %v, want ErrHeaderSent", got)
			}
			want(t, "token after a late Renew", c.token(), token)
		})
	})
}

// spec 3: the error of a late write is that of the store.
func TestResponse3_LateWriteFails(t *testing.T) {
	b := &watched{Backend: &session.Memory{}}
	m := &session.Manager{Store: session.NewServerStore(b)}
	var got error
	c := client{h: m.Wrap(mux{"/fill": fill, "/set": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		show(w, nil, s)
		b.down.Store(true)
		got = name.Set(s, "late")
	}})}
	c.get("/fill")
	want(t, "body", c.get("/set").body, "first")
	if !errors.Is(got, errDown) {
		t.Errorf("got %v", got)
	}
}

// spec 5: the rest of it is middlewaretest's.
func TestResponse5_HijackStoresFirst(t *testing.T) {
	m := &session.Manager{}
	eachProtocol(t, m.Wrap(mux{
		"/fill": fill,
		"/show": show,
		"/hijack": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = name.Set(s, "hijacked")
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				http.Error(w, "no", http.StatusNotImplemented)
				return
			}
			defer conn.Close()
			_ = name.Set(s, "and later")
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		},
	}), func(t *testing.T, c *client) {
		c.get("/fill")
		if a := c.get("/hijack"); a.body == "ok" {
			want(t, "stored", c.get("/show").body, "and later")
		} else {
			want(t, "HTTP/2", a.StatusCode, http.StatusNotImplemented)
			want(t, "stored", c.get("/show").body, "hijacked")
		}
	})
}

// spec 5: a save that fails keeps the connection from being taken over.
func TestResponse5_HijackAfterFailure(t *testing.T) {
	m := &session.Manager{Store: failing{newStore(t, gfiles)}}
	eachProtocol(t, m.Wrap(mux{"/": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		_ = name.Set(s, "v")
		if _, _, err := w.(http.Hijacker).Hijack(); err == nil {
			t.Error("hijacked")
		}
	}}), func(t *testing.T, c *client) {
		want(t, "status", c.get("/").StatusCode, 503)
	})
}

// spec 6
func TestResponse6_OneSetCookie(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		eachProtocol(t, m.Wrap(mux{"/": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			http.SetCookie(w, &http.Cookie{Name: "__Host-session", Value: "stray"})
			http.SetCookie(w, &http.Cookie{Name: "other", Value: "kept"})
			_ = name.Set(s, "a")
			_ = s.Save(r.Context())
			_ = s.Renew(r.Context(), "alice")
			_ = name.Set(s, "b")
			_ = s.Save(r.Context())
		}}), func(t *testing.T, c *client) {
			a := c.get("/")
			want(t, "lines", len(a.Header["Set-Cookie"]), 2)
			want(t, "other", c.cookies["other"], "kept")
			want(t, "stray", c.cookies["__Host-session"] == "stray", false)
		})
	})
}

// spec 7
func TestResponse7_VaryAndNoStore(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		public := func(w http.ResponseWriter) {
			w.Header().Set("Cache-Control", "public, max-age=60")
			w.Header().Set("Vary", "Accept")
		}
		eachProtocol(t, m.Wrap(mux{
			"/untouched": func(w http.ResponseWriter, _ *http.Request, _ *session.Session) { public(w) },
			"/read":      func(w http.ResponseWriter, r *http.Request, s *session.Session) { public(w); show(w, r, s) },
			"/write":     func(w http.ResponseWriter, r *http.Request, s *session.Session) { public(w); fill(w, r, s) },
			"/noop":      func(w http.ResponseWriter, r *http.Request, s *session.Session) { public(w); _ = name.Delete(s) },
			"/keep": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				w.Header().Set("Cache-Control", "no-transform, No-Store")
				_ = name.Set(s, "other")
				_ = s.Renew(r.Context(), "")
			},
		}), func(t *testing.T, c *client) {
			for _, test := range []struct{ path, vary, cache string }{
				{"/untouched", "Accept", "public, max-age=60"},
				{"/read", "Accept Cookie", "public, max-age=60"},
				{"/noop", "Accept Cookie", "public, max-age=60"},
				{"/write", "Accept Cookie", "no-store"},
				{"/write", "Accept Cookie", "public, max-age=60"}, // the same again: nothing to store
				{"/read", "Accept Cookie", "public, max-age=60"},
				{"/untouched", "Accept", "public, max-age=60"},
				{"/keep", "Cookie", "no-transform, No-Store"},
			} {
				a := c.get(test.path)
				want(t, test.path+" Vary", strings.Join(a.Header["Vary"], " "), test.vary)
				want(t, test.path+" Cache-Control", a.Header.Get("Cache-Control"), test.cache)
				want(t, test.path+" no-store with Set-Cookie", strings.Contains(strings.ToLower(test.cache), "no-store"), len(a.Cookies()) > 0)
			}
		})
	})
}

// counting is a gorilla/sessions store that counts how often it is asked.
type counting struct {
	sessions.Store
	calls *int
}

func (s counting) New(r *http.Request, name string) (*sessions.Session, error) {
	*s.calls++
	return s.Store.New(r, name)
}

// spec 8
func TestResponse8_Untouched(t *testing.T) {
	b := &watched{Backend: &session.Memory{}}
	calls := 0
	for kind, store := range map[string]sessions.Store{
		memory: session.NewServerStore(b),
		gfiles: counting{newStore(t, gfiles), &calls},
	} {
		t.Run(kind, func(t *testing.T) {
			m := &session.Manager{Store: store}
			c := client{h: m.Wrap(mux{
				"/fill":      fill,
				"/untouched": func(w http.ResponseWriter, _ *http.Request, _ *session.Session) { fmt.Fprint(w, "page") },
			})}
			c.get("/fill")
			was, wasCalls := b.calls(), calls
			b.down.Store(true)
			defer b.down.Store(false)
			want(t, "body", c.get("/untouched").body, "page")
			want(t, "backend calls", b.calls(), was)
			want(t, "store calls", calls, wasCalls)
		})
	}
	t.Run("without a cookie nothing is loaded", func(t *testing.T) {
		b := &watched{Backend: &session.Memory{}}
		c := client{h: (&session.Manager{Store: session.NewServerStore(b)}).Wrap(mux{"/": show})}
		c.get("/")
		want(t, "backend calls", b.calls(), 0)
	})
}

// spec 9
func TestResponse9_Undecodable(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, kind string, m *session.Manager) {
		var ev events
		m.Events = ev.add
		h := m.Wrap(mux{"/fill": fill, "/show": show, "/set": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = name.Set(s, "new")
			fmt.Fprint(w, "page")
		}})
		c := client{h: h}
		c.get("/fill")
		good := c.token()
		for _, bad := range []string{
			"x", ".", strings.Repeat("A", 66), good[:len(good)-1], good + "A", good[1:], "\x80\xff", "%00",
			strings.Repeat("x", 1<<20), strings.ToUpper(good), newForeign(t, kind),
		} {
			c := client{h: h, cookies: map[string]string{"__Host-session": bad}}
			ev.kinds()
			for range 2 { // and not a failure each time either
				a := c.get("/show")
				want(t, "status", a.StatusCode, 200)
				want(t, "body", a.body, "")
			}
			if got := ev.kinds(); !strings.HasPrefix(got, "undecodable") && !strings.HasPrefix(got, "unknown") {
				t.Errorf("%.80q: events: %q", bad, got)
			}
			want(t, "set", c.get("/set").body, "page")
			want(t, "fresh session", c.get("/show").body, "new")
		}
	})
}

// newForeign returns a good token of another site.
func newForeign(t *testing.T, kind string) string {
	m := &session.Manager{Store: newStore(t, kind)}
	if kind == gcookie || kind == gfiles {
		m.Store = sessions.NewFilesystemStore(t.TempDir(), []byte("another authentication key"))
	}
	c := client{h: m.Wrap(mux{"/": fill})}
	c.get("/")
	return c.token()
}

// tampering is a Backend that changes what it returns.
type tampering struct {
	session.Backend
	change func(string) string
}

func (b *tampering) Load(ctx context.Context, id session.ID) (session.Record, error) {
	r, err := b.Backend.Load(ctx, id)
	if b.change != nil {
		r.Data = b.change(r.Data)
	}
	return r, err
}

// spec 9: a record that cannot be read, and one of a newer version.
func TestResponse9_UndecodableRecord(t *testing.T) {
	b := &tampering{Backend: &session.Memory{}}
	var ev events
	m := &session.Manager{Store: session.NewServerStore(b), Events: ev.add}
	h := m.Wrap(mux{"/fill": fill, "/show": show})
	for _, change := range []func(string) string{
		func(s string) string { return "\x02" + s[1:] },
		func(s string) string { return s[:len(s)-1] },
		func(s string) string { return s + "x" },
		func(string) string { return "" },
		func(s string) string { return s[:1] + "another public id" + s[18:] },
	} {
		b.change = nil
		c := client{h: h}
		c.get("/fill")
		b.change = change
		ev.kinds()
		a := c.get("/show")
		want(t, "status", a.StatusCode, 200)
		want(t, "body", a.body, "")
		want(t, "events", ev.kinds(), "undecodable")
		old := c.token()
		b.change = nil
		d := client{h: h, cookies: map[string]string{"__Host-session": old}}
		want(t, "still there", d.get("/show").body, "first")
	}
}

// spec 9: a value of another shape than the program now has.
func TestResponse9_UndecodableValue(t *testing.T) {
	var ev events
	m := &session.Manager{Events: ev.add}
	c := client{h: m.Wrap(mux{
		"/fill": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { _ = s.SetValue("count", "s3cret") },
		"/show": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			n, ok := count.Get(s)
			if err := s.Err(); err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("Err: %v", err)
			}
			err := count.Update(s, func(n int) int { return n + 1 }) // goes on from nothing
			m, _ := count.Get(s)
			fmt.Fprint(w, n, ok, err, m)
		},
	})}
	c.get("/fill")
	ev.kinds()
	want(t, "body", c.get("/show").body, "0 false <nil> 1")
	want(t, "events", ev.kinds(), "undecodable, undecodable")
}

// No buffering: what is written is there before the handler returns.
func TestResponseIsNotBuffered(t *testing.T) {
	m := &session.Manager{}
	seen := make(chan bool)
	eachProtocol(t, m.Wrap(mux{"/": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		_ = name.Set(s, "v")
		fmt.Fprintln(w, "line")
		w.(http.Flusher).Flush()
		select {
		case <-seen:
		case <-time.After(10 * time.Second):
			t.Error("the line did not arrive")
		}
	}}), func(t *testing.T, c *client) {
		res, err := c.http.Do(c.request("/"))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		line, _ := bufio.NewReader(res.Body).ReadString('\n')
		want(t, "line", line, "line\n")
		seen <- true
	})
}
