package relay_test

import (
	"context"
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

// Whether the client has gone is what the error says; the end of the context may be our own doing.
func TestFailContextEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	w := httptest.NewRecorder()
	relay.Fail(w, r, "test", errors.New("the application failed"))
	if w.Code != http.StatusBadGateway {
		t.Errorf("status %d", w.Code)
	}
	for _, err := range []error{ctx.Err(), &relay.Client{Err: errors.New("gone")}} {
		func() {
			defer func() {
				if got := recover(); got != http.ErrAbortHandler {
					t.Errorf("%v: panic %v", err, got)
				}
			}()
			relay.Fail(httptest.NewRecorder(), r, "test", err)
		}()
	}
}
