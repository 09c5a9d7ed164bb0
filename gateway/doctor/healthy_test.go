package doctor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor"
)

const hello = `#include <stdio.h>
#include <math.h>
int main(int argc, char **argv) { printf("Content-Type: text/plain\n\n%g\n", sqrt(argc)); return 0; }
`

// What works has no finding.
func TestHealthy(t *testing.T) {
	w := newWard(t)
	w.put("prog.c", hello, 0o644)
	for _, tt := range []struct{ name, needs, content string }{
		{"sh", "sh", page},
		{"sh-blank-after", "sh", strings.Replace(page, "#!", "#! ", 1)},
		{"sh-e", "sh", strings.Replace(page, "/bin/sh", "/bin/sh -e", 1)},
		{"bash", "bash", strings.Replace(page, "/bin/sh", "/bin/bash", 1)},
		{"python", "/usr/bin/python3", "#!/usr/bin/python3\nprint('Content-Type: text/html\\n\\nhello')\n"},
		{"python-u", "/usr/bin/python3", "#!/usr/bin/python3 -u\nprint('Content-Type: text/html\\n\\nhello')\n"},
		{"env-python", "/usr/bin/python3", "#!/usr/bin/env python3\nprint('Content-Type: text/html\\n\\nhello')\n"},
		{"env-split-python", "/usr/bin/python3", "#!/usr/bin/env -S python3 -u -E\nprint('Content-Type: text/html\\n\\nhello')\n"},
		{"env-split-variable", "/usr/bin/python3", "#!/usr/bin/env -S X=1 python3 -u\nprint('Content-Type: text/html\\n\\nhello')\n"},
		{"perl", "/usr/bin/perl", "#!/usr/bin/perl -w\nprint \"Content-Type: text/plain\\n\\nhello\";\n"},
		{"perl-crlf-answer", "/usr/bin/perl", "#!/usr/bin/perl\nprint \"Status: 404 Not Found\\r\\nContent-Type: text/plain\\r\\n\\r\\nhello\";\n"},
		{"redirect", "sh", "#!/bin/sh\necho Location: /elsewhere\necho\n"},
		{"no-body", "sh", "#!/bin/sh\necho Status: 204 No Content\necho\n"},
		{"talks-on-stderr", "sh", page + "echo 'note: cache is cold' >&2\n"},
		{"utf-8", "sh", page + "echo '\u00e4\u4e16' # \u00e4\n"},
		{"line-of-255", "sh", "#!/bin/sh" + strings.Repeat(" ", 246) + "\n" + page},
		{"blanks-beyond-255", "sh", "#!/bin/sh" + strings.Repeat(" ", 300) + "\n" + page},
		{"long-output", "sh", page + "head -c 3000000 /dev/zero\n"},
		{"hash-bang-later", "sh", page + "cat <<'E'\n#!/bin/sh\nE\n"},
		{"a name with 'quotes' and \u00e4", "sh", page},
	} {
		if _, err := exec.LookPath(tt.needs); err != nil {
			t.Logf("NOT TESTED: there is no %s", tt.needs)
			continue
		}
		file := w.put(tt.name, tt.content, 0o755)
		for _, user := range as(t) {
			r := examine(t, file, doctor.Options{User: user})
			if len(r.Findings) > 0 || r.Ran == nil || r.Ran.Status == 0 {
				t.Errorf("%s as %s:\n%s", tt.name, user, r)
			}
			if user == "www-data" && r.Ran != nil && r.Ran.As != "www-data" {
				t.Errorf("%s ran as %s", tt.name, r.Ran.As)
			}
		}
	}
}

func TestBinaries(t *testing.T) {
	cc, err := exec.LookPath("cc")
	needs(t, err == nil, "C compiler")
	w := newWard(t)
	source := w.put("prog.c", hello, 0o644)
	build := func(name string, args ...string) string {
		t.Helper()
		out := filepath.Join(w.dir, name)
		if b, err := exec.CommandContext(t.Context(), cc, append([]string{"-o", out, source}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, b)
		}
		w.chmod(out, 0o755)
		return out
	}
	whole := build("whole", "-lm")
	build("static", "-static", "-lm")
	build("executable-not-readable", "-lm")
	w.chmod(filepath.Join(w.dir, "executable-not-readable"), 0o711)
	build("object", "-c")
	build("shared.so", "-shared", "-fPIC")
	build("no-loader", "-lm", "-Wl,--dynamic-linker=/lib/ld-none.so.1")
	build("libgone.so", "-shared", "-fPIC", "-Dmain=gone")
	build("libthere.so", "-shared", "-fPIC", "-Dmain=there", "-L"+w.dir, "-lgone", "-Wl,--no-as-needed")
	build("by-origin", "-lm", "-Wl,--no-as-needed", "-L"+w.dir, "-lthere", "-lgone", "-Wl,-rpath,$ORIGIN")
	build("no-library", "-lm", "-Wl,--no-as-needed", "-L"+w.dir, "-lgone")
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	other := append([]byte(nil), b...)
	other[18], other[19] = 0x34, 0x12 // e_machine: one that nobody emulates
	w.put("other-machine", string(other), 0o755)
	w.put("cut", string(b[:100]), 0o755)

	for _, tt := range []struct{ file, want string }{
		{"whole", ""},
		{"static", ""},
		{"by-origin", ""},
		{"executable-not-readable", ""},
		{"object", "program-damaged"},
		{"shared.so", "program-damaged"},
		{"no-loader", "loader-missing"},
		{"no-library", "library-missing"},
		{"other-machine", "other-architecture"},
		{"cut", "program-damaged"},
	} {
		for _, user := range as(t) {
			r := examine(t, filepath.Join(w.dir, tt.file), doctor.Options{User: user})
			if faults(r) != tt.want {
				t.Errorf("%s as %s: %q, want %q\n%s", tt.file, user, faults(r), tt.want, r)
			}
		}
	}
}
