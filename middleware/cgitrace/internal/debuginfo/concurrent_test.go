//go:build dev

package debuginfo_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// Hundreds of goroutines that ask for the same at the same time, when nothing has been read yet, get
// the same.
func TestAtOnce(t *testing.T) {
	path := build(t, "program", forDevelopment...)
	info, at := open(t, path), run(t, path)["kinds"]
	var types [400][]*debuginfo.Type
	var all sync.WaitGroup
	for n := range types {
		all.Go(func() {
			if n%40 == 0 {
				useAll(t, info, 20)
			}
			f, err := info.Function(at.pc)
			if err != nil {
				t.Error(err)
				return
			}
			for _, v := range f.Scopes(at.pc)[0].Variables {
				types[n] = append(types[n], v.Type, v.Type.Elem())
			}
		})
	}
	all.Wait()
	for n := range types {
		if !slices.Equal(types[n], types[0]) {
			t.Fatalf("goroutine %d has other types", n)
		}
	}
}
