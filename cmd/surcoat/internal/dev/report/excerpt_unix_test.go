//go:build unix

package report_test

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/report"
)

// A place that is no file, as a //line directive or a program's own words may name it, is not
// waited for.
func TestPlaceIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.go"), 0o600); err != nil {
		t.Skip(err)
	}
	h := report.Handler{
		Report: &report.Report{Title: "T", Output: "pipe.go:1:1: no such luck\n", Dir: dir, Ours: func(string) bool { return true }},
		Editor: report.DefaultEditor,
	}
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	r.RemoteAddr = "127.0.0.1:5000"
	r.Header.Set("Accept", browser)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "no such luck") {
		t.Errorf("%s", w.Body)
	}
}
