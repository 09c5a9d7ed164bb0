package fcgi_test

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/internal/testserver"
)

// site is a server whose handler is a client, asked by one that keeps cookies and follows nothing.
type site struct {
	t   *testing.T
	url string
	*http.Client
}

func newSite(t *testing.T, h http.Handler) *site {
	srv := httptest.NewServer(paritytest.Quiet(h))
	t.Cleanup(srv.Close)
	jar, _ := cookiejar.New(nil)
	return &site{t, srv.URL, &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// do sends a request and returns the answer with its body. A torn body ends in "(torn)".
func (s *site) do(method, target string, body io.Reader, fields ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.url+target, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, line := range fields {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	resp, err := s.Do(r)
	if err != nil {
		return &http.Response{Header: http.Header{}}, "(torn)"
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		text = append(text, "(torn)"...)
	}
	return resp, string(text)
}

func (s *site) get(target string, fields ...string) (*http.Response, string) {
	s.t.Helper()
	return s.do("GET", target, nil, fields...)
}

// told is what testdata/php/echo.php tells.
type told struct {
	Server    map[string]string
	Get, Post any
	Body, Pid int
}

func (s *site) told(method, target string, body io.Reader, fields ...string) (a told) {
	s.t.Helper()
	resp, text := s.do(method, target, body, fields...)
	if err := json.Unmarshal([]byte(text), &a); err != nil || resp.StatusCode != 200 {
		s.t.Fatalf("%s %s: %d, %v, %q", method, target, resp.StatusCode, err, text)
	}
	return a
}

// lockedBuffer is a log for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A PHP application runs behind PHP-FPM without knowing that we are not another server.
func TestClientPHP(t *testing.T) {
	root, err := filepath.Abs("testdata/php")
	if err != nil {
		t.Fatal(err)
	}
	fpm := testserver.PHPFPM(t, 3)
	var log lockedBuffer
	c := &fcgi.Client{
		Addresses: []string{fpm.Addr}, Root: "testdata/php", Static: http.FileServer(http.Dir(root)), SendfileRoot: root,
		Env: map[string]string{"APP_MODE": "test"}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := newSite(t, c)

	t.Run("variables", func(t *testing.T) {
		got := s.told("GET", "/echo.php/a%20b/c?x=1&y=2", nil, "X-A: 1", "Proxy: evil:80", "X_B: forged", "Remote-User: forged").Server
		for name, want := range map[string]string{
			"REQUEST_URI": "/echo.php/a%20b/c?x=1&y=2", "SCRIPT_NAME": "/echo.php", "PATH_INFO": "/a b/c", "QUERY_STRING": "x=1&y=2",
			"SCRIPT_FILENAME": root + "/echo.php", "DOCUMENT_ROOT": root, "PATH_TRANSLATED": root + "/a b/c", "PHP_SELF": "/echo.php/a b/c",
			"REMOTE_ADDR": "127.0.0.1", "HTTP_X_A": "1", "HTTP_X_B": "", "HTTP_PROXY": "", "REMOTE_USER": "", "APP_MODE": "test", "HTTPS": "",
		} {
			if got[name] != want {
				t.Errorf("%s is %q, want %q", name, got[name], want)
			}
		}
	})
	t.Run("paths", func(t *testing.T) {
		for target, want := range map[string]string{
			"/note.txt":             "200 just a text\n",
			"/sub/":                 "200 the folder's page",
			"/sub":                  "301 ./sub/",
			"/sub?x=%0d%0aSet-C:1":  "301 ./sub/?x=%0d%0aSet-C:1",
			"//sub":                 "301 ./sub/",
			"//evil.example/..%2f":  "404",
			"/sub/index.php":        "200 the folder's page",
			"/photo.gif":            "200 GIF89a <?php echo \"run!\";\n",
			"/photo.gif/x.php":      "404",
			"/photo.gif%00.php":     "404",
			"/note.txt/index.php":   "404",
			"/none.php":             "404",
			"/config.php~":          "404",
			"/config.php.bak":       "404",
			"/.hidden.php":          "404",
			"/OLD.PHP":              "404",
			"/echo.php%20":          "404",
			"/sub/../note.txt":      "404",
			"/sub/..%2fnote.txt":    "404",
			"/sub%5c..%5cnote.txt":  "404",
			"/away.php":             "302 /elsewhere?x=1",
			"/%2e%2e/%2e%2e/passwd": "404",
		} {
			resp, body := s.get(target)
			got := fmt.Sprint(resp.StatusCode)
			if to := resp.Header.Get("Location"); to != "" {
				got += " " + to
			} else if resp.StatusCode == 200 {
				got += " " + body
			}
			if got != want || strings.Contains(body, "secret") {
				t.Errorf("%s: %q, want %q", target, got, want)
			}
		}
	})
	t.Run("methods", func(t *testing.T) {
		if resp, body := s.do("HEAD", "/echo.php", nil); resp.StatusCode != 200 || body != "" || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%d %q %v", resp.StatusCode, body, resp.Header)
		}
		if got := s.told("PROPFIND", "/echo.php", nil).Server["REQUEST_METHOD"]; got != "PROPFIND" {
			t.Error(got)
		}
	})
	t.Run("bodies", func(t *testing.T) {
		const form = "Content-Type: application/x-www-form-urlencoded"
		if got := s.told("POST", "/echo.php", strings.NewReader("a=1&b=2"), form); fmt.Sprint(got.Post) != "map[a:1 b:2]" || got.Server["CONTENT_LENGTH"] != "7" {
			t.Errorf("%+v", got)
		}
		long := strings.Repeat("b", 3<<20)
		if got := s.told("PUT", "/echo.php", strings.NewReader(long)); got.Body != len(long) {
			t.Errorf("%+v", got)
		}
		if got := s.told("PUT", "/echo.php", io.MultiReader(strings.NewReader(long))); got.Body != len(long) || got.Server["CONTENT_LENGTH"] != "3145728" {
			t.Errorf("chunked: %+v", got)
		}
	})
	t.Run("upload", func(t *testing.T) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		_ = w.WriteField("title", "a file")
		f, _ := w.CreateFormFile("file", "x.bin")
		content := bytes.Repeat([]byte{0, 1, 2, 0xff, '\r', '\n'}, 100_000)
		_, _ = f.Write(content)
		_ = w.Close()
		sum := md5.Sum(content)
		want := fmt.Sprintf("file x.bin 0 %d %s\ntitle=a file\n", len(content), hex.EncodeToString(sum[:]))
		if _, got := s.do("POST", "/upload.php", &body, "Content-Type: "+w.FormDataContentType()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
	t.Run("session", func(t *testing.T) {
		for _, want := range []string{"1", "2", "3"} {
			if _, got := s.get("/session.php"); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
	t.Run("headers", func(t *testing.T) {
		resp, body := s.get("/headers.php")
		if resp.StatusCode != 418 || body != "tea" || len(resp.Header["Set-Cookie"]) != 2 || strings.Join(resp.Header["X-A"], "|") != "1|2" || resp.Header.Get("Status") != "" {
			t.Errorf("%d %q %v", resp.StatusCode, body, resp.Header)
		}
	})
	t.Run("exit", func(t *testing.T) {
		if resp, body := s.get("/exit.php"); resp.StatusCode != 200 || body != "before" {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
	})
	t.Run("fatal error", func(t *testing.T) {
		if resp, _ := s.get("/fatal.php"); resp.StatusCode != 500 {
			t.Error(resp.Status)
		}
		for _, want := range []string{"about to fail", "no_such_function", "path=/fatal.php"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log has no %q: %s", want, log.String())
			}
		}
		if _, body := s.get("/late.php"); body != "begun " {
			t.Errorf("%q", body)
		}
	})
	t.Run("stream", func(t *testing.T) {
		resp, err := s.Get(s.url + "/stream.php?n=5&pause=100000")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		begun, r := time.Now(), bufio.NewReader(resp.Body)
		for i := range 5 {
			line, err := r.ReadString('\n')
			if line != fmt.Sprintf("line %d\n", i) || err != nil {
				t.Fatalf("%q, %v", line, err)
			}
			if i == 0 {
				begun = time.Now()
			}
		}
		if d := time.Since(begun); d < 200*time.Millisecond {
			t.Errorf("all lines came within %v", d)
		}
	})
	t.Run("sent file", func(t *testing.T) {
		resp, body := s.get("/sendfile.php?file="+root+"/note.txt", "Range: bytes=5-5")
		if resp.StatusCode != 206 || body != "a" || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/x-sent") || resp.Header.Get("X-Sendfile") != "" {
			t.Errorf("%d %q %v", resp.StatusCode, body, resp.Header)
		}
		for _, file := range []string{"/etc/passwd", root + "/../php/../../client.go", root, "note.txt"} {
			if resp, _ := s.get("/sendfile.php?file=" + file); resp.StatusCode != 502 {
				t.Errorf("%s: %s", file, resp.Status)
			}
		}
	})
	t.Run("200 MB, or 10 GB", func(t *testing.T) {
		mb := 200
		if os.Getenv("SOAK") != "" {
			mb = 10 << 10
		}
		streamed(t, s.url+fmt.Sprintf("/big.php?mb=%d", mb), int64(mb)<<20)
	})
	t.Run("more requests than processes", func(t *testing.T) {
		var wg sync.WaitGroup
		begun := time.Now()
		for range 12 {
			wg.Go(func() {
				for range 10 {
					if resp, err := http.Get(s.url + "/sub/"); err != nil || resp.StatusCode != 200 {
						t.Error(err)
					} else {
						resp.Body.Close()
					}
				}
			})
		}
		wg.Wait()
		if d := time.Since(begun); d > 10*time.Second {
			t.Errorf("%v for 120 requests", d)
		}
	})
	t.Run("restarted", func(t *testing.T) {
		fpm.Restart()
		s.told("GET", "/echo.php", nil)
	})
	t.Run("fallback and mount", func(t *testing.T) {
		c := &fcgi.Client{Addresses: []string{fpm.Addr}, Root: root, Fallback: "/index.php", Mount: "/blog", Logger: paritytest.Silent}
		defer c.Close()
		s := newSite(t, c)
		got := s.told("GET", "/blog/2026/hello?x", nil).Server
		if got["SCRIPT_NAME"] != "/blog/index.php" || got["PATH_INFO"] != "" || got["REQUEST_URI"] != "/blog/2026/hello?x" {
			t.Errorf("%v", got)
		}
		if got := s.told("GET", "/blog/echo.php/x", nil).Server; got["SCRIPT_NAME"] != "/blog/echo.php" || got["PATH_INFO"] != "/x" {
			t.Errorf("%v", got)
		}
		if resp, _ := s.get("/blog"); resp.StatusCode != 301 || resp.Header.Get("Location") != "./blog/" {
			t.Errorf("%s %v", resp.Status, resp.Header)
		}
		for _, target := range []string{"/", "/blogs/echo.php", "/blog/note.txt"} {
			if resp, _ := s.get(target); resp.StatusCode != 404 {
				t.Errorf("%s: %s", target, resp.Status)
			}
		}
	})
}
