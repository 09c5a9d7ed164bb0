package errpage_test

import (
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/surcoat/surcoat/internal/errpage"
)

// templated answers r with a site's template, whose function "f" is f.
func templated(t *testing.T, text string, f any) (body, log string) {
	t.Helper()
	var records strings.Builder
	site := errpage.Site{
		Template: template.Must(template.New("own").Funcs(template.FuncMap{"f": f}).Parse(text)),
		Logger:   slog.New(slog.NewTextHandler(&records, nil)),
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept", browser)
	r.Header.Set("Accept-Language", "fr, de;q=0.9")
	w := httptest.NewRecorder()
	errpage.Write(framed{w, site}, r, errpage.Problem{Status: 500})
	if w.Code != 500 {
		t.Errorf("status %d", w.Code)
	}
	return w.Body.String(), records.String()
}

// A site's template that fails in any way is replaced, and the log says which way it was.
func TestTemplateFails(t *testing.T) {
	none := func() string { return "" }
	for _, tt := range []struct {
		name, text string
		f          any
		why        string
	}{
		{"a field that is not there", "half {{.Nothing}}", none, "can't evaluate field Nothing"},
		{"an error", "half {{f}}", func() (string, error) { return "", http.ErrNoCookie }, "named cookie not present"},
		{"a panic", "half {{f}}", func() string { panic("no menu") }, "no menu"},
		{"a nil pointer", "half {{f}}", func() string { var r *http.Request; return r.Host }, "nil pointer"},
		{"the goroutine's end", "half {{f}}", func() string { runtime.Goexit(); return "" }, "it ended its goroutine"},
		{"without end", "half {{range f}}0123456789{{end}}", func() []struct{} { return make([]struct{}, 1<<40) }, "it wrote more than 1 MiB"},
		{"too large at once", "half {{f}}", func() string { return strings.Repeat("x", 2<<20) }, "it wrote more than 1 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, log := templated(t, tt.text, tt.f)
			if !strings.Contains(body, "<h1>Something went wrong</h1>") || strings.Contains(body, "half") {
				t.Errorf("the answer is %.300q", body)
			}
			if !strings.Contains(log, tt.why) || strings.Count(log, "incident=") != 2 {
				t.Errorf("the log has %s", log)
			}
		})
	}
}

// A template may wait for what has failed: people do not.
func TestTemplateWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		wait := func() string { <-release; return "late" }
		for i := range 70 { // more than are let run on
			body, log := templated(t, "half {{f}}", wait)
			if !strings.Contains(body, "<h1>Something went wrong</h1>") || !strings.Contains(log, "built-in page was sent") {
				t.Fatalf("%.300q; %s", body, log)
			}
			if atWork := strings.Contains(log, "are at work"); atWork != (i >= 64) {
				t.Fatalf("after %d that wait: %s", i, log)
			}
		}
		close(release)
		synctest.Wait() // they end
		if body, _ := templated(t, "{{f}}", wait); body != "late" {
			t.Errorf("afterwards: %q", body)
		}
	})
}

// A template chooses among the languages that its site has.
func TestTemplateLanguage(t *testing.T) {
	none := func() string { return "" }
	for text, want := range map[string]string{
		`{{.Language "en" "de"}}`:    "de",
		`{{.Language "en" "nl"}}`:    "en",
		`{{.Language "en" "fr-CA"}}`: "fr-CA",
		`{{.Language}}`:              "",
	} {
		if body, _ := templated(t, text, none); body != want {
			t.Errorf("%s is %q, want %q", text, body, want)
		}
	}
}
