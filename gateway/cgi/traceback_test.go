//go:build dev && unix

package cgi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// In a dev build the developer sees what a failed program said, on the page of a panic, and
// without a Page around the plain 502.
func TestTraceback(t *testing.T) {
	journalDefault(t)
	h := &cgi.Handler{Path: script(t, "echo 'line 7: what is wrong' >&2; exit 1"), Logger: paritytest.Silent}
	page := (&cgitrace.Page{Logger: paritytest.Silent}).Wrap(h)
	for name, tt := range map[string]struct {
		h      http.Handler
		header string
		want   bool
	}{
		"page":        {page, "Sec-Fetch-Site: none", true},
		"not for her": {page, "Sec-Fetch-Site: cross-site", false},
		"no page":     {h, "Sec-Fetch-Site: none", false},
	} {
		resp := request(t, site(t, tt.h), tt.header)
		if got := strings.Contains(resp, "line 7: what is wrong") && strings.Contains(resp, "exit status 1"); got != tt.want {
			t.Errorf("%s: %.3000s", name, resp)
		}
	}
}

func request(t *testing.T, at, header string) string {
	t.Helper()
	_, body := exchange(t, at, "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n"+header+"\r\n\r\n")
	return body
}
