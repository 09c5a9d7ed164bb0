package relay_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// The log names the package once, also where the error does so itself.
func TestFailNamesThePackageOnce(t *testing.T) {
	for text, want := range map[string]string{
		"no answer":                      `error="cgi: no answer"`,
		"cgi: Handler.Path is empty":     `error="cgi: Handler.Path is empty"`,
		"cginess: is another word, here": `error="cgi: cginess: is another word, here"`,
	} {
		var log strings.Builder
		page := cgitrace.Page{Logger: slog.New(slog.NewTextHandler(&log, nil))}
		w := httptest.NewRecorder()
		page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			relay.Fail(w, r, "cgi", errors.New(text))
		})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if w.Code != http.StatusBadGateway || !strings.Contains(log.String(), want) {
			t.Errorf("%s: %d, %s", text, w.Code, log.String())
		}
	}
}
