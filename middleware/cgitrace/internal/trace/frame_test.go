//go:build dev

package trace_test

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"
)

func stack(functions ...string) iter.Seq2[int, runtime.Frame] {
	frames := make([]runtime.Frame, len(functions))
	for i, f := range functions {
		frames[i].Function = f
	}
	return slices.All(frames)
}

func TestFrames(t *testing.T) {
	for _, tt := range []struct {
		function, pkg, name string
		kind                trace.Kind
	}{
		{"main.main", "main", "main.main", trace.Application},
		{"main.(*T).Method.func1", "main", "main.(*T).Method.func1", trace.Application},
		{"net/http.(*conn).serve", "net/http", "http.(*conn).serve", trace.Standard},
		{"runtime.goexit", "runtime", "runtime.goexit", trace.Runtime},
		{"internal/runtime/maps.fatal", "internal/runtime/maps", "maps.fatal", trace.Runtime},
		{"github.com/ada/lib/v2.F[github.com/x/y.Z]", "github.com/ada/lib/v2", "v2.F[github.com/x/y.Z]", trace.Library},
		{"gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml%2ev3", "yaml%2ev3.Unmarshal", trace.Library},
		{"github.com/surcoat/surcoat/middleware/gzip.handler.ServeHTTP", "github.com/surcoat/surcoat/middleware/gzip", "gzip.handler.ServeHTTP", trace.Library},
		{"github.com/surcoat/surcoat/examples/wiki/view.Page", "github.com/surcoat/surcoat/examples/wiki/view", "view.Page", trace.Application},
		{"github.com/surcoat/surcoat/chain_test.F", "github.com/surcoat/surcoat/chain_test", "chain_test.F", trace.Application},
	} {
		f := trace.Sections(stack(tt.function))[0].Frames[0]
		if f.Package != tt.pkg || f.Name != tt.name || f.Kind != tt.kind {
			t.Errorf("%s: %q %q %d", tt.function, f.Package, f.Name, f.Kind)
		}
	}
}

func TestSections(t *testing.T) {
	got := trace.Sections(stack("main.deferred", "runtime.gopanic", "runtime.panicmem", "runtime.sigpanic", "main.f", "main.main"))
	if len(got) != 2 || len(got[0].Frames) != 1 || fmt.Sprint(got[1].Frames[0].Name, len(got[1].Frames)) != "main.f2" {
		t.Errorf("got %+v", got)
	}
	var deep []string
	for i := range 1000 {
		deep = append(deep, fmt.Sprint("main.f", i))
	}
	s := trace.Sections(stack(deep...))[0]
	if s.LeftOut != 1000-len(s.Frames) || s.LeftOut < 800 || s.Frames[0].Name != "main.f0" || s.Frames[len(s.Frames)-1].Name != "main.f999" {
		t.Errorf("%d of 1000 left out, from %s to %s", s.LeftOut, s.Frames[0].Name, s.Frames[len(s.Frames)-1].Name)
	}
}
