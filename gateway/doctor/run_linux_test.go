package doctor_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/doctor"
)

// A program runs as the server's user, with what a server gives, and nothing of this process's.
func TestRun(t *testing.T) {
	t.Setenv("SECRET_OF_MINE", "hunter2")
	w := newWard(t)
	w.mkdir("bin", 0o755)
	file := w.put("bin/it", "#!/bin/sh\necho Content-Type: text/plain\necho\nid -un\nid -G\npwd\nenv\ncat\n", 0o755)
	for _, user := range as(t) {
		r := examine(t, file, doctor.Options{User: user, Path: "/usr/bin:/bin:/nowhere", Env: map[string]string{"APP_DATA": "/srv"}})
		if r.Ran == nil {
			t.Fatal(r)
		}
		_, body, _ := strings.Cut(r.Ran.Stdout, "\n\n")
		lines := strings.Split(body, "\n")
		if user != "" && lines[0] != user {
			t.Errorf("it ran as %s, not as %s", lines[0], user)
		}
		if user == "www-data" && strings.Contains(" "+lines[1]+" ", " 0 ") {
			t.Errorf("it has root's group: %s", lines[1])
		}
		if lines[2] != filepath.Dir(file) {
			t.Errorf("it ran in %s", lines[2])
		}
		for _, want := range []string{"PATH=/usr/bin:/bin:/nowhere\n", "REQUEST_METHOD=GET\n", "GATEWAY_INTERFACE=CGI/1.1\n", "SCRIPT_NAME=/cgi-bin/it\n", "QUERY_STRING=\n", "APP_DATA=/srv\n", "SCRIPT_FILENAME=" + file + "\n"} {
			if !strings.Contains(body, "\n"+want) {
				t.Errorf("there is no %q in %s", want, body)
			}
		}
		if strings.Contains(body, "hunter2") {
			t.Error("it was given this process's environment")
		}
	}
}

// A program cannot have root read a file for it, by naming that as its source.
func TestRunNamesSecret(t *testing.T) {
	needs(t, os.Geteuid() == 0, "root")
	w := newWard(t)
	secret := w.put("secret", "hunter2\n", 0o600)
	file := w.put("it", "#!/bin/sh\necho '"+secret+": 1: oh: not found' >&2\nexit 1\n", 0o755)
	if r := examine(t, file, doctor.Options{User: "www-data"}); faults(r) != "failed" || strings.Contains(r.String(), "hunter2") {
		t.Error(r)
	}
	if r := examine(t, file, doctor.Options{User: "root"}); !strings.Contains(r.String(), "hunter2") {
		t.Error(r)
	}
}

// What a program leaves running is ended with the examination.
func TestRunLeavesNothing(t *testing.T) {
	as(t)
	w := newWard(t)
	for name, script := range map[string]string{
		"behind":  "#!/bin/sh\nsleep 1000 >/dev/null 2>&1 & echo $! >PID; echo Content-Type: text/plain; echo\n",
		"waiting": "#!/bin/sh\nsleep 1000 & echo $! >PID; wait\n",
	} {
		pid := w.put(name+".pid", "", 0o666)
		file := w.put(name, strings.ReplaceAll(script, "PID", pid), 0o755)
		examine(t, file, doctor.Options{User: fmt.Sprint(os.Geteuid()), Timeout: 500 * time.Millisecond})
		b, err := os.ReadFile(pid)
		if err != nil || len(b) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		for deadline := time.Now().Add(patience); running(strings.TrimSpace(string(b))); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %s runs on", name, b)
			}
		}
	}
}

// running reports whether there is a process of that id that is not a zombie.
func running(pid string) bool {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && !strings.Contains(string(b), ") Z ")
}
