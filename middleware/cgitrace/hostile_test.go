package cgitrace_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// Secrets times places to look for them in, both sent by a client, once took half a
// minute for a header of 1 MiB. What cannot be searched is not logged either.
func TestFloodOfSecrets(t *testing.T) {
	var cookies, query strings.Builder
	for i := range 25_000 {
		fmt.Fprintf(&cookies, "c=secret%012d; ", i)
		fmt.Fprintf(&query, "some-parameter-%d=x&", i)
	}
	for name, change := range map[string]func(*http.Request){
		"cookies":       func(r *http.Request) { r.Header.Set("Cookie", cookies.String()) },
		"query":         func(r *http.Request) { r.URL.RawQuery = query.String() },
		"both":          func(r *http.Request) { r.Header.Set("Cookie", cookies.String()); r.URL.RawQuery = query.String() },
		"one parameter": func(r *http.Request) { r.URL.RawQuery = "q=" + strings.Repeat("secret", 100_000) },
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			h := (&cgitrace.Page{Off: true, Logger: slog.New(slog.NewTextHandler(&log, nil))}).Wrap(
				http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					if _, err := r.Cookie("c"); err == nil {
						panic("no session secret000000024999")
					}
					panic("no session")
				}))
			r := httptest.NewRequest("GET", "/", nil)
			change(r)
			w := httptest.NewRecorder()
			start := time.Now()
			h.ServeHTTP(w, r)
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
			if w.Code != http.StatusInternalServerError || strings.Contains(log.String(), "000024999") || log.Len() > 64<<10 {
				body, _ := io.ReadAll(w.Body)
				t.Errorf("%d %s; %d bytes of log: %.500s", w.Code, body, log.Len(), log.String())
			}
		})
	}
}
