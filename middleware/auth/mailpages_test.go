package auth_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// Signing up with an address, the letter, and the link in it.
func TestSignUpConfirms(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.get("/signup").is(200, `type="email"`, `autocomplete="email"`)
	for _, email := range []string{"", "grace", "grace@example.org\r\nBcc: all@example.org", "Grace <grace@example.org>"} {
		b.post("/signup", "name", "grace", "email", email, "password", "correct horse").
			is(422, "not an address", `aria-describedby="problem"`, `value="grace"`)
	}
	b.post("/signup", "name", "grace", "email", "grace@example.org", "password", "correct horse", "next", "/private").is(303, "/private")
	b.wantWho("grace")
	if b.cookie("__Host-device") == "" {
		t.Error("strangers who guess at the name keep its owner out")
	}
	m := w.mail.letter(t, 1)
	if m.To != "grace@example.org" || m.Subject != "Please confirm your address for Notes" || strings.Contains(m.Text, "grace") && !strings.Contains(m.Text, "token=") {
		t.Errorf("%+v", m)
	}
	link := w.mail.link(t, 1)
	stranger := w.browser(t) // a program that looks at mail
	stranger.get(link).is(200, "grace@example.org", "<strong>grace</strong>")
	stranger.do("HEAD", link, nil).is(200)
	if u := w.lookup(t, "grace"); u.Confirmed || u.Email != "grace@example.org" {
		t.Errorf("before the button: %q %v", u.Email, u.Confirmed)
	}
	phone := w.browser(t) // signed in or not
	page := phone.get(link).is(200, `method="post"`)
	phone.post(link, "token", page.field("token")).is(200, "grace@example.org", "is confirmed").lacks("<form")
	if !w.lookup(t, "grace").Confirmed {
		t.Error("not confirmed")
	}
	phone.wantWho("nobody")
	phone.post(link, "token", page.field("token")).is(410, "no longer good", "all is well")
	phone.get(link).is(410, "no longer good").lacks("grace@example.org", "<form")
}

// Confirm and Reset take no link but a good one.
func TestBadLinks(t *testing.T) {
	w := newWorld(t)
	w.address(t, "ada")
	confirm, _ := w.accounts.SetEmail(t.Context(), "ada", "ada@example.com")
	b := w.browser(t)
	for _, token := range []string{"", "x", "YWRh.AAAA", confirm[:len(confirm)-1] + "_", strings.Repeat("a", 9000), "<script>"} {
		for _, path := range []string{"/reset", "/confirm"} {
			b.get(path+"?token="+url.QueryEscape(token)).is(410, "no longer good").lacks("<script>", "<form")
			b.post(path, "token", token, "password", "tigers like tea").is(410, "no longer good")
		}
	}
	b.get("/reset?token="+confirm).is(410, `href="/forgot"`)
	b.post("/reset", "token", confirm, "password", "tigers like tea").is(410)
	w.update(t, "ada", func(u *auth.User) { u.Email = "ada@example.net" })
	b.get("/confirm?token=" + confirm).is(410) // of another address than there is now
	w.users.set(&w.users.deaf, true)
	b.get("/confirm?token=" + confirm).is(503)
	b.get("/reset?token=" + confirm).is(503)
}

// spec 31: whether or not there is such an account, the answer is the same to a byte, and
// comes although the store does not.
func TestForgotIsAlike(t *testing.T) {
	w := newWorld(t)
	w.address(t, "ada")
	w.user(t, auth.User{Name: "bob", Email: "bob@example.org"})
	w.user(t, auth.User{Name: "eve", Email: "eve@example.org", Confirmed: true, Disabled: true})
	w.users.set(&w.users.wait, true)
	onServers(t, w, func(t *testing.T, c *http.Client, base string) {
		var first *answered
		for _, name := range []string{"nobody", "ada", "bob", "eve", "a\x00b", strings.Repeat("x", 5000), "<b>"} {
			a := newBrowser(t, c.Transport, base).post("/forgot", "name", name).is(200, "If there is an account")
			a.h.Del("Date")
			if first == nil {
				first = a
			}
			if a.body != first.body || !maps.EqualFunc(a.h, first.h, func(x, y []string) bool { return fmt.Sprint(x) == fmt.Sprint(y) }) {
				t.Errorf("%.20q: %v\n%s\nwant %v\n%s", name, a.h, a.body, first.h, first.body)
			}
		}
		newBrowser(t, c.Transport, base).post("/forgot", "name", "").is(422, "enter your name")
	})
}

