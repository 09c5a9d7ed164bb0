package main_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/doctor"
)

// me is the account of the tests.
func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}

func script(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestDoctor(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: scripts do not run by themselves")
	}
	t.Chdir(t.TempDir())
	script(t, "good", "#!/bin/sh\necho Content-Type: text/plain\necho\necho hello\n")
	script(t, "crlf", "#!/bin/sh\r\necho\r\n")
	script(t, "silent", "#!/bin/sh\ntouch ran\n")
	as := []string{"doctor", "--user", me(t)}
	for _, tt := range []struct {
		args     string
		status   int
		out, err string
	}{
		{"good", 0, "nothing is wrong", ""},
		{"crlf", 1, "  Fix: Turn them into LF:\n      sed -i ", ""},
		{"--no-run silent", 0, "nothing is wrong", ""},
		{"none", 1, "does not exist", ""},
		{"--config none good", 1, "", "configuration"},
		{"--timeout 0s good", 2, "", "timeout"},
		{"--timeout 5 good", 2, "", "timeout"},
		{"", 2, "", "takes one file"},
		{"good crlf", 2, "", "takes one file"},
		{"--probe http://localhost/", 2, "", "go together"},
		{"--dir .", 2, "", "go together"},
		{"--probe http://localhost/ --dir . good", 2, "", "takes no file"},
		{"--probe localhost --dir .", 1, "", "is not the URL"},
		{"--probe http://127.0.0.1:1/ --dir .", 1, "no server", ""},
		{"--help", 0, "--no-run", ""},
	} {
		run(t, "", append(as, strings.Fields(tt.args)...)...).want(t, tt.status, tt.out, tt.err)
	}
	if _, err := os.Stat("ran"); err == nil {
		t.Error("--no-run has run it")
	}
	run(t, "", append(as, "silent")...).want(t, 1, "writes nothing", "")
	if _, err := os.Stat("ran"); err != nil {
		t.Error(err)
	}
	run(t, "", "doctor", "--user", "nobody-of-that-name", "good").want(t, 1, "", "there is no user")

	o := run(t, "", append(as, "--json", "crlf")...)
	var r doctor.Report
	if err := json.Unmarshal([]byte(o.out), &r); err != nil || o.status != 1 {
		t.Fatalf("%d, %v: %s", o.status, err, o.out)
	}
	if len(r.Findings) == 0 || r.Findings[0].Cause != doctor.CRLF || r.Findings[0].Level != doctor.Fault || !filepath.IsAbs(r.File) {
		t.Errorf("%+v", r)
	}
}

// What a probe puts into a folder is removed also when it is interrupted.
func TestDoctorInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: no interrupts")
	}
	dir := t.TempDir()
	asked, hang := make(chan struct{}, 1), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := os.Stat(filepath.Join(dir, filepath.Base(r.URL.Path))); err != nil {
			t.Error(err)
		}
		asked <- struct{}{}
		<-hang
	}))
	defer srv.Close()
	defer close(hang)
	cmd := exec.CommandContext(t.Context(), surcoat, "doctor", "--probe", srv.URL, "--dir", dir, "--timeout", "1m")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-time.After(20 * time.Second):
		t.Error("it was not fetched")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v: %s", cmd.ProcessState, &stderr)
	}
}
