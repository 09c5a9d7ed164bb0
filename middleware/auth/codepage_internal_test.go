package auth

import (
	"testing"
	"time"
)

// FuzzParsePending: what can be read is what was written, and all that is written can be read.
func FuzzParsePending(f *testing.F) {
	f.Add("1 1700000000 3 true ada", "ada lovelace %")
	f.Add("1 0 0 f a%20b", "\x00\xff")
	f.Add("2 1 1 true ada", "")
	f.Fuzz(func(t *testing.T, text, name string) {
		if p, ok := parsePending(text); ok {
			if again, ok := parsePending(p.String()); !ok || again != p {
				t.Errorf("%q is %v, written again %v", text, p, again)
			}
		}
		p := pending{name, 7, time.Unix(1700000000, 0), true}
		if again, ok := parsePending(p.String()); ok != (name != "") || ok && again != p {
			t.Errorf("%v is read as %v, %v", p, again, ok)
		}
	})
}
