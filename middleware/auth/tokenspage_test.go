package auth_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var tokenIn = regexp.MustCompile(`<code class="key">([a-z2-7_]+)</code>`)

// Tokens are made, shown once, listed, good for what was ticked, and taken back.
func TestTokensPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := w.browser(t)
		b.signIn("ada").is(303)
		b.get("/tokens").is(200, "Read notes", `value="read"`, `<option value="90" selected>`).lacks("Take back")
		page := b.post("/tokens", "do", "new", "label", `backup "nightly" <b>`, "days", "30", "scope", "read").
			is(200, "not shown again", html.EscapeString(`backup "nightly" <b>`), "read, made", "good until", "not used yet")
		token := tokenIn.FindStringSubmatch(page.body)
		if token == nil {
			t.Fatal(page.body)
		}
		b.get("/tokens").is(200, "Take back").lacks(token[1])

		program := w.browser(t)
		use := func(path string) *answered {
			return program.do("GET", path, nil, "Authorization", "Bearer "+token[1], "Accept", "*/*")
		}
		use("/read").is(200, "ada")
		use("/write").is(403)
		b.get("/tokens").is(200, "last used")
		time.Sleep(30*24*time.Hour + time.Second)
		use("/read").is(401)

		b.signIn("ada").is(303)
		b.get("/tokens").lacks("Take back")
		page = b.post("/tokens", "do", "new", "label", "for ever", "days", "0", "scope", "read", "scope", "write").is(200, "read, write, made", "good for ever")
		token = tokenIn.FindStringSubmatch(page.body)
		use("/write").is(200, "ada")
		id := page.field("id")
		mallory := w.browser(t)
		mallory.post("/signup", "name", "mallory", "email", "mallory@example.org", "password", "correct horse").is(303)
		mallory.post("/tokens", "do", "revoke", "id", id).is(200)
		use("/write").is(200)
		b.post("/tokens", "do", "revoke", "id", id).is(200).lacks("Take back")
		use("/write").is(401)
		b.post("/tokens", "do", "revoke", "id", id).is(200) // twice
		b.post("/tokens", "do", "nonsense").is(200)
		b.post("/password", "current", "correct horse", "password", "tigers like tea").is(200)
	})
}

// What is refused makes no token, and keeps what was entered.
func TestTokensPageRefuses(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.signIn("ada").is(303)
	for _, tt := range []struct{ label, days, scope, want string }{
		{"", "30", "read", "what the token is for"},
		{"  ", "30", "read", `name="label" value="" required maxlength="100" autocomplete="off" aria-invalid="true" aria-describedby="problem" autofocus`},
		{strings.Repeat("ü", 101), "30", "read", "in a few words"},
		{"a\nb", "30", "read", "in a few words"},
		{"a\xffb", "30", "read", "in a few words"},
		{"backup", "30", "", `<fieldset aria-describedby="problem">`},
		{"backup", "365", "", `<option value="365" selected>`},
		{"backup", "30", "", `value="backup"`},
		{"backup", "30", "admin", "from what is offered"},
		{"backup", "", "read", `name="days" aria-invalid="true" aria-describedby="problem"`},
		{"backup", "-1", "read", "how long"},
		{"backup", "99999999999999999999", "read", "how long"},
		{"backup", "3651", "read", "how long"},
	} {
		fields := []string{"do", "new", "label", tt.label, "days", tt.days}
		if tt.scope != "" {
			fields = append(fields, "scope", tt.scope)
		}
		b.post("/tokens", fields...).is(422, tt.want).lacks("not shown again")
	}
	if n := len(w.lookup(t, "ada").Secrets); n != 0 {
		t.Errorf("%d tokens", n)
	}
	for range 100 {
		_, _ = newToken(t, w.accounts, "ada")
	}
	first := w.lookup(t, "ada").Secrets[0].ID
	b.post("/tokens", "do", "new", "label", "one more", "days", "30", "scope", "read").is(422, "100 tokens already", `value="one more"`)
	if w.lookup(t, "ada").Secrets[0].ID != first {
		t.Error("the oldest went without anybody having said so")
	}
}

func TestTokensPageDown(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.signIn("ada").is(303)
	w.users.set(&w.users.mute, true)
	b.post("/tokens", "do", "new", "label", "backup", "days", "30", "scope", "read").is(503)
	b.post("/tokens", "do", "revoke", "id", "x").is(503)
	w.users.set(&w.users.deaf, true)
	b.get("/tokens").is(503)
}
