//go:build dev

package cgitrace_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// curl takes brackets and braces in a URL for lists of addresses unless told not to.
func TestCurlTakesURLAsItIs(t *testing.T) {
	for target, option := range map[string]bool{"/?filter[name]=x": true, "/?r=[1-9999]": true, "/?q={a,b}": true, "/?q=a": false} {
		r := request("GET", "*/*", "")
		r.URL.RawQuery = strings.TrimPrefix(target, "/?")
		w := traceback(&cgitrace.Page{}, r, func(http.ResponseWriter, *http.Request) { panic("x") })
		_, line, found := strings.Cut(w.Body.String(), "\nrepeat it:\n")
		line, _, _ = strings.Cut(line, "\n")
		if strings.Contains(line, " -g 'http") != option || !found || !strings.Contains(line, r.URL.RawQuery) {
			t.Errorf("%s: %s", target, line)
		}
	}
}
