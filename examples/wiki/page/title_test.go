package page_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/surcoat/surcoat/examples/wiki/page"
)

func TestParseTitle(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Welcome", "Welcome"},
		{"  two \t words ", "two words"},
		{"two_words", "two words"},
		{"e\u0301tude", "étude"},
		{"C++", "C++"},
		{"…and more?", ""},
		{"", ""},
		{"_", ""},
		{"..", ""},
		{".", ""},
		{"../../etc/passwd", ""},
		{`a\b`, ""},
		{"a|b", ""},
		{"a#b", ""},
		{"[a]", ""},
		{"<b>", ""},
		{"50%", ""},
		{"a\x00b", ""},
		{"a\x7fb", ""},
		{"a\u202eb", ""},
		{"a\u200bb", ""},
		{"a\xffb", ""},
		{"a\ufffdb", ""},
		{strings.Repeat("é", page.LongestTitle), strings.Repeat("é", page.LongestTitle)},
		{strings.Repeat("é", page.LongestTitle+1), ""},
	} {
		got, err := page.ParseTitle(c.in)
		if string(got) != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, page.ErrTitle) {
			t.Errorf("ParseTitle(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
	}
}

func TestTitlesOfOnePage(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Welcome", "welcome", true},
		{"Getting started", "getting_STARTED", true},
		{"Straße", "STRASSE", true},
		{"ÉTUDE", "e\u0301tude", true},
		{"Welcome", "Welcome!", false},
		{"ab", "a b", false},
	} {
		a, err := page.ParseTitle(c.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := page.ParseTitle(c.b)
		if err != nil {
			t.Fatal(err)
		}
		if (a.Key() == b.Key()) != c.same {
			t.Errorf("%q has the key %q, %q has %q; the same: %t", a, a.Key(), b, b.Key(), c.same)
		}
	}
}

func FuzzParseTitle(f *testing.F) {
	f.Add("Getting started")
	f.Add("a\u0344 ſ")
	f.Fuzz(func(t *testing.T, s string) {
		title, err := page.ParseTitle(s)
		if err != nil {
			return
		}
		if again, err := page.ParseTitle(string(title)); err != nil || again != title {
			t.Errorf("%q is read again as %q, %v", title, again, err)
		}
		if back, err := page.ParseTitle(title.Slug()); err != nil || back != title {
			t.Errorf("the slug %q is read as %q, %v", title.Slug(), back, err)
		}
		if !utf8.ValidString(title.Key()) || title.Key() == "" {
			t.Errorf("the key of %q is %q", title, title.Key())
		}
	})
}
