package doctor_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor"
)

func TestRecognise(t *testing.T) {
	for _, tt := range []struct{ out, want string }{
		{"Traceback (most recent call last):\n  File \"/a.py\", line 3, in <module>\n    f()\n  File \"/b.py\", line 7, in f\n    return 1/0\n           ~^~\nZeroDivisionError: division by zero\n", "ZeroDivisionError: division by zero, /b.py:7"},
		{"  File \"/a.py\", line 2\n    print 'x'\n    ^^^^^^^^^\nSyntaxError: Missing parentheses\n", "SyntaxError: Missing parentheses, /a.py:2"},
		{"Traceback (most recent call last):\n  File \"/a.py\", line 3, in <module>\nKeyboardInterrupt\n", "KeyboardInterrupt, /a.py:3"},
		{"Traceback (most recent call last):\n  File \"/a.py\", line 3, in <module>\nmy.app.Oops: no\n", "my.app.Oops: no, /a.py:3"},
		{"Can't locate Foo/Bar.pm in @INC (you may need to install the Foo::Bar module) (@INC entries checked: /etc/perl) at /a.pl line 2.\nBEGIN failed--compilation aborted at /a.pl line 2.\n", "Can't locate Foo/Bar.pm in @INC (you may need to install the Foo::Bar module) (@INC entries checked: /etc/perl), /a.pl:2"},
		{"no database at /a.pl line 9, <STDIN> line 1.\n", "no database, /a.pl:9"},
		{"/a.sh: 3: nosuch: not found\n", "nosuch: not found, /a.sh:3"},
		{"/a.sh: line 3: nosuch: command not found\n", "nosuch: command not found, /a.sh:3"},
		{"/a.rb:3:in `<main>': undefined method (NoMethodError)\n", "undefined method (NoMethodError), /a.rb:3"},
		{"PHP Fatal error:  Uncaught Error in /a.php:3\nStack trace:\n", "Fatal error:  Uncaught Error, /a.php:3"},
		{"PHP Parse error:  syntax error, unexpected '}' in /a.php on line 5\r\n", "Parse error:  syntax error, unexpected '}', /a.php:5"},
		{"warming up\n", ""},
		{"Content-Type: text/html\n\n<p>open at 9\n", ""},
		{"", ""},
	} {
		got := ""
		if text, file, line := doctor.Recognise(tt.out); text != "" {
			got = fmt.Sprintf("%s, %s:%d", text, file, line)
		}
		if got != tt.want {
			t.Errorf("%q:\n%s, want\n%s", tt.out, got, tt.want)
		}
	}
}

// The report has the exception, the line that failed, and what helps.
func TestFailedText(t *testing.T) {
	as(t)
	w := newWard(t)
	for _, tt := range []struct{ name, needs, content, text, evidence, fix string }{
		{"zero", "/usr/bin/python3", "#!/usr/bin/python3\nx = 0\nprint(1 / x)\n", "ZeroDivisionError: division by zero", "zero:3: print(1 / x)", "at the line"},
		{"module", "/usr/bin/python3", "#!/usr/bin/python3\nimport flusk\n", "No module named 'flusk'", "module:2: import flusk", "Install flusk"},
		{"perl", "/usr/bin/perl", "#!/usr/bin/perl\nuse No::Such;\n", "Can't locate No/Such.pm", "perl:2: use No::Such;", "Install No::Such for the Perl"},
		{"sh", "/bin/sh", "#!/bin/sh\nnosuch\n", "nosuch: not found", "sh:2: nosuch", "full path of nosuch"},
		{"python-by-sh", "/bin/sh", "#!/bin/sh\nimport os\nprint(1)\n", "", "", "seems to be Python"},
	} {
		if _, err := exec.LookPath(tt.needs); err != nil {
			t.Logf("NOT TESTED: there is no %s", tt.needs)
			continue
		}
		r := examine(t, w.put(tt.name, tt.content, 0o755), doctor.Options{})
		if len(r.Findings) != 1 {
			t.Errorf("%s: %s", tt.name, r)
			continue
		}
		f := r.Findings[0]
		if !strings.Contains(f.Text, tt.text) || !strings.Contains(f.Evidence, tt.evidence) || !strings.Contains(f.Fix, tt.fix) {
			t.Errorf("%s: %+v", tt.name, f)
		}
		if r.Ran == nil || r.Ran.Stderr == "" || !strings.Contains(r.String(), "standard error") {
			t.Errorf("%s: what it said is not told: %s", tt.name, r)
		}
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{"/a/b.py": "/a/b.py", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'", "~": "'~'", "a\nb": "'a\nb'"} {
		if got := doctor.Quote(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestServerOf(t *testing.T) {
	for text, want := range map[string]string{
		"server.modules = ( \"mod_cgi\" )\n":    "lighttpd",
		"# x\n  cgi.assign += ( \"\" => \"\" )": "lighttpd",
		"events {\n}\nhttp {\n}\n":              "nginx",
		"server {\n listen 80;\n}\n":            "nginx",
		"Listen 80\n<Directory />\n":            "apache",
		"":                                      "apache",
	} {
		if got := doctor.ServerOf("/etc/x.conf", text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add("Traceback (most recent call last):\n  File \"/a.py\", line 3\nKeyError: 'x'\n")
	f.Add("/a.sh: 3: nosuch: not found\n")
	f.Fuzz(func(t *testing.T, out string) {
		text, _, line := doctor.Recognise(out)
		if line < 0 || strings.Contains(text, "\n") {
			t.Errorf("%q, %d", text, line)
		}
	})
}
