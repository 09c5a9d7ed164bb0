//go:build dev

package inspect_test

import (
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/inspect"
)

func TestShort(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"int", "int"},
		{"example.com/shop/cart.Item", "cart.Item"},
		{"map[string]*example.com/shop/cart.Item", "map[string]*cart.Item"},
		{"example.com/a.List[example.com/b.T,[]c.d/e.U]", "a.List[b.T,[]e.U]"},
		{"func(example.com/a.T) example.com/b.U", "func(a.T) b.U"},
		{"gopkg.in/yaml%2ev3.Node", "yaml.v3.Node"},
		{"example.com/a.(*T).M.func1", "a.(*T).M.func1"},
		{"", ""},
	} {
		if got := inspect.Short(tt.name); got != tt.want {
			t.Errorf("Short(%q) is %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestNamedForSecret(t *testing.T) {
	for _, name := range []string{"Password", "Secret", "APIKey", "AccessToken", "Token", "Credentials", "password", "SecretToken", "PrivateKey", "DSN", "PIN", "JWT"} {
		if !inspect.NamedForSecret(name) {
			t.Errorf("a %s is none", name)
		}
	}
	for _, name := range []string{"PasswordHasher", "TokenBucket", "Session", "session", "UserSession", "SessionManager", "Order", "SecretStore", "CookieJar", "", "X", "ID"} {
		if inspect.NamedForSecret(name) {
			t.Errorf("a %s is one", name)
		}
	}
}

func TestIsText(t *testing.T) {
	for _, tt := range []struct {
		in   string
		cut  bool
		want bool
	}{
		{"plain\n\ttext", false, true},
		{"", false, true},
		{"grün", false, true},
		{"gr\xc3", true, true},
		{"gr\xc3", false, false},
		{"\x00\x01", false, false},
		{"a\x1b[31m", false, false},
		{"\xff\xfe", true, false},
	} {
		if got := inspect.IsText([]byte(tt.in), tt.cut); got != tt.want {
			t.Errorf("%q, cut %v: %v", tt.in, tt.cut, got)
		}
	}
}
