package fieldline_test

import (
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
)

func TestValid(t *testing.T) {
	for _, test := range []struct {
		s                 string
		name, host, value bool
	}{
		{"", false, true, true},
		{"X-A", true, true, true},
		{"x_y", true, true, true},
		{"a b", false, false, true},
		{"a:1", false, true, true},
		{"[::1]:80", false, true, true},
		{"a/b", false, false, true},
		{"a\tb", false, false, true},
		{"é", false, false, true},
		{"a\rb", false, false, false},
		{"a\nb", false, false, false},
		{"a\x00b", false, false, false},
		{"a\x7fb", false, false, false},
	} {
		if got := fieldline.ValidName(test.s); got != test.name {
			t.Errorf("ValidName(%q) = %v", test.s, got)
		}
		if got := fieldline.ValidHost(test.s); got != test.host {
			t.Errorf("ValidHost(%q) = %v", test.s, got)
		}
		if got := fieldline.ValidValue(test.s); got != test.value {
			t.Errorf("ValidValue(%q) = %v", test.s, got)
		}
	}
}

func TestValue(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"plain":                "plain",
		" \tspaced ":           "spaced",
		"a\r\nSet-Cookie: b=c": "a  Set-Cookie: b=c",
		"a\x00b\n":             "a b",
	} {
		if got := fieldline.Value(in); got != want {
			t.Errorf("Value(%q) = %q, want %q", in, got, want)
		}
	}
}
