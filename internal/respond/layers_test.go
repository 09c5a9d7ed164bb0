package respond_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/surcoat/surcoat/internal/respond"
)

func TestLayersGoFromTheOutsideIn(t *testing.T) {
	base := httptest.NewRecorder()
	inner := wrap(base)
	outer := wrap(inner)
	if got := slices.Collect(respond.Layers(outer)); !slices.Equal(got, []http.ResponseWriter{outer, inner, base}) {
		t.Errorf("got %v", got)
	}
	for layer := range respond.Layers(outer) {
		if layer != outer {
			t.Errorf("went on to %T after break", layer)
		}
		break
	}
	for layer := range respond.Layers(nil) {
		t.Errorf("nil has the layer %T", layer)
	}
	for layer := range respond.Layers(wrap(nil)) {
		if layer == nil {
			t.Error("a wrapper of nil has nil among its layers")
		}
	}
}
