package main_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// The two lines are a token and what makes a server take it.
func TestTokenNew(t *testing.T) {
	o := run(t, "", "token", "new", "ada", "--label", "backup script", "--scope", "read write", "--expires", "90d", "--prefix", "acme")
	o.want(t, 0, "acme_", "")
	made, rest, _ := strings.Cut(o.out, "\n")
	var kept auth.Secret
	if err := json.Unmarshal([]byte(rest), &kept); err != nil {
		t.Fatal(err)
	}
	if life := time.Until(kept.Expires); kept.Label != "backup script" || strings.Contains(rest, made) || life > 90*24*time.Hour || life < 89*24*time.Hour {
		t.Errorf("kept %s", rest)
	}

	users := &auth.MemoryUsers{}
	if err := users.Create(context.Background(), auth.User{Name: "ada", Secrets: []auth.Secret{kept}}); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+made)
	bearer := &auth.Bearer{Accounts: &auth.Accounts{Users: users, TokenPrefix: "acme"}}
	id, err := bearer.Authenticate(httptest.NewRecorder(), r)
	if err != nil || id.Subject != "ada" || strings.Join(id.Scopes, " ") != "read write" {
		t.Errorf("the server says %+v, %v", id, err)
	}
}

func TestTokenCheck(t *testing.T) {
	made, _, _ := strings.Cut(run(t, "", "token", "new", "ada").out, "\n")
	for _, tt := range []struct {
		stdin    string
		status   int
		out, err string
	}{
		{made, 0, "a token of surcoat\n", ""},
		{" " + made + " \r\nmore", 0, "a token of surcoat\n", ""},
		{made + "a", 1, "no token\n", ""},
		{made[:len(made)-1], 1, "no token\n", ""},
		{"\n", 1, "no token\n", ""},
		{"", 1, "", "standard input is empty"},
	} {
		run(t, tt.stdin, "token", "check").want(t, tt.status, tt.out, tt.err)
	}
	run(t, "", "token", "new", "a\tb").want(t, 2, "", "cannot be a user's name")
}
