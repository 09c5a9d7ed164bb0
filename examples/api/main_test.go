package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// ask returns the status, and the body or the challenge.
func ask(h http.Handler, method, token, body string) (int, string) {
	r := httptest.NewRequest(method, "/api/notes", strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if c := w.Header().Values("WWW-Authenticate"); len(c) > 0 {
		return w.Code, c[len(c)-1]
	}
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts := &auth.Accounts{Users: &auth.MemoryUsers{}}
		for _, name := range []string{"ada", "bob"} {
			if err := accounts.Users.Create(t.Context(), auth.User{Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		token := func(name string, scopes ...string) string {
			token, _, err := accounts.NewToken(context.Background(), name, "test", time.Time{}, scopes...)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		reader, writer, bob := token("ada", read), token("ada", write), token("bob")
		h := site(accounts)
		time.Sleep(time.Hour) // the tokens are old now
		fresh := token("ada")
		for _, tt := range []struct {
			name, method, token, body string
			status                    int
			want                      string // how the body or the challenge begins
		}{
			{"nobody", "GET", "", "", 401, `Bearer realm="notes"`},
			{"a made-up token", "GET", "notes_abc", "", 401, `Bearer realm="notes", error="invalid_token"`},
			{"to write with a token for reading", "POST", reader, `{"text":"x"}`, 403, `Bearer realm="notes", error="insufficient_scope", scope="notes:write"`},
			{"to write", "POST", writer, `{"text":"Buy milk"}`, 201, ""},
			{"to read with a token for writing", "GET", writer, "", 403, `Bearer realm="notes", error="insufficient_scope", scope="notes:read"`},
			{"to read", "GET", reader, "", 200, `[{"text":"Buy milk"`},
			{"another's notes", "GET", bob, "", 200, "[]"},
			{"no JSON", "POST", writer, "Buy milk", 400, `{"detail":"Send JSON`},
			{"an unknown field", "POST", writer, `{"txt":"x"}`, 400, `{"detail":"Send JSON`},
			{"empty", "POST", writer, `{}`, 422, `{"detail":"The note is empty.`},
			{"too large", "POST", writer, `{"text":"` + strings.Repeat("x", maxNote) + `"}`, 413, `{"detail":"A note has at most`},
			{"to delete with an old token", "DELETE", writer, "", 401, `Bearer realm="notes", error="insufficient_user_authentication", max_age="300"`},
			{"to delete", "DELETE", fresh, "", 204, ""},
			{"what is left", "GET", reader, "", 200, "[]"},
		} {
			if status, got := ask(h, tt.method, tt.token, tt.body); status != tt.status || !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s: %d %s, want %d %s", tt.name, status, got, tt.status, tt.want)
			}
		}
	})
}

// Every link of the start page leads to a page.
func TestPages(t *testing.T) {
	server := httptest.NewServer(site(&auth.Accounts{Users: &auth.MemoryUsers{}}))
	defer server.Close()
	for _, path := range []string{"/", "/login", "/logout", "/signup", "/tokens", "/factor"} {
		res, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if path == "/tokens" || path == "/factor" {
			if res.StatusCode != 401 { // not a browser's navigation
				t.Errorf("%s: %s", path, res.Status)
			}
		} else if res.StatusCode != 200 || !strings.Contains(string(body), "<h1>") {
			t.Errorf("%s: %s %s", path, res.Status, body)
		}
	}
}
