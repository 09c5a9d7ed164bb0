//go:build dev

package relay_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// What an application said is shown where a Page is around, and its diagnosis is asked for only then.
func TestFailShows(t *testing.T) {
	err := errors.New("no answer")
	for _, tt := range []struct {
		name      string
		err       error
		page      bool
		asked     bool
		want, not string
	}{
		{"said", &relay.Said{Err: err, Stderr: "the shelf is empty\n", Status: "exit status 1"}, true, false, "the shelf is empty", "finds"},
		{"wrapped", fmt.Errorf("once more: %w", &relay.Said{Err: err, Stderr: "the shelf is empty\n"}), true, false, "failed: no answer", "finds"},
		{"diagnosed", &relay.Said{Err: err}, true, true, "surcoat doctor finds:\n  no x bit", "Standard error"},
		{"secrets of its environment", &relay.Said{Err: err, Stderr: "planted-1", Environ: []string{"SHELF_TOKEN=planted-1"}}, true, false, "REDACTED", "planted"},
		{"silent", &relay.Said{Err: err, Stderr: " \n"}, true, false, "", "failed:"},
		{"no Said", err, true, false, "", "failed:"},
		{"no Page", &relay.Said{Err: err, Stderr: "the shelf is empty\n"}, false, false, "", "shelf"},
	} {
		asked := false
		if s := new(relay.Said); tt.asked && errors.As(tt.err, &s) {
			s.Diagnose = func() string { asked = true; return "no x bit" }
		}
		h := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { relay.Fail(w, r, "test", tt.err) }))
		if tt.page {
			h = (&cgitrace.Page{Logger: slog.New(slog.DiscardHandler)}).Wrap(h)
		}
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.RemoteAddr = "127.0.0.1:4000"
		r.Header.Set("Accept", "*/*")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if body := w.Body.String(); w.Code < 500 || !strings.Contains(body, tt.want) || strings.Contains(body, tt.not) || asked != tt.asked {
			t.Errorf("%s: asked %t, %d\n%s", tt.name, asked, w.Code, body)
		}
	}
}
