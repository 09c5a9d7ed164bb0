package report_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/report"
)

const browser = "text/html,application/xhtml+xml,*/*;q=0.8"

// ask returns the answer to a request of the developer's, as change makes it.
func ask(r *report.Report, accept string, change func(*http.Request)) (*http.Response, string) {
	req := httptest.NewRequest("GET", "http://localhost:8080/x", nil)
	req.RemoteAddr = "127.0.0.1:5000"
	req.Header.Set("Accept", accept)
	if change != nil {
		change(req)
	}
	w := httptest.NewRecorder()
	report.Handler{Report: r, Editor: report.DefaultEditor, Access: report.Access{Host: "dev.example"}}.ServeHTTP(w, req)
	return w.Result(), w.Body.String()
}

func failure(t *testing.T) *report.Report {
	t.Helper()
	dir := filepath.Join(t.TempDir(), `a "b" <c>`)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	source := "package main\n\nfunc main() {\n\tx := \"<script>alert(1)</script>\"\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return &report.Report{
		Kind: "build", Title: "The build failed", Heading: "What it says", Dir: dir, At: time.Now(), Ours: func(string) bool { return true },
		Output: "# site\n./main.go:4:2: declared and not used: <x>\n\thave (<int>)\n", Command: "go build '<p>'", Advice: []string{"Mend <it>."},
	}
}

func TestPage(t *testing.T) {
	r := failure(t)
	resp, body := ask(r, browser, nil)
	if resp.StatusCode != 503 || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	for _, want := range []string{
		"<h1>declared and not used: &lt;x&gt;</h1>", "a%20%22b%22%20%3Cc%3E/main.go:4\"", `data-n="4"`, "&lt;script&gt;alert(1)",
		"have (&lt;int&gt;)", "Mend &lt;it&gt;.", "&#39;&lt;p&gt;&#39;", `<meta http-equiv="refresh" content="1">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if n := strings.Count(body, "<script"); n > 0 || strings.Contains(body, "ZgotmplZ") {
		t.Errorf("%d scripts, or a link that was refused:\n%s", n, body)
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("policy %q", csp)
	}
}

func TestCrash(t *testing.T) {
	r := failure(t)
	ours := filepath.Join(r.Dir, "main.go")
	r.Kind, r.Title = "exit status 2", "The program crashed"
	r.Output = "2026/11/21 listening\n" + ours + ":1: only a log\npanic: no <luck>\n\ngoroutine 7 [running]:\nnet/http.x()\n\t/go/src/net/http/x.go:9 +0x25\nmain.main()\n\t" + ours + ":4 +0x3ff\n"
	r.Ours = func(file string) bool { return file == ours }
	_, body := ask(r, browser, nil)
	for _, want := range []string{"<h1>panic: no &lt;luck&gt;</h1>", `class="l hot" data-n="4"`, "http/x.go:9\">"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	r.Output = "wiki: no such folder\n"
	if _, body := ask(r, browser, nil); !strings.Contains(body, "<h1>The program crashed</h1>") || !strings.Contains(body, "wiki: no such folder") {
		t.Error(body)
	}
}

func TestNegotiation(t *testing.T) {
	r := failure(t)
	for accept, want := range map[string]string{
		browser: "text/html; charset=utf-8", "application/json": "application/problem+json", "*/*": "text/plain; charset=utf-8", "": "text/plain; charset=utf-8",
	} {
		resp, body := ask(r, accept, nil)
		if resp.Header.Get("Content-Type") != want || !strings.Contains(body, "declared and not used") {
			t.Errorf("%s: %s\n%s", accept, resp.Header.Get("Content-Type"), body)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Retry-After": "1"} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", accept, name, got)
			}
		}
	}
}

func TestAccess(t *testing.T) {
	r := failure(t)
	for _, tt := range []struct {
		name   string
		shown  bool
		change func(*http.Request)
	}{
		{"this machine", true, nil},
		{"IPv6", true, func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:5000", "[::1]:8080" }},
		{"mapped", true, func(r *http.Request) { r.RemoteAddr = "[::ffff:127.0.0.1]:5000" }},
		{"named", true, func(r *http.Request) { r.Host = "DEV.example.:80" }},
		{"below localhost", true, func(r *http.Request) { r.Host = "shop.localhost" }},
		{"another machine", false, func(r *http.Request) { r.RemoteAddr = "192.168.1.7:5000" }},
		{"no address", false, func(r *http.Request) { r.RemoteAddr = "@" }},
		{"rebound name", false, func(r *http.Request) { r.Host = "evil.example" }},
		{"no name", false, func(r *http.Request) { r.Host = "" }},
		{"proxy", false, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "127.0.0.1") }},
		{"tunnel", false, func(r *http.Request) { r.Header.Set("Forwarded", "for=127.0.0.1") }},
		{"proxy of one field", false, func(r *http.Request) { r.Header.Set("X-Real-Ip", "127.0.0.1") }},
		{"proxy without a trace but its version", false, func(r *http.Request) { r.Proto, r.ProtoMinor = "HTTP/1.0", 0 }},
		{"fetched by another site", false, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		{"another site's link", true, func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			r.Header.Set("Sec-Fetch-Dest", "document")
		}},
		{"another site's frame", false, func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			r.Header.Set("Sec-Fetch-Dest", "iframe")
		}},
		{"another origin", false, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }},
		{"its own origin", true, func(r *http.Request) { r.Header.Set("Origin", "http://localhost:8080") }},
	} {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			resp, body := ask(r, accept, tt.change)
			if shown := strings.Contains(body, "declared"); shown != tt.shown || resp.StatusCode != 503 {
				t.Errorf("%s, %s: %d, shown %t:\n%s", tt.name, accept, resp.StatusCode, shown, body)
			}
		}
	}
}

func TestEditor(t *testing.T) {
	for pattern, ok := range map[string]bool{
		report.DefaultEditor: true, "idea://open?file={file}&line={line}": true, "http://localhost:63342/api/file{file}": true,
		"javascript:alert('{file}')": false, "JavaScript:{file}": false, "data:text/html,{file}": false, "{file}": false, "vscode://open": false, "": false, "a\x00b:{file}": false,
	} {
		if err := report.CheckEditor(pattern); (err == nil) != ok {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
