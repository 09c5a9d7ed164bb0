package wsgi_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// require skips the test of somebody who does not have a Python package.
func require(t testing.TB, module, debian string) {
	t.Helper()
	if exec.Command(python(t), "-c", "import "+module).Run() == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed: apt-get install %s", module, debian)
	}
	t.Skipf("NOT TESTED: %s is not installed: apt-get install %s", module, debian)
}

// visitor is a browser.
type visitor struct {
	t *testing.T
	http.Client
	base string
}

func visit(t *testing.T, s *site, prefix string) *visitor {
	jar, _ := cookiejar.New(nil)
	return &visitor{t, http.Client{Jar: jar}, s.URL + prefix}
}

// at returns a page; at a path that begins with a scheme the whole URL is meant.
func (v *visitor) at(path string) (page, finally string) {
	v.t.Helper()
	res, err := v.Get(v.base + path)
	return v.read(res, err)
}

func (v *visitor) read(res *http.Response, err error) (page, finally string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %d %.300q %v", res.Request.URL, res.StatusCode, b, err)
	}
	return string(b), res.Request.URL.String()
}

// form sends a form with a file.
func (v *visitor) form(path string, fields map[string]string, name string, file []byte) (page, finally string) {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field, value := range fields {
		_ = w.WriteField(field, value)
	}
	part, _ := w.CreateFormFile("file", name)
	_, _ = part.Write(file)
	w.Close()
	r, _ := http.NewRequest("POST", v.base+path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Referer", v.base+path)
	return v.read(v.Do(r))
}

var token = regexp.MustCompile(`name="csrfmiddlewaretoken" value="([^"]*)"`)

// csrf is the token in a page's form.
func csrf(t *testing.T, page string) string {
	t.Helper()
	found := token.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no token in %.500s", page)
	}
	return found[1]
}

// TestDjango is a site with Django's admin, below a mount: login with its form's token, an upload,
// the file back, pictures and style sheets.
func TestDjango(t *testing.T) {
	require(t, "django", "python3-django")
	dir, _ := filepath.Abs("testdata/django")
	data := t.TempDir()
	env := map[string]string{"SHOP_DATA": data, "DJANGO_SUPERUSER_PASSWORD": "sesame"}
	for _, args := range [][]string{{"migrate", "--run-syncdb"}, {"createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org"}} {
		cmd := exec.Command(python(t), append([]string{"-B", "manage.py"}, args...)...)
		cmd.Dir = dir
		cmd.Env = os.Environ()
		for name, value := range env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	s := serve(t, &wsgi.App{Module: "shop.wsgi", Dir: dir, Env: env, Mount: "/shop", Processes: 2, Preload: true})
	slog.SetDefault(s.app.Logger)
	v := visit(t, s, "/shop")
	if page, _ := v.at("/"); page != "at /shop/ of "+s.URL+"/\n" {
		t.Errorf("home: %q", page)
	}
	page, at := v.at("/admin/")
	if at != s.URL+"/shop/admin/login/?next=/shop/admin/" {
		t.Errorf("the login is at %s", at)
	}
	form := url.Values{"username": {"ada"}, "password": {"sesame"}, "next": {"/shop/admin/"}, "csrfmiddlewaretoken": {csrf(t, page)}}
	page, at = v.read(v.PostForm(at, form))
	if at != s.URL+"/shop/admin/" || !strings.Contains(page, "Log out") {
		t.Fatalf("after the login: %s", at)
	}
	for _, path := range regexp.MustCompile(`/shop(/static/[^"]*)`).FindAllStringSubmatch(page, -1) {
		if text, _ := v.at(path[1]); text == "" {
			t.Errorf("%s is empty", path[1])
		}
	}
	file := bytes.Repeat([]byte("0123456789abcdef"), 5<<20/16)
	page, _ = v.at("/admin/documents/document/add/")
	page, at = v.form("/admin/documents/document/add/", map[string]string{"name": "large", "csrfmiddlewaretoken": csrf(t, page)}, "large.bin", file)
	if at != s.URL+"/shop/admin/documents/document/" || !strings.Contains(page, "was added successfully") {
		t.Errorf("after the upload: %s", at)
	}
	if back, _ := v.at("/document/large"); back != string(file) {
		t.Errorf("%d bytes came back of %d", len(back), len(file))
	}
	if page, _ := v.at("/counted"); !strings.HasSuffix(page, "\n998\n999\n") {
		t.Errorf("counted: %.100q", page)
	}
	if a := s.get(t, "/shop/broken"); a.status != 500 || !strings.Contains(a.body, "Server Error") { // Django's own page
		t.Errorf("broken: %d %q", a.status, a.body)
	}
	s.log.await(t, 1, "RuntimeError: as it was meant to")
}

func TestFlask(t *testing.T) {
	require(t, "flask", "python3-flask")
	s := serve(t, &wsgi.App{Module: "flasksite", Mount: "/flask", Threads: 2})
	slog.SetDefault(s.app.Logger)
	v := visit(t, s, "/flask")
	if page, _ := v.at("/"); page != "<a href='/flask/hello/caf%C3%A9'>hello</a>" {
		t.Errorf("home: %q", page)
	}
	if page, at := v.at("/hello/caf%C3%A9"); at != s.URL+"/flask/who" || page != `{"name":"caf\u00e9","root":"/flask","url":"`+s.URL+`/flask/who"}`+"\n" {
		t.Errorf("who: %s %s", at, page)
	}
	file := bytes.Repeat([]byte("0123456789abcdef"), 50<<20/16)
	if page, _ := v.form("/upload", map[string]string{"name": "größe"}, "large.bin", file); page != fmt.Sprintf("large.bin größe %x", sha256.Sum256(file)) {
		t.Errorf("upload: %.200s", page)
	}
	if page, _ := v.at("/stream"); !strings.HasSuffix(page, "\n998\n999\n") {
		t.Errorf("stream: %.100q", page)
	}
	source, _ := os.ReadFile("testdata/flasksite.py")
	if page, _ := v.at("/file"); page != string(source) {
		t.Errorf("file: %d bytes", len(page))
	}
	r, _ := http.NewRequest("GET", s.URL+"/flask/file", nil)
	r.Header.Set("Range", "bytes=10-19")
	res, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusPartialContent || string(b) != string(source[10:20]) {
		t.Errorf("range: %d %q", res.StatusCode, b)
	}
	// A body of unknown length arrives, though Flask reads what CONTENT_LENGTH says.
	r, _ = http.NewRequest("POST", s.URL+"/flask/json", struct{ io.Reader }{strings.NewReader(`{"a": [` + strconv.Itoa(1) + `]}`)})
	r.Header.Set("Content-Type", "application/json")
	res, err = v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, _ := io.ReadAll(res.Body); string(b) != `{"a":[1]}`+"\n" {
		t.Errorf("json: %d %q", res.StatusCode, b)
	}
	if a := s.get(t, "/flask/broken"); a.status != 500 || !strings.Contains(a.body, "Incident") {
		t.Errorf("broken: %d %q", a.status, a.body)
	}
	s.log.await(t, 1, "RuntimeError: as it was meant to")
}
