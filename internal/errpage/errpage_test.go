package errpage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/errpage"
)

// framed is a response writer of a layer that sets the look of errors.
type framed struct {
	http.ResponseWriter
	site errpage.Site
}

func (f framed) ErrorSite() errpage.Site { return f.site }

// wrapped is a layer's writer further in.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// sitePolicy is what a layer outside has set for all pages of the site.
const sitePolicy = "default-src 'self'"

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

// answer writes p for a client with the given Accept, and returns what it and the log got.
func answer(t *testing.T, accept string, site errpage.Site, p errpage.Problem) (resp *http.Response, body, log, incident string) {
	t.Helper()
	var records bytes.Buffer
	site.Logger = slog.New(slog.NewJSONHandler(&records, nil))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", "7")
		w.Header().Set("Etag", `"v1"`)
		w.Header().Set("Cache-Control", "public, max-age=31536000")
		w.Header().Set("Set-Cookie", "kept=1")
		w.Header().Set("Content-Security-Policy", sitePolicy)
		incident = errpage.Write(wrapped{wrapped{framed{w, site}}}, r, p)
	}))
	defer srv.Close()
	req, err := http.NewRequestWithContext(context.Background(), "POST", srv.URL+"/shop/7?token=tok123", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	if resp, err = srv.Client().Do(req); err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b), records.String(), incident
}

func TestNegotiation(t *testing.T) {
	for _, tt := range []struct{ accept, want string }{
		{browser, "text/html; charset=utf-8"},
		{"", "text/plain; charset=utf-8"},
		{"*/*", "text/plain; charset=utf-8"}, // curl
		{"image/avif,image/webp,*/*;q=0.8", "text/plain; charset=utf-8"},
		{"application/json", "application/problem+json"},
		{"application/problem+json", "application/problem+json"},
		{"application/json, text/plain, */*", "application/problem+json"}, // axios
		{"application/*", "application/problem+json"},
		{"text/html;q=0.1, application/json", "application/problem+json"},
		{"application/json;q=0.1, text/html", "text/html; charset=utf-8"},
		{"text/html;q=0", "text/plain; charset=utf-8"},
	} {
		resp, body, _, _ := answer(t, tt.accept, errpage.Site{}, errpage.Problem{Status: 503})
		if got := resp.Header.Get("Content-Type"); got != tt.want || resp.StatusCode != 503 || body == "" {
			t.Errorf("Accept %q: %d %s, %d bytes; want %s", tt.accept, resp.StatusCode, got, len(body), tt.want)
		}
	}
}

func TestHeader(t *testing.T) {
	resp, body, _, _ := answer(t, browser, errpage.Site{}, errpage.Problem{Status: 503, RetryAfter: 1500 * time.Millisecond})
	for name, want := range map[string]string{
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
		"Retry-After":            "2",
		"Set-Cookie":             "kept=1",
		"Etag":                   "",
		"Content-Encoding":       "",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if resp.ContentLength != int64(len(body)) {
		t.Errorf("Content-Length %d for %d bytes", resp.ContentLength, len(body))
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("Content-Security-Policy is %q", csp)
	}
}

func TestIncident(t *testing.T) {
	cause := errors.New("secret cause")
	for _, tt := range []struct {
		name    string
		problem errpage.Problem
		logged  bool
		level   string
	}{
		{"500", errpage.Problem{Status: 500, Err: cause}, true, "ERROR"},
		{"500 without a cause", errpage.Problem{Status: 500}, true, "ERROR"},
		{"400 with a cause", errpage.Problem{Status: 400, Err: cause}, true, "INFO"},
		{"503 that says when to come back", errpage.Problem{Status: 503, Err: cause, RetryAfter: time.Second}, true, "WARN"},
		{"401 is no incident", errpage.Problem{Status: 401}, false, ""},
	} {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			_, body, log, incident := answer(t, accept, errpage.Site{}, tt.problem)
			if tt.logged != (incident != "") {
				t.Errorf("%s, %s: incident %q", tt.name, accept, incident)
				continue
			}
			if strings.Contains(body, "secret cause") {
				t.Errorf("%s, %s: the client sees the cause", tt.name, accept)
			}
			if !tt.logged {
				if log != "" {
					t.Errorf("%s: logged %s", tt.name, log)
				}
				continue
			}
			if !regexp.MustCompile(`^[A-Z2-7]{5}-[A-Z2-7]{5}$`).MatchString(incident) {
				t.Errorf("incident %q", incident)
			}
			if !strings.Contains(body, incident) {
				t.Errorf("%s, %s: the number %s is not in the answer:\n%s", tt.name, accept, incident, body)
			}
			var record map[string]any
			if err := json.Unmarshal([]byte(log), &record); err != nil {
				t.Fatalf("log %q: %v", log, err)
			}
			if record["incident"] != incident || record["level"] != tt.level || record["method"] != "POST" || record["path"] != "/shop/7" {
				t.Errorf("%s: logged %s", tt.name, log)
			}
			if tt.problem.Err != nil && record["error"] != "secret cause" {
				t.Errorf("%s: the cause is not in the log: %s", tt.name, log)
			}
			if strings.Contains(log, "tok123") {
				t.Errorf("%s: the query is in the log: %s", tt.name, log)
			}
		}
	}
}

func TestProblemJSON(t *testing.T) {
	_, body, _, incident := answer(t, "application/json", errpage.Site{}, errpage.Problem{Status: 500, Detail: `say "so"`, Title: "Mine"})
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	// RFC 9457 §4.2.1: about:blank goes with the status's own phrase.
	want := map[string]any{"type": "about:blank", "title": "Internal Server Error", "status": 500.0, "detail": `say "so"`, "incident": incident}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %v, want %v", name, got[name], value)
		}
	}
}

func TestSiteTemplate(t *testing.T) {
	own := template.Must(template.New("own").Parse(`<p>{{.Status}} {{.Title}} {{.Detail}} {{.Incident}}</p>`))
	resp, body, _, incident := answer(t, browser, errpage.Site{Template: own}, errpage.Problem{Status: 500, Title: "<Oh>", Detail: "Dear."})
	if want := "<p>500 &lt;Oh&gt; Dear. " + incident + "</p>"; body != want {
		t.Errorf("got %q, want %q", body, want)
	}
	if csp := resp.Header.Get("Content-Security-Policy"); csp != sitePolicy {
		t.Errorf("a site's own page has the policy %q, want the site's %q", csp, sitePolicy)
	}

	failing := template.Must(template.New("failing").Parse(`half a page {{.Nothing}}`))
	resp, body, log, incident := answer(t, browser, errpage.Site{Template: failing}, errpage.Problem{Status: 500})
	if resp.StatusCode != 500 || !strings.Contains(body, "Something went wrong") || !strings.Contains(body, incident) || strings.Contains(body, "half a page") {
		t.Errorf("with a failing template: %d\n%s", resp.StatusCode, body)
	}
	if !strings.Contains(log, "template failed") {
		t.Errorf("the failing template is not in the log: %s", log)
	}
}

// What a client sees of every status has words, and no page is bare.
func TestWords(t *testing.T) {
	for status := 400; status < 600; status++ {
		if http.StatusText(status) == "" {
			continue
		}
		_, body, _, _ := answer(t, "*/*", errpage.Site{}, errpage.Problem{Status: status})
		if lines := strings.Split(body, "\n"); len(lines[0]) < len("400 x") {
			t.Errorf("%d: %q", status, body)
		}
		if strings.Contains(body, "Internal Server Error") {
			t.Errorf("%d: a bare %q", status, body)
		}
	}
}
