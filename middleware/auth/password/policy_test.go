package password_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth/password"
)

// spec 16: NIST SP 800-63B-4 §3.1.1.2.
func TestPolicy(t *testing.T) {
	leaked := func(_ context.Context, p string) (bool, error) { return p == "iloveyoumorethanever", nil }
	single := password.Policy{Blocked: leaked}
	second := password.Policy{Minimum: 8}
	for _, tt := range []struct {
		name string
		p    password.Policy
		pass string
		want error
	}{
		{"15 characters", single, "tigers like tea", nil},
		{"14 characters", single, "tigers eat tea", password.ErrTooShort},
		{"15 letters of one case", single, "tigerslikeblues", nil},
		{"15 characters, not bytes", single, "тигры любят чай", nil},
		{"14 characters, 26 bytes", single, "тигры пьют чай", password.ErrTooShort},
		{"64 characters", single, strings.Repeat("abcd efg", 8), nil},
		{"1 KiB", single, strings.Repeat("tea for tigers! ", 64), nil},
		{"over 1 KiB", single, strings.Repeat("tea for tigers! ", 64) + "x", password.ErrTooLong},
		{"8 with a second factor", second, "tigertea", nil},
		{"7 with a second factor", second, "tigerte", password.ErrTooShort},
		{"never fewer than 8", password.Policy{Minimum: 4}, "tigerte", password.ErrTooShort},
		{"blocked", single, "iloveyoumorethanever", password.ErrGuessable},
		{"one character", single, "aaaaaaaaaaaaaaaaaaaa", password.ErrGuessable},
		{"a row of digits", single, "123456789012345", password.ErrGuessable},
		{"a row of digits, back", single, "098765432109876", password.ErrGuessable},
		{"a row of keys", second, "qwertyui", password.ErrGuessable},
		{"Password", second, "Password", password.ErrGuessable},
		{"the name and little else", single, "AdaLovelace1815", password.ErrGuessable},
		{"the site's name, twice", single, "surcoat surcoat", password.ErrGuessable},
		{"the name and much else", single, "adalovelace likes tea", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.p.Check(t.Context(), tt.pass, "adalovelace", "surcoat", "ad"); !errors.Is(err, tt.want) {
				t.Errorf("Check(%q) = %v, want %v", tt.pass, err, tt.want)
			}
		})
	}
}

func TestPolicyListDown(t *testing.T) {
	down := errors.New("list down")
	p := password.Policy{Blocked: func(context.Context, string) (bool, error) { return false, down }}
	if err := p.Check(t.Context(), "tigers like blues"); !errors.Is(err, down) {
		t.Errorf("Check = %v; a list that cannot be asked must not let a password pass", err)
	}
}
