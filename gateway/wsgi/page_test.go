package wsgi_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/wsgi"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// Inside a cgitrace.Page a developer sees Python's traceback, and in production nobody does, who
// gets an incident number.
func TestPage(t *testing.T) {
	app := &wsgi.App{Module: "cases"}
	log := prepare(t, app)
	broken := &wsgi.App{Module: "cases:none_such", Env: map[string]string{}}
	brokenLog := prepare(t, broken)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := broken.Start(t.Context()); err == nil {
		t.Fatal("it starts")
	}
	page := (&cgitrace.Page{Logger: slog.New(slog.NewTextHandler(log, nil))}).Wrap(app)
	brokenPage := (&cgitrace.Page{Logger: slog.New(slog.NewTextHandler(brokenLog, nil))}).Wrap(broken)
	s, b := frontOf(t, page, app, log), frontOf(t, brokenPage, broken, brokenLog)
	for _, tt := range []struct {
		site       *site
		path, want string
		status     int
	}{
		{s, "/chained", "KeyError: 'inner'", 500},
		{s, "/chained", "The above exception was the direct cause", 500},
		{b, "/", "none_such", 503},
	} {
		r, _ := http.NewRequest("GET", tt.site.URL+tt.path, nil)
		r.Header.Set("Accept", "text/html")
		a := tt.site.send(t, r)
		if strings.Contains(strings.ReplaceAll(a.body, "&#39;", "'"), tt.want) != cgitrace.Enabled {
			t.Errorf("%s: the page in this build (Enabled is %t): %d %.2000s", tt.path, cgitrace.Enabled, a.status, a.body)
		}
		if !cgitrace.Enabled && (a.status != tt.status || !strings.Contains(a.body, "ncident")) {
			t.Errorf("%s: %d %s", tt.path, a.status, a.body)
		}
		tt.site.log.await(t, 1, tt.want)
	}
}
