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

// script writes a file of that name.
func script(t testing.TB, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPython(t *testing.T) {
	text := "import os\n\ndef f(x):\n\treturn g(x, 100) # \"the\" rest\n\ny = f'''two\nlines'''\n"
	rd := source.NewReader(redact.New(nil))
	file := script(t, "a.py", text)
	lines := rd.Python(file, 4, 1, "return g(x, 100) # \"the\" rest")
	if len(lines) != 3 || lines[0].Number != 3 || !lines[1].Hot {
		t.Fatalf("got %v", lines)
	}
	if got, want := fmt.Sprint(lines[1].Spans), `[{ 	} {k return} {  } {f g} { (} { x} { ,} {  } {n 100} { )} {  } {c # "the" rest}]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := rd.Python(file, 7, 0, "lines'''"); len(got) != 1 || fmt.Sprint(got[0].Spans) != "[{s lines'''}]" {
		t.Errorf("got %v", got)
	}
}

// A traceback is another program's text: it gets nobody to show a file that is not Python's, or not
// what was quoted.
func TestPythonUnasked(t *testing.T) {
	text := "first line\nx = 1\n"
	for _, tt := range []struct {
		why, name, text, quoted string
		shown                   bool
	}{
		{"as quoted", "a.py", text, "x = 1", true},
		{"with blanks around", "a.py", "first\n\t x = 1 \r\n", "x = 1", true},
		{"no name, but a first line", "fails.cgi", "#!/usr/bin/env python3\nx = 1\n", "x = 1", true},
		{"of another interpreter", "fails.cgi", "#!/bin/sh\nx = 1\n", "x = 1", false},
		{"not Python", "passwd", text, "x = 1", false},
		{"another line", "a.py", text, "x = 2", false},
		{"nothing quoted", "a.py", text, "", false},
		{"masked in part", "a.py", "first\nlogin('planted')\n", "login('REDACTED')", true},
		{"masked, another line", "a.py", "first\nsignup('planted')\n", "login('REDACTED')", false},
		{"all of it masked", "a.py", text, "REDACTED", false},
		{"too large", "a.py", "first\nx = 1\n" + strings.Repeat("#\n", 3<<20), "x = 1", false},
	} {
		lines := source.NewReader(redact.New(nil)).Python(script(t, tt.name, tt.text), 2, 1, tt.quoted)
		if (len(lines) > 0) != tt.shown {
			t.Errorf("%s: %v", tt.why, lines)
		}
	}
	rd := source.NewReader(redact.New(nil))
	for _, file := range []string{"a.py", "/proc/kmsg", "/proc/self/environ", "/dev/zero", t.TempDir(), "/nowhere.py", "\x00.py"} {
		if lines := rd.Python(file, 1, 1, "x = 1"); lines != nil {
			t.Errorf("%s: %v", file, lines)
		}
	}
}

// What stands beside a secret's name is masked, in all the ways in which Python spells it.
func TestPythonSecrets(t *testing.T) {
	red := redact.New(nil)
	red.Taint("tainted-value")
	for _, line := range []string{
		`API_KEY = "planted"`, `api_key = b'planted'`, `d = {"password": "planted"}`, `login(user="ada", password="planted")`,
		`password = ("planted"` + "\n" + `  "planted")`, `password = """planted` + "\n" + `planted"""`, `pin = 77345612; password = 77345612`,
		`# the password: planted`, `x = "tainted-value"`, `os.environ["SHOP_TOKEN"] = "planted"`, `secret = "planted`, `password: str = "planted"`,
	} {
		file := script(t, "a.py", line+"\nlast = 'harmless'\n")
		var shown strings.Builder
		for _, l := range source.NewReader(red).Python(file, strings.Count(line, "\n")+2, 9, "last = 'harmless'") {
			shown.WriteString(l.String() + "\n")
		}
		text := shown.String()
		if strings.Contains(text, "planted") || strings.Contains(text, "77345612") && strings.Count(text, "77345612") > 1 || strings.Contains(text, "tainted") ||
			!strings.Contains(text, "REDACTED") || !strings.Contains(text, "harmless") {
			t.Errorf("%s\nis shown as\n%s", line, text)
		}
	}
}

// What holds no secret is shown as it is, whether it is Python or not.
func FuzzPython(f *testing.F) {
	for _, text := range []string{"", "x = '\n", "\"\"\"", "f'{a[\"b\"]}'", "é = '—' # ·\n\t—\n", "\\\n\\", "0x1f.e_3", ")]}", "'''\\"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := script(t, "a.py", text+"\nlast = 1\n")
		n := strings.Count(text, "\n") + 2
		lines := source.NewReader(redact.New(nil)).Python(file, n, n, "last = 1")
		if lines == nil && strings.Count(text, "'''")+strings.Count(text, `"""`)+strings.Count(text, `\`) == 0 {
			t.Fatalf("%q: nothing", text)
		}
		var shown []string
		for _, l := range lines {
			shown = append(shown, l.String())
		}
		want := strings.Split(text+"\nlast = 1", "\n")
		for i := range shown { // a CR within a line may be missing
			if i < len(want) && strings.ReplaceAll(shown[i], "\r", "") != strings.ReplaceAll(want[i], "\r", "") && !strings.Contains(shown[i], redact.Mask) {
				t.Fatalf("%q: line %d is %q", text, i+1, shown[i])
			}
		}
	})
}
