package cgitrace_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// A panic that every request meets is logged each time, but not in full.
func TestRepeatedPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page, log := production(&cgitrace.Page{})
		h := page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/other" {
				panic("another one")
			}
			culprit(w, r)
		}))
		ask := func(path string) {
			r := httptest.NewRequest("GET", path+"?page=2", nil)
			r.Header.Set("User-Agent", strings.Repeat("long ", 100))
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
		for range 500 {
			ask("/cart")
		}
		ask("/other")
		time.Sleep(time.Minute)
		ask("/cart")

		list := log.records(t)
		if len(list) != 502 || log.b.Len() > len(list)<<10 {
			t.Fatalf("%d records, %d bytes", len(list), log.b.Len())
		}
		for i, rec := range list {
			brief := 10 <= i && i < 500
			stack, _ := rec["stack"].(string)
			if frames := strings.Count(stack, "\n\t"); rec["header"] == nil != brief || rec["repeated"] != nil != brief || frames <= 4 != brief {
				t.Fatalf("record %d: %v", i, rec)
			}
			if !strings.Contains(rec["error"].(string), "panic: ") || rec["query"] != "page=2" {
				t.Fatalf("record %d: %v", i, rec)
			}
		}
		if n := list[499]["repeated"]; n != 500.0 {
			t.Errorf("the last says it is number %v", n)
		}
	})
}
