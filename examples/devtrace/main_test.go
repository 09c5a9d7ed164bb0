package main

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// ask sends f what its link or form on the index sends.
func (f failure) ask(t *testing.T, site, accept string) (status int, kind, body string, err error) {
	t.Helper()
	method, form := "GET", url.Values{}
	for _, field := range f.Fields {
		method = "POST"
		form.Set(field.Name, field.Value)
	}
	r, err := http.NewRequest(method, site+f.Path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header.Get("Content-Type"), string(b), err
}

// partly are the failures whose response has begun to leave a production build: the
// connection is cut.
var partly = []string{"/template", "/half", "/lint"}

// In production visitors are told that it failed, and nothing of why.
func TestProduction(t *testing.T) {
	if cgitrace.Enabled {
		t.Skip("this is the dev build, whose pages TestDevelopment looks at")
	}
	server := httptest.NewUnstartedServer(site(slog.New(slog.DiscardHandler)))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	incident := regexp.MustCompile(`[A-Z2-7]{5}-[A-Z2-7]{5}`)
	for _, f := range failures {
		for _, accept := range []string{"text/html", "application/json", "*/*"} {
			status, _, body, err := f.ask(t, server.URL, accept)
			if slices.Contains(partly, f.Path) {
				if err == nil {
					t.Errorf("%s: %d, whole", f.Path, status)
				}
			} else if err != nil || status != 500 || !incident.MatchString(body) {
				t.Errorf("%s: %d %v %s", f.Path, status, err, body)
			}
			for _, told := range []string{"panic", "runtime error", ".go", "goroutine", "main.", "horse", "nil"} {
				if strings.Contains(body, told) {
					t.Errorf("%s as %s tells of %q:\n%s", f.Path, accept, told, body)
				}
			}
		}
	}
}

func TestIndex(t *testing.T) {
	w := httptest.NewRecorder()
	site(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	body := w.Body.String()
	for _, f := range failures {
		if !strings.Contains(body, `"`+f.Path+`"`) || !strings.Contains(body, f.Title) {
			t.Errorf("no %s: %s", f.Path, f.Title)
		}
	}
	if told := strings.Contains(body, "surcoat dev ./examples/devtrace"); told == cgitrace.Enabled {
		t.Errorf("it says how to start a dev build: %t", told)
	}
}
