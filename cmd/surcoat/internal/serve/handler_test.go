package serve_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/serve"
	"github.com/surcoat/surcoat/gateway"
)

// script is a CGI program that tells what it was asked.
const script = `#!/bin/sh
printf 'Content-Type: text/plain\n\n'
printf '%s script=%s info=%s user=%s a=%s' "$REQUEST_METHOD" "$SCRIPT_NAME" "$PATH_INFO" "$REMOTE_USER" "$A"
`

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func TestPrograms(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no sh")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "one.sh"), script, 0o755)
	write(t, filepath.Join(dir, "away"), "#!/bin/sh\nprintf 'Location: /one/elsewhere\\n\\n'\n", 0o755)
	s := site(t, serve.Options{Htpasswd: users(t)}, "/one=cgi:"+dir+"/one.sh?env=A=b c", "/all=cgi-dir:"+dir)
	for path, want := range map[string]string{
		"/one":                "200 GET script=/one info= user=ann a=b c",
		"/one/x//y%20z":       "200 GET script=/one info=/x//y z user=ann a=b c",
		"/all/one.sh/x":       "200 GET script=/all/one.sh info=/x user=ann a=",
		"/all/none":           "404",
		"/all/away":           "200 GET script=/one info=/elsewhere user=ann a=b c",
		"/all/away/../one.sh": "400",
	} {
		status, body := get(t, stay, s.URL, path, annBasic)
		if got := fmt.Sprint(status, " ", body); !strings.HasPrefix(got, want) || status == 200 && got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// Applications that listen: our own servers, told by the same URL.
func TestListening(t *testing.T) {
	for _, protocol := range []string{"fcgi", "scgi", "uwsgi", "ajp", "http"} {
		socket := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			s := &gateway.Server{URL: protocol + "+unix://" + socket, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, _ := gateway.RemoteUser(r)
				fmt.Fprintf(w, "%s %s prefix=%s user=%s a=%s", r.Method, r.URL.Path, gateway.Prefix(r.Context()),
					user+r.Header.Get("Remote-User"), gateway.Env(r.Context())["A"])
			})}
			ended <- s.ServeListener(ctx, l)
		}()
		text, want := "/app="+protocol+"+unix://"+socket, "200 GET /x%y prefix=/app user=ann a=b"
		switch protocol {
		case "http":
			want = "200 GET /app/x%y prefix= user=ann a="
		case "ajp":
			want = "200 GET /app/x%y prefix= user=ann a=b"
			text += "?env=A=b"
		default:
			text += "?env=A=b"
		}
		s := site(t, serve.Options{Htpasswd: users(t)}, text)
		for range 3 {
			status, body := get(t, stay, s.URL, "/app/x%25y", annBasic)
			if got := fmt.Sprint(status, " ", body); got != want {
				t.Errorf("%s: %s, want %s", protocol, got, want)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if status, _ := get(t, stay, s.URL, "/app/", annBasic); status != 503 && status != 502 {
			t.Errorf("%s: %d from an application that is gone", protocol, status)
		}
	}
}

// A Python application, in workers that end with the site.
func TestPython(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED: there is no python3")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "office.py"), `
def site(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["{REQUEST_METHOD} script={SCRIPT_NAME} info={PATH_INFO} user={REMOTE_USER}".format(**environ).encode()]
`, 0o644)
	s := site(t, serve.Options{Htpasswd: users(t)}, "/py=wsgi:office:site?processes=1&dir="+dir)
	status, body := get(t, stay, s.URL, "/py/x%20y", annBasic)
	if got, want := fmt.Sprint(status, " ", body), "200 GET script=/py info=/x y user=ann"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHandlerOptions(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "plain"), "no program", 0o644)
	for text, want := range map[string]string{
		"cgi:" + dir + "/none":                 "none",
		"cgi:" + dir + "/plain":                "plain",
		"cgi-dir:" + dir + "/none":             "none",
		"cgi:/bin/sh?env=x":                    "env",
		"cgi:/bin/sh?timeout=5":                "timeout",
		"cgi:/bin/sh?max-processes=0":          "max-processes",
		"fcgi://h:1?root=" + dir + "/none":     "none",
		"wsgi:a b":                             "Module",
		"wsgi:a?threads=x":                     "threads",
		"wsgi:a?dir=" + dir + "/none":          "none",
		"ajp://h:1?secret-file=/nonexistent/s": "/nonexistent/s",
		"fcgi://h:1?static=yes":                "root",
		"fcgi://h:1?static=perhaps&root=/":     "neither yes nor no",
	} {
		a, err := serve.ParseApp(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := serve.New(t.Context(), serve.Options{Apps: []serve.App{a}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}
