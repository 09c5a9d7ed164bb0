package shebang_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor/internal/shebang"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ head, want string }{
		{"#!/bin/sh\necho", `"/bin/sh" ""`},
		{"#!/bin/sh", `"/bin/sh" ""`},
		{"#! \t/bin/sh \t-e \nx", `"/bin/sh" "-e"`},
		{"#!/bin/sh -e -u\n", `"/bin/sh" "-e -u"`},
		{"#!/bin/sh\r\n", `"/bin/sh\r" ""`},
		{"#!/bin/sh -e\r\n", `"/bin/sh" "-e\r"`},
		{"#!/bin/sh\x00-e\n", `"/bin/sh" ""`},
		{"#!\n", `"" ""`},
		{"#!", `"" ""`},
		{"#!  \n", `"" ""`},
		{"#!sh\n", `"sh" ""`},
		{"#!/" + strings.Repeat("a", 253) + "\n", fmt.Sprintf(`%q ""`, "/"+strings.Repeat("a", 252)) + " cut broken"},
		{"#!/" + strings.Repeat("a", 252) + "\n", fmt.Sprintf(`%q ""`, "/"+strings.Repeat("a", 252))},
		{"#!/a " + strings.Repeat("b", 300) + "\n", fmt.Sprintf(`"/a" %q cut`, strings.Repeat("b", 250))},
		{" #!/bin/sh\n", "no"},
		{"#", "no"},
		{"", "no"},
	} {
		l, ok := shebang.Parse([]byte(tt.head))
		got := "no"
		if ok {
			got = fmt.Sprintf("%q %q", l.Interpreter, l.Argument)
			if l.Cut {
				got += " cut"
			}
			if l.Broken {
				got += " broken"
			}
		}
		if got != tt.want {
			t.Errorf("%.60q: %s, want %s", tt.head, got, tt.want)
		}
	}
}

func TestEnv(t *testing.T) {
	for _, tt := range []struct{ argument, want string }{
		{"python3", "python3 []"},
		{"python3 -u", "python3 [-u] needs -S"},
		{"-S python3 -u", "python3 [-u]"},
		{"-Spython3 -u", "python3 [-u]"},
		{"-S python3 '-c x'", "python3 [-c x]"},
		{"--split-string=python3 -u", "python3 [-u]"},
		{"--split-string python3", "python3 []"},
		{"-vS python3", "python3 []"},
		{"-S -i A=1 PATH=/opt python3", "python3 [] PATH=/opt"},
		{"-S -u LANG python3", "python3 []"},
		{"-i python3", "python3 [] needs -S"},
		{"-i", " []"},
		{"-S", " []"},
		{"", " []"},
		{"A=1", " []"},
		{"-S -u", " []"},
		{"''", " []"},
	} {
		e, ok := shebang.Line{Interpreter: "/usr/bin/env", Argument: tt.argument}.Env()
		got := fmt.Sprintf("%s %v", e.Program, e.Args)
		if e.Path != "" {
			got += " PATH=" + e.Path
		}
		if e.NeedsSplit {
			got += " needs -S"
		}
		if !ok || got != tt.want {
			t.Errorf("%q: %s, want %s", tt.argument, got, tt.want)
		}
	}
	if _, ok := (shebang.Line{Interpreter: "/bin/sh"}).Env(); ok {
		t.Error("sh is env")
	}
}

// The kernel reads lines in the same way: a program prints the arguments that it is given.
func TestParseKernel(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: Linux only")
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "s")
	for _, rest := range []string{"", " ", " a", " a b", "\ta \t", " a\tb ", " " + strings.Repeat("x", 200), " a\r", " '", " a\x00b", strings.Repeat(" ", 300) + "x"} {
		head := "#!/bin/echo" + rest + "\n"
		if err := os.WriteFile(script, []byte(head), 0o755); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), script).Output()
		l, _ := shebang.Parse([]byte(head))
		want := script + "\n"
		if l.Argument != "" {
			want = l.Argument + " " + want
		}
		if err != nil || string(out) != want {
			t.Errorf("%q: the kernel makes %q, %v of it, and it is read as %q", head, out, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("#!/usr/bin/env -S python3 -u\n"))
	f.Add([]byte("#! \t\x00\r"))
	f.Fuzz(func(t *testing.T, head []byte) {
		l, ok := shebang.Parse(head)
		if ok != strings.HasPrefix(string(head), "#!") {
			t.Fatal(ok)
		}
		if strings.ContainsAny(l.Interpreter, " \t\n\x00") || len(l.Interpreter)+len(l.Argument) > shebang.Max || l.Broken && !l.Cut || strings.Contains(l.Base(), "/") {
			t.Errorf("%+v", l)
		}
		l.Interpreter = "env"
		e, _ := l.Env()
		if len(e.Program) > len(l.Argument) {
			t.Errorf("%+v", e)
		}
	})
}
