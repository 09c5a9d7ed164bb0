package auth_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/totp"
)

// One's own layout gets the form's data, and keeps the headers.
func TestRender(t *testing.T) {
	s := newSite(t)
	s.pages.Render = func(w io.Writer, r *http.Request, f auth.Form) error {
		if f.Name == "fail" {
			_, _ = io.WriteString(w, "half a page")
			return errors.New("template: secret")
		}
		_, err := fmt.Fprintf(w, "%s|%s|%s|%s|%s", r.URL.Path, f.Kind, f.Name, f.Next, f.Problem)
		return err
	}
	h := s.pages.Login()
	r := request("GET", "/login?next=/a")
	w := answer(h, r)
	if w.Body.String() != "/login|login||/a|" || w.Header().Get("Content-Security-Policy") != "frame-ancestors 'none'" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", w.Body, w.Header())
	}
	post := postForm(t, "/login", url.Values{"name": {"fail"}, "password": {"x"}})
	if w := answer(h, post); w.Code != 500 || strings.Contains(w.Body.String(), "half") || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("a template that fails: %d %s", w.Code, w.Body)
	}
}

// A Render of one's own gets all that the built-in pages show, and never a password or a code.
func TestRenderGetsAll(t *testing.T) {
	w := newWorld(t)
	var f auth.Form
	w.pages.Render = func(_ io.Writer, _ *http.Request, of auth.Form) error { f = of; return nil }
	mux := http.NewServeMux()
	for path, h := range map[string]http.Handler{
		"/login": w.pages.Login(), "/logout": w.pages.Logout(), "/signup": w.pages.SignUp(), "/code": w.pages.Code(), "/forgot": w.pages.Forgot(),
		"/reset": w.pages.Reset(), "/confirm": w.pages.Confirm(), "/password": w.pages.Password(), "/email": w.pages.Email(),
		"/factor": w.pages.Factor(), "/tokens": w.pages.Tokens(),
	} {
		mux.Handle(path, h)
	}
	h := middlewareOf(w, mux)
	want := func(what string, ok bool) {
		t.Helper()
		if !ok || strings.Contains(fmt.Sprint(f), "hunter2") {
			t.Errorf("%s: %+v", what, f)
		}
	}
	b := newBrowser(t, direct{h}, origin)
	b.get("/login?next=/a")
	want("login", f.Kind == auth.LoginForm && f.Next == "/a" && f.AskRemember && f.SignUpURL == "/signup?next=%2Fa" && f.ForgotURL == "/forgot" && f.LoginURL == "")
	b.post("/login", "name", "ada", "password", "hunter2", "remember", "1", "next", "/a")
	want("login, wrong", f.Problem != "" && f.Name == "ada" && f.Remember && f.Next == "/a")
	b.get("/signup?next=/a")
	want("sign-up", f.Kind == auth.SignUpForm && f.AskEmail && f.Minimum == 8 && f.LoginURL == "/login?next=%2Fa")
	b.post("/signup", "name", "grace", "email", "grace@example.org", "password", "hunter")
	want("sign-up, weak", f.Field == "password" && f.Email == "grace@example.org" && f.Name == "grace")
	b.get("/logout")
	want("logout", f.Kind == auth.LogoutForm && !f.AskEverywhere && f.Name == "")
	b.post("/forgot", "name", "ada")
	want("forgot", f.Kind == auth.ForgotForm && f.Done && f.Problem == "" && f.LoginURL == "/login")
	w.address(t, "ada")
	token, _, _ := w.accounts.BeginReset(t.Context(), "ada")
	b.get("/reset?token=" + token)
	want("reset", f.Kind == auth.ResetForm && f.Token == token && f.Name == "ada" && !f.Done && f.Minimum == 8)
	b.get("/reset?token=x")
	want("reset, bad", f.Done && f.Problem != "" && f.Token == "" && f.ForgotURL == "/forgot")
	token, _ = w.accounts.SetEmail(t.Context(), "ada", "ada@example.com")
	b.get("/confirm?token=" + token)
	want("confirm", f.Kind == auth.ConfirmForm && f.Token == token && f.Email == "ada@example.com" && f.Name == "ada")
	b.signIn("ada")
	b.get("/logout")
	want("logout", f.AskEverywhere && f.Name == "ada")
	b.get("/password")
	want("password", f.Kind == auth.PasswordForm && f.Name == "ada" && f.Minimum == 8)
	b.post("/password", "current", "hunter2", "password", "hunter2")
	want("password, wrong", f.Field == "current" && f.Name == "ada")
	b.get("/email")
	want("email", f.Kind == auth.EmailForm && f.Email == "ada@example.com")
	b.get("/factor")
	want("factor", f.Kind == auth.FactorForm && !f.HasFactor && len(f.Key) > 30 && strings.HasPrefix(f.URI, "otpauth://"))
	key, err := totp.ParseKey(f.Key)
	if err != nil {
		t.Fatal(err)
	}
	b.post("/factor", "do", "set", "code", next(key))
	want("factor, set", f.HasFactor && f.Done && len(f.NewRecovery) == 10 && f.Key == "" && f.URI == "")
	recovery := f.NewRecovery
	b.get("/factor")
	want("factor, there", f.HasFactor && !f.Done && f.RecoveryCodes == 10 && f.NewRecovery == nil && f.Key == "")
	b.post("/tokens", "do", "new", "label", "backup", "days", "0", "scope", "read")
	want("tokens", f.Kind == auth.TokensForm && f.NewToken != "" && len(f.Tokens) == 1 && len(f.Scopes) == 2 && f.Label == "" && f.Days == 90)
	b.post("/tokens", "do", "new", "label", "backup", "days", "0")
	want("tokens, refused", f.NewToken == "" && f.Field == "scope" && f.Label == "backup" && f.Days == 0)
	b = newBrowser(t, direct{h}, origin)
	b.signIn("ada")
	b.get("/code?next=/a")
	want("code", f.Kind == auth.CodeForm && f.Next == "/a" && f.LoginURL == "/login?next=%2Fa" && !f.Done)
	b.post("/code", "code", recovery[0], "next", "/a")
	want("code, recovery", f.Done && f.RecoveryCodes == 9 && f.Next == "/a" && f.FactorURL == "/factor")
}
