package vary_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/surcoat/surcoat/internal/vary"
)

func TestAdd(t *testing.T) {
	for _, tt := range []struct{ before, want []string }{
		{nil, []string{"Cookie"}},
		{[]string{}, []string{"Cookie"}},
		{[]string{"Origin"}, []string{"Origin", "Cookie"}},
		{[]string{"Cookie"}, []string{"Cookie"}},
		{[]string{"cookie"}, []string{"cookie"}},
		{[]string{"Origin, \tCOOKIE ,Accept"}, []string{"Origin, \tCOOKIE ,Accept"}},
		{[]string{"Origin", "Accept, Cookie"}, []string{"Origin", "Accept, Cookie"}},
		{[]string{"*"}, []string{"*"}},
		{[]string{"X-Cookie"}, []string{"X-Cookie", "Cookie"}},
	} {
		h := http.Header{}
		if tt.before != nil {
			h["Vary"] = tt.before
		}
		vary.Add(h, "Cookie")
		if got := h["Vary"]; !slices.Equal(got, tt.want) {
			t.Errorf("Add to %q: %q, want %q", tt.before, got, tt.want)
		}
	}
}

// A handler may keep one slice for all its responses.
func TestAddLeavesSharedSlices(t *testing.T) {
	shared := make([]string, 1, 4)
	shared[0] = "Origin"
	for _, field := range []string{"Cookie", "Accept-Encoding"} {
		h := http.Header{"Vary": shared}
		vary.Add(h, field)
		if want := []string{"Origin", field}; !slices.Equal(h["Vary"], want) {
			t.Errorf("got %q, want %q", h["Vary"], want)
		}
	}
	if extra := shared[:2][1]; extra != "" {
		t.Errorf("the shared slice's spare room now holds %q", extra)
	}
}
