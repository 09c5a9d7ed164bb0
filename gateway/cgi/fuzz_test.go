package cgi_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// Whatever a program writes to its standard error: lines of text, in bounds, and the end of it.
func FuzzStandardError(f *testing.F) {
	f.Add("one\ntwo", "three\r\n\n", 1)
	f.Add("\xff\x00", "\n\n", 5000)
	f.Fuzz(func(t *testing.T, one, other string, times int) {
		times = max(0, min(times, 1<<20/(len(one)+len(other)+1)))
		j := new(journal)
		text := strings.Repeat(one+other, times)
		var pieces [][]byte
		for range times {
			pieces = append(pieces, []byte(one), []byte(other))
		}
		excerpt := cgi.Complain(j.logger(), pieces...)
		if len(excerpt) > 3*12<<10 || !utf8.ValidString(excerpt) {
			t.Errorf("%d bytes kept", len(excerpt))
		}
		if len(text) < 4000 && utf8.ValidString(text) && excerpt != text {
			t.Errorf("kept %q of %q", excerpt, text)
		}
		if n := len(j.String()); n > 8<<20 {
			t.Errorf("%d bytes logged", n)
		}
	})
}

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
