package errpage_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/errpage"
)

// What kinds of clients get: the beginning and the type of the body.
func TestClients(t *testing.T) {
	const html, fragment, js, text = "<!doctype html>", `<div role="alert">`, "{", "500 "
	for _, tt := range []struct {
		name, header, want string
	}{
		{"browser", "Accept: " + browser, html},
		{"curl", "Accept: */*", text},
		{"an image of a page", "Accept: image/avif,image/webp,*/*;q=0.8", text},
		{"fetch", "Accept: */*; Sec-Fetch-Mode: cors", text},
		{"axios", "Accept: application/json, text/plain, */*", js},
		{"JSON API", "Accept: application/vnd.api+json", js},
		{"GitHub's", "Accept: application/vnd.github+json", js},
		{"JSON-LD or a page", "Accept: application/ld+json, text/html;q=0.9", js},
		{"a page or JSON-LD", "Accept: application/ld+json;q=0.5, text/html", html},
		{"an image only", "Accept: image/png", text},
		{"htmx", "Accept: */*; Hx-Request: true", fragment},
		{"htmx, by its name", "Accept: text/html, */*; Hx-Request: true", fragment},
		{"htmx follows a link", "Accept: */*; Hx-Request: true; Hx-Boosted: true", html},
		{"htmx restores history", "Accept: */*; Hx-Request: true; Hx-History-Restore-Request: true", html},
		{"htmx for JSON", "Accept: application/json; Hx-Request: true", js},
		{"Turbo in a frame", "Accept: text/html, application/xhtml+xml; Turbo-Frame: cart", html},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		for field := range strings.SplitSeq(tt.header, "; ") {
			name, value, _ := strings.Cut(field, ": ")
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		errpage.Write(framed{w, errpage.Site{Logger: slog.New(slog.DiscardHandler)}}, r, errpage.Problem{Status: 500})
		kind := map[string]string{
			html: "text/html; charset=utf-8", fragment: "text/html; charset=utf-8", js: "application/problem+json", text: "text/plain; charset=utf-8",
		}[tt.want]
		if got := w.Header().Get("Content-Type"); got != kind || !strings.HasPrefix(w.Body.String(), tt.want) {
			t.Errorf("%s: %s, %.200q; want %s, %s", tt.name, got, w.Body, kind, tt.want)
		}
		if tt.want == fragment && strings.Contains(w.Body.String(), "<html") {
			t.Errorf("%s: a whole page: %s", tt.name, w.Body)
		}
	}
}

// HEAD gets the header that GET would have got, and no body (RFC 9110 §9.3.2).
func TestHead(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			errpage.Write(framed{w, errpage.Site{Logger: slog.New(slog.DiscardHandler)}}, r, errpage.Problem{Status: 500})
		}))
		srv.EnableHTTP2 = h2
		srv.StartTLS()
		header := make(map[string]http.Header)
		for _, method := range []string{"GET", "HEAD"} {
			r, _ := http.NewRequestWithContext(context.Background(), method, srv.URL, nil)
			r.Header.Set("Accept", browser)
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != 500 || (len(b) > 0) != (method == "GET") {
				t.Errorf("%s: %d, %d bytes, %v", method, resp.StatusCode, len(b), err)
			}
			resp.Header.Del("Date")
			header[method] = resp.Header
		}
		for name := range header["GET"] {
			if got, want := header["HEAD"].Get(name), header["GET"].Get(name); got != want {
				t.Errorf("%s is %q, with GET %q", name, got, want)
			}
		}
		srv.Close()
	}
}

// A link back to the same address is there where it may help and can do no harm.
func TestTryAgain(t *testing.T) {
	for _, tt := range []struct {
		method string
		p      errpage.Problem
		want   bool
	}{
		{"GET", errpage.Problem{Status: 500}, true},
		{"HEAD", errpage.Problem{Status: 503, RetryAfter: time.Second}, true},
		{"GET", errpage.Problem{Status: 429}, true},
		{"POST", errpage.Problem{Status: 500}, false},
		{"GET", errpage.Problem{Status: 403}, false},
		{"GET", errpage.Problem{Status: 404}, false},
	} {
		r := httptest.NewRequest(tt.method, "/", nil)
		r.Header.Set("Accept", browser)
		w := httptest.NewRecorder()
		errpage.Write(framed{w, errpage.Site{Logger: slog.New(slog.DiscardHandler)}}, r, tt.p)
		if got := strings.Contains(w.Body.String(), "Try again</a>"); got != tt.want {
			t.Errorf("%s, %d: %t", tt.method, tt.p.Status, got)
		}
	}
}

// failing is a handler of logs that does not work.
type failing struct{ slog.Handler }

func (failing) Handle(context.Context, slog.Record) error { panic("disk full") }

// The client is answered whatever becomes of the log, which goes to the standard error.
func TestLoggerPanics(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = write
	w := httptest.NewRecorder()
	site := errpage.Site{Logger: slog.New(failing{slog.NewTextHandler(io.Discard, nil)})}
	incident := errpage.Write(framed{w, site}, httptest.NewRequest("GET", "/", nil), errpage.Problem{Status: 500, Err: io.ErrUnexpectedEOF})
	os.Stderr = stderr
	write.Close()
	said, _ := io.ReadAll(read)
	if w.Code != 500 || !strings.Contains(w.Body.String(), incident) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, want := range []string{"incident=" + incident, "unexpected EOF", `"logger panicked"=string`} {
		if !strings.Contains(string(said), want) {
			t.Errorf("the standard error has no %s: %s", want, said)
		}
	}
}

// What a client sends does not fill the log.
func TestRecordBounded(t *testing.T) {
	var log bytes.Buffer
	r := httptest.NewRequest("GET", "/", nil)
	long := strings.Repeat("x", 1<<20)
	r.Method, r.Host, r.URL.Path = long, long, "/"+long
	errpage.Write(framed{httptest.NewRecorder(), errpage.Site{Logger: slog.New(slog.NewTextHandler(&log, nil))}}, r, errpage.Problem{Status: 500})
	if log.Len() > 2000 {
		t.Errorf("%d bytes", log.Len())
	}
}
