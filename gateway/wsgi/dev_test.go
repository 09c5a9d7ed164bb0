//go:build dev

package wsgi_test

import (
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// What is left of a long traceback has no half lines beside the part that is missing.
func TestWholeLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"a\nb\n":                     "a\nb\n",
		"a\nhal\n[...]\nf line\nb\n": "a\n[...]\nb\n",
		"hal\n[...]\nf":              "[...]\n",
	} {
		if got := wsgi.WholeLines(text); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
	if got := wsgi.WholeLines(strings.Repeat("x", 100) + "\n[...]\n" + strings.Repeat("y", 100)); strings.ContainsAny(got, "xy") {
		t.Errorf("of two half lines there is %q", got)
	}
}
