package auth_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
)

// spec 28: what must stay secret is in no log, no error and no answer, whatever goes wrong.
func TestSecretsStaySecret(t *testing.T) {
	const pass = "correct-horse-battery"
	accounts, _ := newCounted(t, "ada", pass)
	var own bytes.Buffer
	accounts.Logger = slog.New(slog.NewTextHandler(&own, nil))
	u, _ := accounts.Users.Lookup(t.Context(), "ada")
	damaged := "$argon2id$v=19$m=9,t=0,p=1$c29tZXNhbHRzb21lc2FsdA$c2VjcmV0c2VjcmV0c2VjcmV0"
	_ = accounts.Users.Create(t.Context(), auth.User{Name: "damaged", Hash: damaged})
	_ = accounts.Users.Create(t.Context(), auth.User{Name: "old", Hash: bcryptOf(t, pass)})
	accounts.Users = &watched{Users: accounts.Users, updateErr: errStore}

	st := &state{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}, &auth.Basic{Accounts: accounts}}}
	pages := &auth.Pages{Guard: guard, Accounts: accounts}
	fields := func(name string) url.Values { return url.Values{"name": {name}, "password": {pass}} }
	var answers bytes.Buffer
	log := logged(t, func() {
		down := &state{fail: errStore}
		broken := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: down.from}}}
		for _, tt := range []struct {
			h http.Handler
			r *http.Request
		}{
			{guard.Wrap(who{}), request("GET", "/", "Authorization", basic("ada:"+pass))},
			{guard.Wrap(who{}), request("GET", "/", "Authorization", basic("grace:"+pass))},
			{guard.Wrap(who{}), request("GET", "/", "Authorization", basic("damaged:"+pass))},
			{guard.Wrap(who{}), request("GET", "/", "Authorization", basic("old:"+pass))},
			{guard.Wrap(who{}), request("GET", "/", "Authorization", basic("ada:"+pass), "Authorization", basic("ada:"+pass))},
			{guard.Wrap(who{}), request("POST", "/", "Authorization", basic("ada:"+pass), "Sec-Fetch-Site", "cross-site")},
			{broken.Wrap(who{}), request("GET", "/", "Cookie", "session="+pass)},
			{pages.Login(), postForm(t, "/login", fields("damaged"))},
			{pages.Login(), postForm(t, "/login", fields("grace"))},
			{pages.SignUp(), postForm(t, "/signup", fields("ada"))},
			{(&auth.Pages{Guard: broken, Accounts: accounts}).Login(), postForm(t, "/login", fields("ada"), "Cookie", "session="+pass)},
		} {
			w := answer(tt.h, tt.r)
			_ = w.Result().Header.Write(&answers)
			answers.Write(w.Body.Bytes())
		}
	})
	if !strings.Contains(own.String(), "cannot be used") || !strings.Contains(own.String(), "could not be stored") || !strings.Contains(log, "status=503") {
		t.Errorf("the faults were not logged:\n%s\n%s", own.String(), log)
	}
	_, credential, _ := strings.Cut(basic("ada:"+pass), " ")
	for what, secret := range map[string]string{
		"password": pass, "header": credential[4:20], "hash": u.Hash[20:], "damaged hash": damaged[10:], "salt": "c29tZXNhbHRz", "bcrypt": "$2a$",
	} {
		for where, text := range map[string]string{"log": log, "Accounts.Logger": own.String(), "an answer": answers.String()} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %s", what, where)
			}
		}
	}
}
