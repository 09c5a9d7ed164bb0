package wsgi_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

func TestEnviron(t *testing.T) {
	t.Setenv("PYTHONHASHSEED", "0")
	s := serve(t, &wsgi.App{Module: "cases:echo", Mount: "/wiki", Threads: 2})
	a := s.do(t, "POST", "/wiki/caf%C3%A9%2Fx?q=%20a&b", strings.NewReader("12345"))
	for _, want := range []string{
		"REQUEST_METHOD='POST'", "SCRIPT_NAME='/wiki'", `PATH_INFO='/cafÃ©/x'`, "QUERY_STRING='q=%20a&b'", "CONTENT_LENGTH='5'",
		"REQUEST_URI='/wiki/caf%C3%A9%2Fx?q=%20a&b'", "SERVER_PROTOCOL='HTTP/1.1'", "SERVER_NAME='127.0.0.1'", "REMOTE_ADDR='127.0.0.1'",
		"wsgi.url_scheme='http'", "wsgi.version=(1, 0)", "wsgi.multithread=True", "wsgi.multiprocess=False", "wsgi.run_once=False",
		"wsgi.input_terminated=True", "body=5",
	} {
		if !strings.Contains(a.body, want+"\n") {
			t.Errorf("there is no %s in\n%s", want, a.body)
		}
	}
	if a := s.get(t, "/wikipedia"); a.status != http.StatusNotFound {
		t.Errorf("beside the mount: %d", a.status)
	}
	if a := s.get(t, "/wiki/a%00b"); a.status != http.StatusBadRequest {
		t.Errorf("NUL in the path: %d", a.status)
	}
	r, _ := http.NewRequest("GET", s.URL+"/wiki", nil)
	r.Header.Set("Proxy", "evil")
	r.Header["X_Real_Ip"] = []string{"evil"}
	r.Header.Set("Remote-User", "evil")
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	for _, never := range []string{"HTTP_PROXY", "HTTP_X_REAL_IP", "\nREMOTE_USER"} {
		if strings.Contains(string(b), never) {
			t.Errorf("%s has reached the application", never)
		}
	}
}

// A target in absolute form does not make the connection one over TLS.
func TestForgedScheme(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases:echo"})
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "GET https://example.org/ HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n")
	b, _ := io.ReadAll(c)
	if !strings.Contains(string(b), "wsgi.url_scheme='http'\n") {
		t.Errorf("%s", b)
	}
}

func TestHTTP2(t *testing.T) {
	app := &wsgi.App{Module: "cases:echo"}
	prepare(t, app)
	srv := httptest.NewUnstartedServer(app)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	s := &site{Server: srv}
	a := s.do(t, "POST", "/", bytes.NewReader(make([]byte, 100_000)))
	for _, want := range []string{"SERVER_PROTOCOL='HTTP/2.0'", "wsgi.url_scheme='https'", "HTTPS='on'", "body=100000"} {
		if !strings.Contains(a.body, want+"\n") {
			t.Errorf("there is no %s in\n%s", want, a.body)
		}
	}
}

// An upload that takes longer than Timeout does not keep its worker.
func TestUploadTimeout(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", Timeout: 300 * time.Millisecond})
	pid := s.pid(t)
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nbeginning")
	if b, _ := io.ReadAll(conn); strings.Contains(string(b), " 200 ") {
		t.Errorf("%q", b)
	}
	if a := s.get(t, "/notes"); a.body != "upload: OSError" {
		t.Errorf("%d %q %v", a.status, a.body, a.err)
	}
	if s.pid(t) != pid {
		t.Error("the worker was replaced")
	}
}

// Workers see what they are meant to of this program's environment.
func TestProcessEnvironment(t *testing.T) {
	t.Setenv("DATABASE_PASSWORD", "secret")
	s := serve(t, &wsgi.App{Module: "process:environment", Env: map[string]string{"DJANGO_SETTINGS_MODULE": "x"}})
	a := s.get(t, "/")
	if strings.Contains(a.body, "secret") || !strings.Contains(a.body, "DJANGO_SETTINGS_MODULE=x\n") || !strings.Contains(a.body, "PATH="+os.Getenv("PATH")+"\n") {
		t.Errorf("the environment is\n%s", a.body)
	}
}

