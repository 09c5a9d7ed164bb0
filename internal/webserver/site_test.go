//go:build linux

package webserver_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/webserver"
)

// The variables that make this test another user's.
const (
	childProgram = "WEBSERVER_TEST_PROGRAM"
	childDeploy  = "WEBSERVER_TEST_DEPLOY"
)

// program is one that serves through the gateway.
func program(t *testing.T) string {
	t.Helper()
	if path := os.Getenv(childProgram); path != "" {
		*webserver.Deploy = os.Getenv(childDeploy)
		return path
	}
	path := filepath.Join(t.TempDir(), "echo")
	if out, err := exec.Command("go", "build", "-o", path, "../../gateway/matrix/testdata/echo").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func TestStart(t *testing.T) {
	var pids []int
	t.Run("running", func(t *testing.T) {
		app := webserver.App{Binary: program(t), Env: []string{"ECHO_DIR=/nowhere", "ECHO_MOUNT="}}
		begun := time.Now()
		site := webserver.Start(t, app)
		t.Logf("all servers run after %v", time.Since(begun).Round(time.Millisecond))
		for _, path := range webserver.Paths() {
			if pid := site.Pid(path); pid > 0 {
				pids = append(pids, pid)
			}
			resp, err := http.Get(site.URL(path) + "/a?b")
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"RequestURI":"/a?b"`) {
				t.Errorf("%s: %d %q %v", path, resp.StatusCode, body, err)
			}
		}
	})
	if len(pids) < 5 {
		t.Errorf("%d processes", len(pids))
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			t.Errorf("process %d: %v", pid, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestBeside: below a path, no address leads to a file whose name only begins like the program's, such
// as the program of before.
func TestBeside(t *testing.T) {
	paths := []webserver.Path{{Server: "apache", Protocol: "cgi"}, {Server: "lighttpd", Protocol: "cgi"}}
	app := webserver.App{Binary: program(t), Prefix: "/wiki", Env: []string{"ECHO_DIR=/nowhere", "ECHO_MOUNT="}}
	site := webserver.StartBeside(t, app, ".old", "#!/bin/sh\nprintf '\\nthe program of before'\n", paths...)
	for _, path := range paths {
		for _, behind := range []string{".old", ".old/", "/../wiki.old", "/..%2fwiki.old", "/%2e%2e/wiki.old", ""} {
			resp, err := http.Get(site.URL(path) + behind)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if strings.Contains(string(body), "the program of before") || behind == "" && resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %s: %d %q", path, behind, resp.StatusCode, body)
			}
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestOrdinaryUser is TestStart for somebody who is not root.
func TestOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: the test is not run by root, so that TestStart is all of it")
	}
	dir, err := os.MkdirTemp("", "user")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	for _, args := range [][]string{
		{"chmod", "755", dir},
		{"cp", self, program(t), dir}, // their own folders are root's alone
		{"cp", "-r", *webserver.Deploy, filepath.Join(dir, "deploy")},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	cmd := exec.Command(filepath.Join(dir, filepath.Base(self)), "-test.run=^TestStart$", "-test.v")
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "CI=" + os.Getenv("CI"), childProgram + "=" + filepath.Join(dir, "echo"), childDeploy + "=" + filepath.Join(dir, "deploy")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestStart") {
		t.Errorf("%v\n%s", err, out)
	}
}
