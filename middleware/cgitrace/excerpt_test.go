package cgitrace_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// A text that is too long is cut; a secret in which it would break off goes whole.
func TestCutSecret(t *testing.T) {
	const secret = "planted-where-it-breaks-off"
	for at := range len(secret) + 2 {
		text := strings.Repeat("x", 16<<10-at) + secret + strings.Repeat("y", 1000)
		for name, v := range map[string]any{"string": text, "error": errors.New(text), "wrapped": fmt.Errorf("%w", errors.New(text))} {
			page, log := production(&cgitrace.Page{})
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("X-Api-Key", secret)
			page.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(v) })).ServeHTTP(httptest.NewRecorder(), r)
			said, _ := log.records(t)[0]["error"].(string)
			if i := strings.Index(said, "x"+secret[:4]); i >= 0 || !strings.Contains(said, fmt.Sprint(len(text), " bytes")) {
				t.Fatalf("%s, cut after %d bytes of the secret: …%s", name, at, said[max(0, len(said)-100):])
			}
		}
	}
}
