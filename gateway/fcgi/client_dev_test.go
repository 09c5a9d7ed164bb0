//go:build dev

package fcgi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/internal/outside"
)

// In dev builds what a failed application complained of goes, as a panic, to the layer that makes a
// page of it.
func TestClientComplaintShown(t *testing.T) {
	c := client(t, app(t, func(p *peer, id, _ int) bool {
		_, _ = io.WriteString(p, record(stderr, id, "Fatal error: no such function\n")+record(end, id, done))
		return true
	}))
	var shown *outside.Failure
	h := paritytest.Quiet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { shown, _ = recover().(*outside.Failure) }()
		c.ServeHTTP(w, r)
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if shown == nil || len(shown.Blocks) != 1 || shown.Blocks[0].Text != "Fatal error: no such function" {
		t.Errorf("%+v", shown)
	}
}
