package cgi_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// Whatever a program answers, no answer of ours is one that HTTP does not have.
func FuzzAnswer(f *testing.F) {
	if runtime.GOOS == "windows" {
		f.Skip("there is no /bin/sh")
	}
	journalDefault(f)
	f.Add("Status: 404\nX-A: b\n\nhello")
	f.Add("Location: /x#y\n\n")
	f.Add("Location: /%zz\n\n")
	f.Add("HTTP/1.1 103 Early\n\nContent-Length: 3\n\nhello")
	dir := f.TempDir()
	answer := filepath.Join(dir, "answer")
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" || !strings.HasPrefix(r.RequestURI, "/") || strings.ContainsAny(r.RequestURI, "\r\n\x00#") || r.URL.Host != "" {
			panic("sent on to " + r.RequestURI)
		}
	})
	h := &cgi.Handler{Path: write(f, dir, "a.cgi", "#!/bin/sh\nexec cat answer\n"), Redirect: page, Logger: paritytest.Silent}
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(answer, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		torn := func() (torn bool) {
			defer func() {
				v := recover()
				if v != nil && v != http.ErrAbortHandler {
					panic(v)
				}
				torn = v != nil
			}()
			h.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader("hello")))
			return false
		}()
		result := w.Result()
		if !torn && (result.StatusCode < 200 || result.StatusCode > 999) {
			t.Errorf("%d", result.StatusCode)
		}
		for name, values := range result.Header {
			if strings.ContainsAny(name+strings.Join(values, ""), "\r\n\x00") {
				t.Errorf("%q: %q", name, values)
			}
		}
	})
}
