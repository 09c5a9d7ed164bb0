//go:build dev

package report_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
)

// full is a report in which every string is s.
func full(s string) *report.Report {
	r := new(report.Report)
	fill(reflect.ValueOf(r).Elem(), s, 8)
	// A dump is taken apart: what comes from outside is a function's name or a path.
	name := strings.ReplaceAll(s, "\n", " ")
	r.Goroutines = "goroutine 1 [running]:\n" + name + "(0x1)\n\t" + name + ":1 +0x2\n"
	return r
}

// steers reports whether a terminal could take text for commands, or people for something else.
func steers(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || 0x7f <= r && r < 0xa0 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
	})
}

var attacks = []string{
	`</title><script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onmouseover='alert(1)`,
	`javascript:alert(1)//`,
	`</pre></details><h1>`,
	`<!--`, `]]>`, `<![CDATA[`, `&lt;b&gt;`, `&#60;b>`, "\x00<b>", "<\x00b>", "\xff<b>", "\xc0\xbcb>",
	"\x1b]0;owned\x07\x1b[2J", "\u009b31m", "\x7f\x08\x08", "ab\u202edcba\u2066", "\r\nSet-Cookie: a=b",
	"```\n</pre>\n````", "`", "[a](javascript:b)", "@everyone #1",
	redact.Mask + `<b>` + redact.Mask,
	`{{.}}`, `%!s(MISSING)%n`,
}

// Whatever a string says, it stays a string: the elements of the page are the same as for
// one that says nothing.
func TestHostileStrings(t *testing.T) {
	for _, attack := range attacks {
		checkHostile(t, attack)
	}
}

func FuzzHostileStrings(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 1000 { // beyond, limits depend on what it is
			checkHostile(t, s)
		}
	})
}

func checkHostile(t *testing.T, s string) {
	t.Helper()
	r := full(s)
	page := render(t, r)
	tags, texts, err := skeleton(page)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	harmless := strings.Map(func(c rune) rune {
		if strings.ContainsRune(`<>&"'`, c) {
			return '~'
		}
		return c
	}, s)
	want, _, err := skeleton(render(t, full(harmless)))
	if err != nil || !slices.Equal(tags, want) {
		t.Fatalf("%q makes other elements than %q: %v\n%s", s, harmless, err, page)
	}
	for _, text := range texts {
		if steers(text) {
			t.Fatalf("%q: the page has %q", s, text)
		}
	}
	var text, problem bytes.Buffer
	r.Text(&text)
	r.JSON(&problem)
	for format, out := range map[string]string{"text": text.String(), "JSON": problem.String(), "Markdown": r.Markdown()} {
		if steers(out) {
			t.Errorf("%q: %s has %q", s, format, out)
		}
	}
	var back struct {
		Detail string
		Panic  struct{ Reason string }
	}
	if err := json.Unmarshal(problem.Bytes(), &back); err != nil || back.Detail != strings.ToValidUTF8(s, "\uFFFD") && utf8.ValidString(s) {
		t.Errorf("%q comes back from JSON as %q, %v", s, back.Detail, err)
	}
}

func render(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.HTML(&b, "NONCE"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "ZgotmplZ") {
		t.Error("html/template has refused something")
	}
	return b.String()
}