func TestInput(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases:bodies"})
	const text = "one\ntwo\nthree"
	for _, tt := range []struct{ calls, want string }{
		{"read()", `b'one\ntwo\nthree'`},
		{"read(-1)", `b'one\ntwo\nthree'`},
		{"read(None)", `b'one\ntwo\nthree'`},
		{"read(0);read(5);read(100);read(1)", `b'' b'one\nt' b'wo\nthree' b''`},
		{"readline();readline(2);readline(100);readline();readline()", `b'one\n' b'tw' b'o\n' b'three' b''`},
		{"readline(0);readline(-1);readline(None)", `b'' b'one\n' b'two\n'`},
		{"readlines()", `[b'one\n', b'two\n', b'three']`},
		{"readlines(4);read()", `[b'one\n'] b'two\nthree'`},
		{"readlines(5);readlines(0)", `[b'one\n', b'two\n'] [b'three']`},
		{"__iter__().__next__();read(1);readline()", `b'one\n' b't' b'wo\n'`},
	} {
		for kind, body := range map[string]io.Reader{"short": strings.NewReader(text), "chunked": struct{ io.Reader }{strings.NewReader(text)}} {
			if a := s.do(t, "POST", "/?"+tt.calls, body); a.body != tt.want {
				t.Errorf("%s, %s: %s, want %s", tt.calls, kind, a.body, tt.want)
			}
		}
		// With Expect the pieces come one by one.
		r, _ := http.NewRequest("POST", s.URL+"/?"+tt.calls, strings.NewReader(text))
		r.Header.Set("Expect", "100-continue")
		res, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if string(b) != tt.want {
			t.Errorf("%s, in pieces: %s, want %s", tt.calls, b, tt.want)
		}
	}
}

// An upload of 50 MB arrives whole, and leaves whole.
func TestUpload(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process:mirror"})
	b := make([]byte, 50<<20)
	for i := range b {
		b[i] = byte(i * i >> 8)
	}
	want := fmt.Sprintf("%x", sha256.Sum256(b))
	if a := s.do(t, "POST", "/hash", bytes.NewReader(b)); a.body != want {
		t.Errorf("hash %s, %v, want %s", a.body, a.err, want)
	}
	if a := s.do(t, "POST", "/echo", bytes.NewReader(b)); fmt.Sprintf("%x", sha256.Sum256([]byte(a.body))) != want {
		t.Errorf("%d bytes came back, %v", len(a.body), a.err)
	}
	// What nobody reads does not stop the answer.
	if a := s.do(t, "POST", "/unread", bytes.NewReader(b)); a.status != 200 && a.err == nil {
		t.Errorf("unread: %d %v", a.status, a.err)
	}
	if a := s.get(t, "/unread"); a.body != "unread" {
		t.Errorf("after it: %d %q %v", a.status, a.body, a.err)
	}
}

func TestMaxBody(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process:mirror", MaxBody: 1 << 20, MaxSpool: 1 << 20})
	for name, body := range map[string]io.Reader{
		"with its length": bytes.NewReader(make([]byte, 1<<20+1)),
		"chunked":         struct{ io.Reader }{bytes.NewReader(make([]byte, 1<<20+1))},
	} {
		if a := s.do(t, "POST", "/hash", body); a.status != http.StatusRequestEntityTooLarge && a.err == nil {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := s.do(t, "POST", "/hash", bytes.NewReader(make([]byte, 1<<20))); a.status != 200 {
		t.Errorf("as much as may be: %d", a.status)
	}
}

func TestFileWrapper(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases:files"})
	whole := strings.Repeat("0123456789", 100000)
	for _, tt := range []struct {
		how, want string
		status    int
	}{
		{"whole", whole, 200},
		{"offset", whole[999990:], 200},
		{"length", whole[:15], 200},
		{"memory", "0123456789", 200},
		{"iterated", whole, 200},
		{"pipe", "of a pipe", 200},
		{"short", "", 500},
	} {
		a := s.get(t, "/?"+tt.how)
		if a.status != tt.status || a.err != nil || tt.status == 200 && a.body != tt.want {
			t.Errorf("%s: %d, %d bytes, %v", tt.how, a.status, len(a.body), a.err)
		}
		if tt.how == "offset" && a.header.Get("Content-Length") != "10" {
			t.Errorf("%s: Content-Length %q", tt.how, a.header.Get("Content-Length"))
		}
		if a := s.do(t, "HEAD", "/?"+tt.how, nil); a.status != tt.status && tt.how != "short" || a.body != "" {
			t.Errorf("HEAD %s: %d, %d bytes", tt.how, a.status, len(a.body))
		}
	}
}

// A worker is free while a slow client takes a file.
func TestFileWrapperSlow(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases:files"})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /?whole HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if a := s.get(t, "/?offset"); a.body != "0123456789" {
			t.Errorf("%d %q %v", a.status, a.body, a.err)
		}
	}
}
