package main_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestServeCommandLine(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"page.txt":  "a page",
		"good.conf": "# a site\napp\t/files=files:.\ngzip\n",
		"bad.conf":  "app=files:.\n",
		"odd.conf":  "colour blue\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		args     string
		status   int
		out, err string
	}{
		{"--help", 0, "Usage: surcoat serve", ""},
		{"", 2, "", "there is no application; name one with --app"},
		{"--app files:. more", 2, "", `"more" is not understood`},
		{"--app gopher:x", 2, "", "is no application; there are"},
		{"--app files:nowhere", 1, "", "nowhere"},
		{"--app files:. --listen 127.0.0.1:80", 2, "", "http://127.0.0.1:8080"},
		{"--app files:. --listen https://127.0.0.1:0", 2, "", "--acme HOST"},
		{"--app files:. --cert c", 2, "", "--cert and --key go together"},
		{"--app files:. --listen https://127.0.0.1:0 --cert none --key none --check", 1, "", "none"},
		{"--app files:. --listen http://127.0.0.1:0 --acme example.org", 2, "", "say so, with --listen https://:443"},
		{"--app files:. --cert c --key k", 2, "", "say so, with --listen https://:443"},
		{"--app files:. --mount wiki", 2, "", "begins with a slash"},
		{"--app files:. --acme example.org --cert c --key k", 2, "", "do not go together"},
		{"--app files:. --htpasswd none", 1, "", "surcoat passwd none NAME makes it"},
		{"--app files:. --session mysql://secret@h", 2, "", "--session is none of"},
		{"--app files:. --trust-proxy 0.0.0.0/0", 2, "", "whoever believes everybody"},
		{"--app files:. --check", 0, "fine", ""},
		{"--config good.conf --check", 0, "fine", ""},
		{"--config good.conf --app /files=files:. --check", 1, "", "two applications are at /files/"},
		{"--config bad.conf", 1, "", "bad.conf, line 1"},
		{"--config odd.conf --app files:.", 2, "", "odd.conf"},
		{"--config none.conf", 1, "", "none.conf"},
	} {
		o := run(t, "", append([]string{"serve"}, strings.Fields(tt.args)...)...)
		if o.want(t, tt.status, tt.out, tt.err); t.Failed() {
			t.Fatalf("serve %s", tt.args)
		}
		if strings.Contains(o.err, "secret") {
			t.Errorf("serve %s: a secret in %q", tt.args, o.err)
		}
	}
}

var servedAt = regexp.MustCompile(`at=(http://\S+)`)

// It serves, says where, and ends well.
func TestServeRuns(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.txt"), []byte("a page"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), surcoat, "serve", "--listen", "http://127.0.0.1:0", "--app", "files:"+dir, "--log-requests")
	log, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	giveUp := time.AfterFunc(30*time.Second, func() { _ = c.Process.Kill() })
	defer giveUp.Stop()
	var said strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if at := servedAt.FindStringSubmatch(lines.Text()); at != nil {
			resp, err := http.Get(at[1] + "/page.txt")
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(text) != "a page" {
				t.Errorf("got %q", text)
			}
			_ = c.Process.Signal(syscall.SIGTERM)
		}
	}
	if err := c.Wait(); err != nil {
		t.Errorf("%v; it said\n%s", err, said.String())
	}
	for _, want := range []string{"application path=/ is=", "target=/page.txt status=200"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("no %q in\n%s", want, said.String())
		}
	}
}

// Started by a web server as a CGI program it answers the one request.
func TestServeCGI(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.txt"), []byte("a page"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), surcoat, "serve", "--app", "files:"+dir)
	c.Env = append(os.Environ(), "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "SERVER_PROTOCOL=HTTP/1.1",
		"REQUEST_URI=/surcoat.cgi/page.txt", "SCRIPT_NAME=/surcoat.cgi", "PATH_INFO=/page.txt", "SERVER_NAME=localhost", "SERVER_PORT=80", "REMOTE_ADDR=127.0.0.1")
	o := runCommand(t, c, "")
	if o.status != 0 || !strings.HasPrefix(o.out, "Status: 200 OK\r\n") || !strings.HasSuffix(o.out, "\r\n\r\na page") {
		t.Errorf("%+v", o)
	}
}

// What a client says behind the question mark is no command line.
func TestQueryIsNoCommand(t *testing.T) {
	c := exec.CommandContext(t.Context(), surcoat, "serve", "--app", "files:/")
	c.Env = append(os.Environ(), "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "QUERY_STRING=serve+--app+files:/")
	runCommand(t, c, "").want(t, 2, "", "which any client chooses")
}
