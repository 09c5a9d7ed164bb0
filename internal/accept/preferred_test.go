package accept_test

import (
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/accept"
)

var offered = []string{"zstd", "gzip", "br"}

func TestPreferred(t *testing.T) {
	for _, c := range []struct {
		lines string // divided by |
		want  string
	}{
		{"", ""},
		{"*", "zstd"},
		{"gzip", "gzip"},
		{"gzip, zstd", "zstd"},
		{"gzip, zstd;q=0.9", "gzip"},
		{"br;q=0.5|gzip;q=0.6", "gzip"},
		{"zstd;q=0, *", "gzip"},
		{"zstd;q=0, gzip;q=0, *;q=0.1", "br"},
		{"zstd;q=0|zstd", ""},
		{"X-Gzip", "gzip"},
		{"identity, gzip", "gzip"},
		{"identity, gzip;q=0.9", ""},
		{"*;q=0.5, gzip;q=0.1", "zstd"},
		{"zstd;q=0.1, gzip;q=0.1, br;q=0.1, *;q=0.5", ""},
		{"identity;q=0", ""},
		{"*;q=0", ""},
		{"zstd;q=x", ""},
		{"deflate", ""},
	} {
		got := ""
		if i := accept.Preferred(strings.Split(c.lines, "|"), offered); i >= 0 {
			got = offered[i]
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.lines, got, c.want)
		}
	}
	if accept.Preferred(nil, offered) != -1 || accept.Preferred([]string{"gzip"}, nil) != -1 {
		t.Error("something is preferred where nothing was said or offered")
	}
}

// FuzzPreferred holds the one pass over the lines to what one pass for each coding finds.
func FuzzPreferred(f *testing.F) {
	for _, s := range []string{"gzip, deflate, br, zstd", "*;q=0.5, gzip;q=0.1", "zstd;q=0, *", "x-gzip;q=0.3, GZIP", ";;,,=", "identity;q=0.5, *;q=0"} {
		f.Add(s, "br")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		lines := []string{one, two}
		want, best := -1, max(accept.Coding(lines, "identity"), 0)
		for i, coding := range offered {
			// A coding wins over identity at the same quality, an earlier one over a later.
			if q := accept.Coding(lines, coding); q > 0 && (q > best || q == best && want == -1) {
				want, best = i, q
			}
		}
		if got := accept.Preferred(lines, offered); got != want {
			t.Errorf("%q: %d, want %d", lines, got, want)
		}
	})
}
