package doctor_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/doctor"
)

const page = "#!/bin/sh\necho Content-Type: text/plain\necho\necho hello\n"

// broken are scripts that fail, each for one reason.
var broken = []struct {
	name, content string
	mode          os.FileMode
	cause         doctor.Cause
}{
	{"not-executable", page, 0o644, doctor.NotExecutable},
	{"for-its-owner-alone", page, 0o700, doctor.NotExecutable},
	{"not-readable", page, 0o711, doctor.NotReadable},
	{"crlf", strings.ReplaceAll(page, "\n", "\r\n"), 0o755, doctor.CRLF},
	{"crlf-python", "#!/usr/bin/python3\r\nprint('x')\r\n", 0o755, doctor.CRLF},
	{"crlf-argument", "#!/usr/bin/python3 -u\r\nprint('x')\r\n", 0o755, doctor.CRLF},
	{"cr-alone", strings.ReplaceAll(page, "\n", "\r"), 0o755, doctor.CRLF},
	{"crlf-env", "#!/usr/bin/env python3\r\nprint('x')\r\n", 0o755, doctor.CRLFWithEnv},
	{"crlf-env-split", "#!/usr/bin/env -S python3 -u\r\nprint('x')\r\n", 0o755, doctor.CRLFWithEnv},
	{"interpreter-missing", "#!/usr/local/bin/perl7\nprint 1;\n", 0o755, doctor.InterpreterMissing},
	{"interpreter-folder", "#!/usr/bin\n", 0o755, doctor.InterpreterNotRunnable},
	{"interpreter-text", "#!/etc/passwd\n", 0o755, doctor.InterpreterNotRunnable},
	{"env-python9", "#!/usr/bin/env python9\n", 0o755, doctor.NotInPath},
	{"env-split-python9", "#!/usr/bin/env -S python9 -u\n", 0o755, doctor.NotInPath},
	{"env-python3-u", "#!/usr/bin/env python3 -u\nprint('x')\n", 0o755, doctor.EnvNeedsSplit},
	{"env-nothing", "#!/usr/bin/env\n", 0o755, doctor.NoInterpreter},
	{"bom", "\xef\xbb\xbf" + page, 0o755, doctor.ByteOrderMark},
	{"utf-16le", utf16(page, false, true), 0o755, doctor.UTF16},
	{"utf-16be", utf16(page, true, true), 0o755, doctor.UTF16},
	{"utf-16-unmarked", utf16(page, false, false), 0o755, doctor.UTF16},
	{"blank-line-before", "\n" + page, 0o755, doctor.TextBeforeShebang},
	{"blank-before", " " + page, 0o755, doctor.TextBeforeShebang},
	{"text-before", "# my script\n" + page, 0o755, doctor.TextBeforeShebang},
	{"empty", "", 0o755, doctor.EmptyFile},
	{"no-shebang", "echo Content-Type: text/plain\n", 0o755, doctor.NoShebang},
	{"shebang-alone", "#!\necho\n", 0o755, doctor.NoInterpreter},
	{"relative", "#!python3\nprint('x')\n", 0o755, doctor.RelativeInterpreter},
	{"relative-folder", "#!bin/sh\n", 0o755, doctor.RelativeInterpreter},
	{"long-line", "#!/" + strings.Repeat("a/", 140) + "sh\necho\n", 0o755, doctor.LineTooLong},
	{"long-argument", "#!/usr/bin/env -S python3 " + strings.Repeat("-u ", 80) + "\nprint()\n", 0o755, doctor.LineTooLong},
	{"two-arguments", "#!/bin/sh -e -u\necho\n", 0o755, doctor.OneArgument},
	{"for-windows", "MZ\x90\x00rest", 0o755, doctor.OtherArchitecture},
	{"damaged", "\x7fELF\x02\x01\x01", 0o755, doctor.ProgramDamaged},

	{"no-output", "#!/bin/sh\nexit 0\n", 0o755, doctor.NoOutput},
	{"no-output-failing", "#!/bin/sh\nexit 3\n", 0o755, doctor.NoOutput},
	{"no-blank-line", "#!/bin/sh\necho Content-Type: text/plain\n", 0o755, doctor.NoBlankLine},
	{"no-blank-line-page", "#!/bin/sh\necho Content-Type: text/html\necho '<h1>hello</h1>'\n", 0o755, doctor.NoBlankLine},
	{"body-first", "#!/bin/sh\necho '<h1>hello</h1>'\n", 0o755, doctor.BodyFirst},
	{"body-first-colon", "#!/bin/sh\necho 'connected to db: ok'\necho Content-Type: text/html\necho\n", 0o755, doctor.BodyFirst},
	{"status-word", "#!/bin/sh\necho Status: OK\necho\n", 0o755, doctor.InvalidStatus},
	{"status-099", "#!/bin/sh\necho Status: 099\necho\n", 0o755, doctor.InvalidStatus},
	{"two-lengths", "#!/bin/sh\necho Content-Length: 1\necho Content-Length: 2\necho\necho x\n", 0o755, doctor.InvalidHeader},
	{"traceback", "#!/usr/bin/python3\nprint('Content-Type: text/html')\nprint(undefined)\n", 0o755, doctor.Failed},
	{"traceback-late", "#!/usr/bin/python3\nprint('Content-Type: text/html\\n')\nprint(1/0)\n", 0o755, doctor.Failed},
	{"python-syntax", "#!/usr/bin/python3\nprint 'hello'\n", 0o755, doctor.Failed},
	{"python-module", "#!/usr/bin/python3\nimport flusk\n", 0o755, doctor.Failed},
	{"perl-dies", "#!/usr/bin/perl\ndie \"no database\";\n", 0o755, doctor.Failed},
	{"perl-syntax", "#!/usr/bin/perl\nuse strict;\n$x = 1;\n", 0o755, doctor.Failed},
	{"sh-command", "#!/bin/sh\nnosuchcommand\n", 0o755, doctor.Failed},
	{"python-run-by-sh", "#!/bin/sh\nimport os\nprint(os.environ)\n", 0o755, doctor.Failed},
	{"killed", "#!/bin/sh\nkill -SEGV $$\n", 0o755, doctor.Killed},
	{"hangs", "#!/bin/sh\necho Content-Type: text/plain\nsleep 100\n", 0o755, doctor.TimedOut},
	{"exit-status", page + "exit 1\n", 0o755, doctor.ExitStatus},
	{"answers-500", "#!/bin/sh\necho Status: 500 oh\necho\n", 0o755, doctor.AnswersError},
	{"no-content-type", "#!/bin/sh\necho\necho hello\n", 0o755, doctor.NoContentType},
	{"output-held", page + "sleep 100 &\n", 0o755, doctor.OutputHeld},
	{"crlf-body", "#!/bin/sh\necho Content-Type: text/plain\r\necho\n", 0o755, doctor.CRLFInBody},
}

