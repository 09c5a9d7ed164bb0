//go:build dev && unix

package doctor_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/doctor"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// In dev builds the page about a failed program has what the doctor finds.
func TestPage(t *testing.T) {
	w := newWard(t)
	for _, tt := range []struct{ name, content, want string }{
		{"crlf", "#!/bin/sh\r\necho\r\n", "The lines end with CR LF"},
		{"bom", "\xef\xbb\xbf" + page, "byte order mark"},
		{"env", "#!/usr/bin/env python9\n", "There is no program python9"},
		{"fails", "#!/bin/sh\necho no database >&2\nexit 1\n", "no database"},
	} {
		h := &cgi.Handler{Path: w.put(tt.name, tt.content, 0o755), Diagnose: doctor.Diagnose}
		srv := httptest.NewServer((&cgitrace.Page{}).Wrap(h))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		srv.Close()
		if err != nil || resp.StatusCode < 500 || !strings.Contains(string(body), tt.want) {
			t.Errorf("%s: %d, %v\n%.3000s", tt.name, resp.StatusCode, err, body)
		}
	}
}
