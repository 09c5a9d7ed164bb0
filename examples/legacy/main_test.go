package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// visitor is somebody with a browser.
type visitor struct {
	t    *testing.T
	at   string
	http http.Client
}

// jar treats http://127.0.0.1 as browsers do localhost.
type jar struct{ http.CookieJar }

func secure(u *url.URL) *url.URL { return &url.URL{Scheme: "https", Host: u.Host, Path: u.Path} }

func (j jar) SetCookies(u *url.URL, c []*http.Cookie) { j.CookieJar.SetCookies(secure(u), c) }
func (j jar) Cookies(u *url.URL) []*http.Cookie       { return j.CookieJar.Cookies(secure(u)) }

func (v *visitor) do(r *http.Request, err error) string {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	resp, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.Status + "\n" + string(text)
}

func (v *visitor) get(path string) string {
	v.t.Helper()
	return v.do(http.NewRequestWithContext(v.t.Context(), "GET", v.at+path, nil))
}

func (v *visitor) post(path string, form url.Values) string {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), "POST", v.at+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.do(r, err)
}

func (v *visitor) want(text string, words ...string) {
	v.t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			v.t.Errorf("no %q in\n%.2000s", w, text)
		}
	}
}

// enter starts the office.
func enter(t *testing.T) *visitor {
	t.Helper()
	data := t.TempDir()
	if err := os.Chmod(filepath.Dir(data), 0o755); err != nil { // PHP-FPM is another user's, as root
		t.Fatal(err)
	}
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	o := open(t.Context(), folder, data)
	s := httptest.NewServer(o.site())
	t.Cleanup(func() {
		s.Close()
		o.close()
	})
	cookies, _ := cookiejar.New(nil)
	return &visitor{t: t, at: s.URL, http: http.Client{Jar: jar{cookies}}}
}

// closed skips what is not installed, or fails where all has to be.
func (v *visitor) closed(path string) bool {
	v.t.Helper()
	if text := v.get(path); strings.HasPrefix(text, "503") {
		if os.Getenv("CI") != "" {
			v.t.Fatal(text)
		}
		v.t.Logf("SKIPPED: %s", text)
		return true
	}
	return false
}

// One person signs in once, and every part knows who it is.
func TestOffice(t *testing.T) {
	v := enter(t)
	v.want(v.get("/"), "200 OK", "sign in")
	v.want(v.post("/signup", url.Values{"name": {"ann"}, "password": {"a rather long secret"}}), "200 OK", "You are ann")

	v.want(v.get("/cgi/visits.sh"), "<tr><th>REMOTE_USER<td>ann", "<tr><th>AUTH_TYPE<td>Session")
	v.want(v.get("/cgi/fails.py?by=4"), "100 shared by 4 is 25 each")
	if text := v.get("/cgi/fails.py?by=0"); strings.Contains(text, "ZeroDivisionError") != dev || !strings.HasPrefix(text, "50") {
		t.Errorf("a script failed, and the answer is\n%.2000s", text)
	}
	if !v.closed("/php/") {
		v.want(v.get("/php/"), "Hello, ann. This is visit 2")
		v.want(v.upload("/php/", strings.Repeat("x", 300_000)), `<p id="size">a.txt has 300000 bytes.`)
	}
	if !v.closed("/flask/") {
		v.want(v.post("/flask/", url.Values{"word": {"<ink>"}}), "200 OK", "<b>ann</b>: &lt;ink&gt;")
		if text := v.get("/flask/?fail"); strings.Contains(text, "ZeroDivisionError") != dev || !strings.HasPrefix(text, "50") {
			t.Errorf("Flask failed, and the answer is\n%.2000s", text)
		}
	}
}

func (v *visitor) upload(path, text string) string {
	v.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, _ := form.CreateFormFile("file", "a.txt")
	_, _ = io.WriteString(part, text)
	_ = form.Close()
	r, err := http.NewRequestWithContext(v.t.Context(), "POST", v.at+path, &b)
	if err == nil {
		r.Header.Set("Content-Type", form.FormDataContentType())
	}
	return v.do(r, err)
}

// All may clone; who is known may push.
func TestGit(t *testing.T) {
	v := enter(t)
	if v.closed("/git/notes.git/info/refs?service=git-upload-pack") {
		return
	}
	v.post("/signup", url.Values{"name": {"ann"}, "password": {"a rather long secret"}})
	dir := t.TempDir()
	git := func(args ...string) (string, error) {
		c := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=ann", "-c", "user.email=ann@example.org", "-c", "credential.helper="}, args...)...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_ASKPASS=true")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	must := func(args ...string) {
		t.Helper()
		if out, err := git(args...); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	must("clone", v.at+"/git/notes.git", ".")
	if err := os.WriteFile(filepath.Join(dir, "note"), []byte("a note"), 0o644); err != nil {
		t.Fatal(err)
	}
	must("add", "note")
	must("commit", "-m", "a note")
	if out, err := git("push", "origin", "HEAD:main"); err == nil {
		t.Errorf("a stranger has pushed:\n%s", out)
	}
	must("push", strings.Replace(v.at, "http://", "http://ann:a%20rather%20long%20secret@", 1)+"/git/notes.git", "HEAD:main")
	must("clone", v.at+"/git/notes.git", "again")
	if text, err := os.ReadFile(filepath.Join(dir, "again", "note")); err != nil || string(text) != "a note" {
		t.Errorf("cloned again: %q, %v", text, err)
	}
}
