package auth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
)

// spec 24, of every page: nothing is looked up, sent or spent.
func TestAllPagesRefuseOtherSites(t *testing.T) {
	w := newWorld(t)
	w.address(t, "ada")
	onServers(t, w, func(t *testing.T, c *http.Client, base string) {
		b, pending := newBrowser(t, c.Transport, base), newBrowser(t, c.Transport, base)
		b.signIn("ada").is(303)
		w.user(t, auth.User{Name: base})
		key, _ := w.factor(t, base)
		pending.signIn(base).is(303, "/code")
		reset, _, _ := w.accounts.BeginReset(t.Context(), "ada")
		before := fmt.Sprint(w.lookup(t, "ada"), w.lookup(t, base))
		w.count.reset()
		for _, header := range [][]string{
			{"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"},
			{"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
			{"Sec-Fetch-Site", "", "Origin", "null"},
		} {
			for path, fields := range map[string][]string{
				"/login":    {"name", "ada", "password", "correct horse"},
				"/logout":   {"do", "everywhere"},
				"/signup":   {"name", "eve", "password", "correct horse", "email", "eve@example.org"},
				"/code":     {"code", next(key)},
				"/forgot":   {"name", "ada"},
				"/reset":    {"token", reset, "password", "tigers like tea"},
				"/confirm":  {"token", reset},
				"/password": {"current", "correct horse", "password", "tigers like tea"},
				"/email":    {"email", "eve@example.org"},
				"/factor":   {"do", "set", "code", "123456"},
				"/tokens":   {"do", "new", "label", "x", "days", "30", "scope", "read"},
			} {
				who := b
				if path == "/code" {
					who = pending
				}
				who.do("POST", path, fields, header...).is(403)
			}
		}
		b.wantWho("ada")
		pending.wantWho("nobody")
		if after := fmt.Sprint(w.lookup(t, "ada"), w.lookup(t, base)); after != before || w.count.all.Load() != 0 || len(w.mail.all()) != 0 {
			t.Errorf("%d operations, %d letters\n%s\n%s", w.count.all.Load(), len(w.mail.all()), before, after)
		}
		w.update(t, "ada", func(u *auth.User) { u.Secrets = nil })
	})
}

// spec 24: forms of other sites are refused, signed in or not, and cost nothing.
func TestPagesRefuseOtherSites(t *testing.T) {
	s := newSite(t)
	onServers(t, s, func(t *testing.T, c *http.Client, base string) {
		signedIn(t, s.guard, auth.Identity{Subject: "ada"})
		for _, signedIn := range []bool{true, false} {
			if !signedIn {
				s.state.values = nil
			}
			s.count.reset()
			renewed := s.state.renewed
			for _, path := range []string{"/login", "/logout", "/signup"} {
				for _, header := range [][]string{
					{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"},
					{"Sec-Fetch-Site", "same-site"},
					{"Origin", "https://evil.example"},
					{"Origin", "null"},
				} {
					fields := url.Values{"name": {"ada"}, "password": {"correct horse"}}
					resp, _ := send(t, c, postForm(t, base+path, fields, header...))
					if resp.StatusCode != 403 {
						t.Errorf("%s %v: %d, want 403", path, header, resp.StatusCode)
					}
				}
			}
			if s.state.renewed != renewed || s.count.all.Load() != 0 || (s.state.values != nil) != signedIn {
				t.Errorf("renewed %d, %d operations, state %v", s.state.renewed-renewed, s.count.all.Load(), s.state.values)
			}
		}
		same := postForm(t, base+"/login", url.Values{"name": {"ada"}, "password": {"correct horse"}}, "Sec-Fetch-Site", "same-origin", "Origin", base)
		if resp, _ := send(t, c, same); resp.StatusCode != 303 {
			t.Errorf("the site's own form: %d", resp.StatusCode)
		}
	})
}
