//go:build dev

package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
)

func write(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// all returns every line of text as it would be shown.
func all(t testing.TB, red *redact.Redactor, text string) string {
	var shown []string
	for _, l := range source.NewReader(red).Around(write(t, text), 1, 1<<20) {
		shown = append(shown, l.String())
	}
	return strings.Join(shown, "\n")
}

func TestAround(t *testing.T) {
	text := "package p\n\nfunc f() {\n\tg(1) /* two\nlines */\n}\n"
	rd := source.NewReader(redact.New(nil))
	name := write(t, text)
	lines := rd.Around(name, 4, 1)
	if len(lines) != 3 || lines[0].Number != 3 || !lines[1].Hot || lines[0].Hot || lines[2].String() != "lines */" {
		t.Fatalf("got %v", lines)
	}
	if got, want := fmt.Sprint(lines[1].Spans), "[{ \t} {f g} { (} {n 1} { )} {  } {c /* two}]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, n := range []int{0, -1, 99} {
		if got := rd.Around(name, n, 5); got != nil {
			t.Errorf("line %d is %v", n, got)
		}
	}
	if got := rd.Around(filepath.Join(t.TempDir(), "none.go"), 1, 5); got != nil {
		t.Errorf("a file that is not there has %v", got)
	}
	if got := rd.Around(t.TempDir(), 1, 5); got != nil {
		t.Errorf("a folder has %v", got)
	}
}

// What holds no secret is shown as it is, whether it compiles or not.
func TestFaithful(t *testing.T) {
	for _, text := range []string{"", "package p", "package p\r\n\r\nvar a = `x\r\ny`\r\n", "func (\x00 \"open\n'", "// é\n\tvar ü = 'ß' // 日本\n", "#!/bin/sh\n@@@"} {
		want := strings.ReplaceAll(text, "\r\n", "\n")
		if got := all(t, redact.New(nil), text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	self, err := os.ReadFile("lines.go")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(all(t, redact.New(nil), string(self)), "\n")
	for i, line := range strings.Split(string(self), "\n") {
		if got[i] != line && !strings.Contains(got[i], redact.Mask) {
			t.Errorf("line %d: %q became %q", i+1, line, got[i])
		}
	}
}

// spec 7: secrets in source lines.
func TestMasked(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\nMIIEvQ\nIBADAN\n-----END PRIVATE KEY-----"
	for _, tt := range []struct{ in, want string }{
		{`apiKey := "abcdef"`, `apiKey := "REDACTED"`},
		{`password := "abc" + "def"`, `password := "REDACTED" + "REDACTED"`},
		{"password := \"abc\" +\n\t\"def\"\nname := \"ada\"", "password := \"REDACTED\" +\n\t\"REDACTED\"\nname := \"ada\""},
		{`m := map[string]string{"password": "abcdef", "n": "x"}`, `m := map[string]string{"password": "REDACTED", "n": "x"}`},
		{"u := User{\n\tPassword: \"abcdef\",\n\tName: \"ada\",\n}", "u := User{\n\tPassword: \"REDACTED\",\n\tName: \"ada\",\n}"},
		{`r.Header.Set("Authorization", "abcdef")`, `r.Header.Set("Authorization", "REDACTED")`},
		{`f("x", "ghp_0123456789abcdefghij")`, `f("x", "REDACTED")`},
		{`// password: abcdef`, `// password: REDACTED`},
		{`dial("postgres://ada:abc@db/x")`, `dial("postgres://ada:REDACTED@db/x")`},
		{"k := `" + key + "`\nf()", "k := `REDACTED`\n\n\n\nf()"},
		{`token := next()`, `token := next()`},
		{`if password == "" {`, `if password == "" {`},
		{`r.FormValue("name")`, `r.FormValue("name")`},
		{`os.Setenv("SHOP_TOKEN", "abcdef")`, `os.Setenv("SHOP_TOKEN", "REDACTED")`},
		{`r.SetBasicAuth("ada", "abcdef")`, `r.SetBasicAuth("REDACTED", "REDACTED")`},
		{`f(User{PIN: 4711, Age: 4711}, maxTokens[12])`, `f(User{PIN: REDACTED, Age: 4711}, maxTokens[12])`},
		{`log.Print("tainted-value", 482913)`, `log.Print("REDACTED", REDACTED)`},
	} {
		red := redact.New(nil)
		red.Taint("tainted-value")
		red.Taint("482913")
		if got := all(t, red, tt.in); got != tt.want {
			t.Errorf("%q\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

// A key is masked also where only its middle shows.
func TestMaskedInTheMiddle(t *testing.T) {
	name := write(t, "k := `-----BEGIN PRIVATE KEY-----\nMIIEvQ\nIBADAN\n-----END PRIVATE KEY-----`\n")
	for _, l := range source.NewReader(redact.New(nil)).Around(name, 3, 0) {
		if s := l.String(); strings.Contains(s, "IBADAN") {
			t.Errorf("line 3 shows %q", s)
		}
	}
}

// Lines keep their numbers and tainted values stay hidden, whatever the source is.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"package p\n", "\"", "`\n\n", "/*\n", "// x\r\n", "'\\", "\xff\xfe", "a\n\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const secret = "zq7Kx9-vw31"
		red := redact.New(nil)
		red.Taint(secret)
		text += "\"" + secret + "\"\n"
		shown := all(t, red, text)
		if got, want := strings.Count(shown, "\n"), strings.Count(text, "\n"); got != want {
			t.Errorf("%d line ends became %d: %q", want, got, shown)
		}
		if strings.Contains(shown, secret) {
			t.Errorf("shown: %q", shown)
		}
	})
}
