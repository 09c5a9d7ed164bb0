package wsgi_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// What becomes of what an application answers. 0: the answer is torn.
func TestAnswers(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases"})
	slog.SetDefault(s.app.Logger) // incidents go there
	long := strings.Repeat("x", 10000)
	for _, tt := range []struct {
		path, want string
		status     int
		logged     string
	}{
		{"/list", "one two", 200, ""},
		{"/single", long, 200, ""},
		{"/tuple", "one two", 200, ""},
		{"/empty", "", 200, ""},
		{"/empty-piece", "", 200, ""},
		{"/headless-empty", "", 200, ""},
		{"/written", "one two three", 200, ""},
		{"/generated", "one two", 200, ""},
		{"/late", "late", 201, ""},
		{"/replaced", "replaced", 404, ""},
		{"/caught", "went on", 200, ""},
		{"/cookies", "ok", 200, ""},
		{"/status-999", "odd", 999, ""},
		{"/header-latin1", "ok", 200, ""},
		{"/length", "12345", 200, ""},
		{"/204", "", 204, ""},
		{"/304", "", 304, ""},
		{"/closed", "one two", 200, ""},
		{"/closed-fails", "fine", 200, "ValueError: in close"},
		{"/length-long", "12345", 200, "longer than its Content-Length, which is 5"},
		{"/length-long-later", "12345", 200, "longer than its Content-Length, which is 5"},

		{"/too-late", "", 0, "ValueError: too late to say so"},
		{"/raised-between", "", 0, "ValueError: in the midst"},
		{"/length-short", "", 500, "3 bytes shorter than its Content-Length, which is 5"},
		{"/length-short-head", "", 0, "3 bytes shorter than its Content-Length, which is 5"},

		{"/raised", "", 500, "ZeroDivisionError: division by zero"},
		{"/chained", "", 500, "ValueError: outer"},
		{"/unspeakable", "", 500, "Unspeakable"},
		{"/exits", "", 500, "SystemExit: leaving"},
		{"/closed-at-error", "", 500, "ValueError: of the iterator"},
		{"/twice", "", 500, "a second time"},
		{"/never", "", 500, "start_response was not called"},
		{"/never-empty", "", 500, "start_response was not called"},
		{"/none", "", 500, "NoneType"},
		{"/bytes", "", 500, "is a int, not bytes"},
		{"/str", "", 500, "is a str, not bytes"},
		{"/str-iterated", "", 500, "is a str, not bytes"},
		{"/written-str", "", 500, "is a str, not bytes"},
		{"/status-short", "", 500, "not a status"},
		{"/status-text", "", 500, "not a status"},
		{"/status-099", "", 500, "not a status"},
		{"/status-100", "", 500, "not a status"},
		{"/status-lf", "", 500, "control character"},
		{"/status-bytes", "", 500, "is a bytes, not a str"},
		{"/header-tuple", "", 500, "are a tuple, not a list"},
		{"/header-bytes", "", 500, "name is a bytes"},
		{"/header-value", "", 500, "expected str instance, int found"},
		{"/header-name", "", 500, "not the name of a header field"},
		{"/header-lf", "", 500, "control character"},
		{"/header-cr", "", 500, "control character"},
		{"/header-nul", "", 500, "control character"},
		{"/header-unicode", "", 500, "UnicodeEncodeError"},
		{"/header-hop", "", 500, "is the server's"},
		{"/header-status", "", 500, "is the server's"},
		{"/length-twice", "", 500, "a second Content-Length"},
		{"/length-text", "", 500, "not a Content-Length"},
	} {
		before := s.log.count(tt.logged)
		a := s.get(t, tt.path)
		switch {
		case tt.status == 0:
			if a.err == nil {
				t.Errorf("%s: the client saw a whole answer: %d %q", tt.path, a.status, a.body)
			}
		case a.err != nil || a.status != tt.status || tt.status < 500 && a.body != tt.want:
			t.Errorf("%s: %d %.100q, %v; want %d %.100q", tt.path, a.status, a.body, a.err, tt.status, tt.want)
		}
		if tt.status == 500 && (!strings.Contains(a.body, "Incident") || strings.Contains(a.body, "Error")) {
			t.Errorf("%s: the page is %q", tt.path, a.body)
		}
		if tt.logged != "" {
			s.log.await(t, before+1, tt.logged)
		}
	}
	if n := s.log.count("a worker"); n > 0 {
		t.Errorf("%d incidents of workers", n)
	}
}

func TestAnswerHeaders(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases"})
	if a := s.get(t, "/cookies"); strings.Join(a.header["Set-Cookie"], " ") != "a=1 b=2" {
		t.Errorf("cookies %q", a.header["Set-Cookie"])
	}
	if a := s.get(t, "/header-latin1"); a.header.Get("X-A") != "caf\xe9" {
		t.Errorf("X-A %q", a.header.Get("X-A"))
	}
	for _, path := range []string{"/list", "/written", "/single", "/generated", "/closed", "/length"} {
		if a := s.do(t, http.MethodHead, path, nil); a.status != 200 || a.body != "" || a.err != nil {
			t.Errorf("HEAD %s: %d %q %v", path, a.status, a.body, a.err)
		}
	}
	if a := s.do(t, http.MethodHead, "/length", nil); a.header.Get("Content-Length") != "5" {
		t.Errorf("HEAD: Content-Length %q", a.header.Get("Content-Length"))
	}
}

// close() is called exactly once, whatever happens.
func TestIterableClose(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases"})
	slog.SetDefault(s.app.Logger)
	for _, tt := range []struct{ method, path string }{{"GET", "/closed"}, {"HEAD", "/closed"}, {"GET", "/closed-at-error"}} {
		s.do(t, tt.method, tt.path, nil)
		if a := s.get(t, "/noted"); a.body != "closed" {
			t.Errorf("%s %s: %q", tt.method, tt.path, a.body)
		}
	}
}

// What an application writes to wherever goes to the log, and what belonged to a request does no
// harm to the next.
func TestOutput(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases"})
	s.get(t, "/errors")
	for _, want := range []string{`"wsgi: to wsgi.errors" path=/errors`, `"wsgi: without an end" path=/errors`, `"wsgi: to stdout" from=stdout`, `"wsgi: to stderr" from=stderr`} {
		s.log.await(t, 1, want)
	}
	for _, want := range []string{"first", "wsgi.input is read after the request's end"} {
		if a := s.do(t, "POST", "/kept", strings.NewReader(strings.Repeat("x", 100_000))); a.body != want {
			t.Errorf("%d %q, want %q", a.status, a.body, want)
		}
	}
	s.log.await(t, 1, "said later")
}

func TestValidate(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "cases:valid", Mount: "/app"})
	slog.SetDefault(s.app.Logger)
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/app", "", "and more"},
		{"GET", "/app/?file", "", "of a file"},
		{"POST", "/app/x%20y", "one\ntwo\nthree", "one\nand more"},
		{"HEAD", "/app/", "", ""},
		{"PUT", "/app/", "x", "xand more"},
	} {
		if a := s.do(t, tt.method, tt.path, strings.NewReader(tt.body)); a.status != 200 || a.body != tt.want {
			t.Errorf("%s %s: %d %q", tt.method, tt.path, a.status, a.body)
		}
	}
}