// notForRoot are the scripts that root can run.
var notForRoot = map[string]bool{"for-its-owner-alone": true, "not-readable": true}

func utf16(s string, big, marked bool) string {
	var b bytes.Buffer
	if marked {
		s = "\ufeff" + s
	}
	for _, r := range s {
		if pair := []byte{byte(r), byte(r >> 8)}; big {
			b.Write([]byte{pair[1], pair[0]})
		} else {
			b.Write(pair)
		}
	}
	return b.String()
}

// as are the accounts that programs are examined as by this process.
func as(t *testing.T) []string {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: Linux only")
	}
	if os.Geteuid() != 0 {
		return []string{""} // itself
	}
	needs(t, haveUser("www-data"), "account www-data")
	return []string{"root", "www-data"}
}

func TestCauses(t *testing.T) {
	w := newWard(t)
	for _, b := range broken {
		w.put(b.name, b.content, b.mode)
	}
	if os.Geteuid() != 0 {
		t.Log("NOT TESTED as another user: only root can")
	}
	for _, user := range as(t) {
		for _, b := range broken {
			t.Run(user+"/"+b.name, func(t *testing.T) {
				t.Parallel()
				want := string(b.cause)
				if notForRoot[b.name] && user != "www-data" {
					want = ""
				}
				o := doctor.Options{User: user}
				if b.cause == doctor.TimedOut {
					o.Timeout = 200 * time.Millisecond
				}
				if r := examine(t, filepath.Join(w.dir, b.name), o); faults(r) != want {
					t.Errorf("%q, want %q\n%s", faults(r), want, r)
				}
			})
		}
	}
}

// What concerns more than the file itself.
func TestCausesAround(t *testing.T) {
	w := newWard(t)
	w.mkdir("open", 0o755)
	w.mkdir("closed", 0o700)
	w.mkdir("open/listed", 0o744)
	inClosed := w.put("closed/script", page, 0o755)
	w.put("open/listed/script", page, 0o755)
	w.link(filepath.Join(w.dir, "closed"), "door")
	w.put("closed/sh", "", 0o755)
	w.link("nowhere", "dangling")
	w.link("loop", "loop")
	for i := 1; i <= 7; i++ {
		w.put(fmt.Sprint("chain", i), fmt.Sprintf("#!%s/chain%d\n", w.dir, i-1), 0o755)
	}
	w.put("chain0", page, 0o755)
	w.put("itself", "#!"+w.dir+"/itself\n", 0o755)
	w.put("not-runnable", "", 0o644)
	w.put("by-not-runnable", "#!"+w.dir+"/not-runnable\n", 0o755)
	w.put("by-closed", "#!"+w.dir+"/closed/sh\n", 0o755)
	setuid := w.put("setuid", page, 0o755|os.ModeSetuid)

	for _, tt := range []struct{ file, forRoot, want string }{
		{"closed/script", "", "folder-closed"},
		{"door/script", "", "folder-closed"},
		{"open/listed/script", "", "folder-closed"},
		{"by-closed", "interpreter-not-runnable", "folder-closed"},
		{"none", "file-missing", "file-missing"},
		{"none/none", "file-missing", "file-missing"},
		{"dangling", "file-missing", "file-missing"},
		{"loop", "file-missing", "file-missing"},
		{"open", "not-a-file", "not-a-file"},
		{"chain4", "", ""},
		{"chain5", "interpreter-chain", "interpreter-chain"},
		{"chain7", "interpreter-chain", "interpreter-chain"},
		{"itself", "interpreter-chain", "interpreter-chain"},
		{"by-not-runnable", "interpreter-not-runnable", "interpreter-not-runnable"},
		{"setuid", "setuid-ignored", "setuid-ignored"},
	} {
		for _, user := range as(t) {
			want := tt.want
			if user != "www-data" {
				want = tt.forRoot
			}
			if r := examine(t, filepath.Join(w.dir, tt.file), doctor.Options{User: user}); faults(r) != want {
				t.Errorf("%s as %s: %q, want %q\n%s", tt.file, user, faults(r), want, r)
			}
		}
	}
	if os.Geteuid() == 0 {
		r := examine(t, filepath.Join(w.dir, "door/script"), doctor.Options{User: "www-data"})
		if f := r.Findings[0]; f.File != filepath.Dir(inClosed) || f.Command != "chmod a+x "+filepath.Dir(inClosed) {
			t.Errorf("the folder is %+v", f)
		}
	}
	if info, err := os.Stat(setuid); err != nil || info.Mode()&os.ModeSetuid == 0 {
		t.Errorf("an examination has changed the file: %v, %v", info.Mode(), err)
	}
}