// One letter a minute for each account, and a few answers for each before one has to wait;
// for those that there are not, as well.
func TestForgotIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.address(t, "ada")
		b := w.browser(t)
		for _, name := range []string{"ada", "nobody"} {
			for range 5 {
				b.post("/forgot", "name", name).is(200)
				synctest.Wait()
			}
			a := b.post("/forgot", "name", name).is(429, "asked for too often", `role="alert"`)
			if a.h.Get("Retry-After") != "1" {
				t.Errorf("%s: Retry-After %q", name, a.h.Get("Retry-After"))
			}
		}
		if n := len(w.mail.all()); n != 1 {
			t.Errorf("%d letters", n)
		}
		time.Sleep(time.Minute)
		b.post("/forgot", "name", "ada").is(200)
		synctest.Wait()
		if n := len(w.mail.all()); n != 2 {
			t.Errorf("a minute later: %d letters", n)
		}
		status := 0
		for i := range 200 { // one network, many names
			if status = b.post("/forgot", "name", fmt.Sprint("name ", i)).code; status == 429 {
				break
			}
		}
		if status != 429 {
			t.Error("a network asks without end")
		}
	})
}

// From the lost password to another one: it ends all that began with the old one, signs nobody
// in, and leaves the second factor needed.
func TestResetJourney(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.address(t, "ada")
		key, _ := w.factor(t, "ada")
		laptop := w.browser(t)
		laptop.signIn("ada", "remember", "1").is(303, "/code")
		laptop.post("/code", "code", next(key)).is(303, "/")
		laptop.wantWho("ada")

		b := w.browser(t)
		b.get("/login").is(200, `href="/forgot"`)
		b.get("/forgot").is(200, `autocomplete="username"`)
		b.post("/forgot", "name", "ada").is(200, "on its way")
		link := w.mail.link(t, 1)
		if m := w.mail.letter(t, 1); m.To != "ada@example.org" || !strings.Contains(m.Text, "ada") {
			t.Errorf("%+v", m)
		}
		page := b.get(link).is(200, `autocomplete="new-password"`, `value="ada" autocomplete="username"`, `minlength="8"`)
		token := page.field("token")
		b.post(link, "token", token, "name", "ada", "password", "short").
			is(422, "at least 8 characters", `value="`+token+`"`, `value="ada" autocomplete="username"`, `aria-describedby="hint problem"`).lacks("short\"")
		laptop.wantWho("ada")
		b.post(link, "token", token, "password", "tigers like tea").is(200, "signed out everywhere", `href="/login"`).lacks("<form")
		b.wantWho("nobody")
		laptop.wantWho("nobody")
		time.Sleep(24 * time.Hour) // nor does the remembered device bring anybody back
		laptop.wantWho("nobody")
		b.get(link).is(410, "no longer good", `href="/forgot"`, `href="/login"`)
		b.post(link, "token", token, "password", "lions like coffee").is(410)
		b.signIn("ada").is(422)
		b.post("/login", "name", "ada", "password", "tigers like tea").is(303, "/code")
		b.wantWho("nobody")
		b.post("/code", "code", next(key)).is(303, "/")
		b.wantWho("ada")
	})
}

// Links begin with Pages.Origin, whatever a request says of its host.
func TestLinksAreOfOrigin(t *testing.T) {
	w := newWorld(t)
	w.address(t, "ada")
	onServers(t, w, func(t *testing.T, c *http.Client, base string) {
		w.update(t, "ada", func(u *auth.User) { u.Secrets = nil })
		n := len(w.mail.all())
		form := postForm(t, base+"/forgot", url.Values{"name": {"ada"}}, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example", "Origin", "https://evil.example", "Sec-Fetch-Site", "same-origin")
		form.Host = "evil.example"
		if resp, _ := send(t, c, form); resp.StatusCode != 200 {
			t.Fatal(resp.Status)
		}
		form = postForm(t, base+"/signup", url.Values{"name": {strings.ReplaceAll(t.Name(), "/", " ")}, "password": {"correct horse"}, "email": {"bob@example.org"}})
		form.Host = "evil.example"
		if resp, _ := send(t, c, form); resp.StatusCode != 303 {
			t.Fatal(resp.Status)
		}
		for i := range 2 {
			if m := w.mail.letter(t, n+1+i); strings.Contains(m.Text, "evil") || !strings.Contains(m.Text, "\n"+origin+"/") {
				t.Errorf("%s", m.Text)
			}
		}
	})
}

// A Mailer that fails, or panics, is the log's business, without the link.
func TestMailerFails(t *testing.T) {
	for name, send := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return errors.New("no route") },
		"panic": func(context.Context) error { panic("no route") },
		"hangs": func(ctx context.Context) error { <-ctx.Done(); return errors.New("no route") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.address(t, "ada")
				w.mail.send = send
				w.browser(t).post("/forgot", "name", "ada").is(200)
				time.Sleep(time.Minute) // and then it has ended
				synctest.Wait()
				log := w.log.String()
				if !strings.Contains(log, "no route") || !strings.Contains(log, "kind=reset user=ada") || strings.Contains(log, "token") {
					t.Errorf("log: %s", log)
				}
			})
		})
	}
}

// So is a user store that panics when a letter is prepared, where no server would catch it.
func TestForgotWhereTheStorePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.address(t, "ada")
		w.users.first = func() { panic("no disk") }
		w.browser(t).post("/forgot", "name", "ada").is(200)
		synctest.Wait()
		if log := w.log.String(); !strings.Contains(log, "no disk") || !strings.Contains(log, "kind=reset") {
			t.Errorf("log: %s", log)
		}
	})
}

// Letters that are under way are bounded; Forgot answers as ever, who is signed in is told.
func TestMailIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.accounts.Throttle = lenient()
		w.mail.send = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		b := w.browser(t)
		b.signIn("ada").is(303)
		for i := range 16 {
			b.post("/email", "email", fmt.Sprintf("ada%d@example.org", i)).is(200, "A link has been sent")
		}
		b.post("/email", "email", "ada@example.org").is(503)
		w.address(t, "ada")
		for range 17 {
			b.post("/forgot", "name", "ada").is(200, "on its way")
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.mail.send = nil
		b.post("/email", "email", "ada@example.org").is(200)
		w.mail.letter(t, 1)
	})
}

// One address gets a few letters, whoever asks: then there is neither letter nor account.
func TestSignUpIsLimited(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.browser(t).post("/signup", "name", fmt.Sprint("user ", i), "email", "victim@example.org", "password", "correct horse").is(303)
	}
	a := w.browser(t).post("/signup", "name", "one more", "email", "Victim@example.org", "password", "correct horse").
		is(429, "asked for too often", `value="one more"`, `value="Victim@example.org"`)
	if a.h.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if _, err := w.users.Lookup(t.Context(), "one more"); !errors.Is(err, auth.ErrNoUser) {
		t.Error("there is an account")
	}
	w.browser(t).post("/signup", "name", "ada", "email", "other@example.org", "password", "wrong").is(422, "has that name already")
}

// Many accounts from one network take long.
func TestSignUpOfANetwork(t *testing.T) {
	w := newWorld(t)
	w.pages.Mailer = nil
	h := middlewareOf(w, w.pages.SignUp())
	w.count.reset()
	for i := range 51 {
		want := 303
		if i == 50 {
			want = 429
		}
		newBrowser(t, direct{h}, origin).post("/signup", "name", fmt.Sprint("user ", i), "password", "correct horse").is(want)
	}
	if n := w.count.all.Load(); n != 50 {
		t.Errorf("%d hashes", n)
	}
}

// A button that is pressed twice makes one account, and signs in all the same.
func TestSignUpTwice(t *testing.T) {
	w := newWorld(t)
	fields := []string{"name", "grace", "email", "grace@example.org", "password", "correct horse", "next", "/private"}
	w.browser(t).post("/signup", fields...).is(303, "/private")
	b := w.browser(t) // the first answer never came
	b.post("/signup", fields...).is(303, "/private")
	b.wantWho("grace")
	w.mail.letter(t, 1)
	_, _ = w.factor(t, "grace")
	b = w.browser(t)
	b.post("/signup", fields...).is(303, "/code?next=%2Fprivate") // no way around it
	b.wantWho("nobody")
}

// An account whose address could not be kept is there all the same, and says so in the log.
func TestSignUpWithoutMail(t *testing.T) {
	w := newWorld(t)
	w.users.set(&w.users.mute, true)
	b := w.browser(t)
	b.post("/signup", "name", "grace", "email", "grace@example.org", "password", "correct horse").is(303, "/")
	b.wantWho("grace")
	if !strings.Contains(w.log.String(), "got no mail to confirm") {
		t.Error(w.log.String())
	}
}

func TestMailWords(t *testing.T) {
	w := newWorld(t)
	w.pages.Compose = func(kind auth.SecretKind, u auth.User, link string) auth.Mail {
		return auth.Mail{Subject: string(kind), Text: u.Name + " " + link}
	}
	w.pages.ResetPath = "/account?do=reset"
	w.address(t, "ada")
	h := middlewareOf(w, w.pages.Forgot())
	newBrowser(t, direct{h}, origin).post("/forgot", "name", "ada").is(200)
	m := w.mail.letter(t, 1)
	if m.To != "ada@example.org" || m.Subject != "reset" || !strings.HasPrefix(m.Text, "ada "+origin+"/account?do=reset&token=") {
		t.Errorf("%+v", m)
	}
}
