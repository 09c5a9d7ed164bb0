//go:build dev

package inspect_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/inspect"
)

// The comment at the end of a line says what is noted of x after this line failed, where x is
// declared on it or, with a ^, on the last line marked with a <.
const declarations = `package p

import "net/http"

func f(a []int, m map[string]int, p *struct{ x int }, e any) {
	x := a[7] // not yet assigned
	x := 7 // assigned
	x := http.StatusOK // assigned
	x := p.x // not yet assigned
	x, ok := m["k"] // assigned
	x, ok := e.(string) // assigned
	x := e.(string) // not yet assigned
	x := len(a) + int(7) // assigned
	x := 1 / len(a) // not yet assigned
	x := func() int { return a[9] } // assigned
	x := func() int { return a[9] }() // not yet assigned
	x := a[7]; f(x) // perhaps not yet assigned
	x := 7; f(x) // assigned
	if x := a[7]; x > 0 { // not yet assigned
	}
	if x := a[7]; a[x] > 0 { // perhaps not yet assigned
	}
	for x := 0; x < a[x]; x++ { // assigned
	}
	for x := a[0]; x < 7; x++ { // not yet assigned
	}
	for x := range a { // not yet assigned
	}
	for _, x := range f() { // <
		g() // ^ assigned
	}
	for x := range a { a[x]++ } // perhaps not yet assigned
	x := g( // <
		a[7], // ^ not yet assigned
	)
	g() // ^ assigned
	var x int // assigned
	var x = a[7] // not yet assigned
	var (
		x = a[7] // not yet assigned
		y = 7
	)
	switch x := e.(type) { // assigned
	}
	switch x := g().(type) { // not yet assigned
	}
	select {
	case x := <-p.c: // not yet assigned
	}
	y := 7 // not found
	x = a[7] // not found
}

func g(http *server) {
	x := http.Status // not yet assigned
}
`

func TestAssigned(t *testing.T) {
	file := write(t, declarations)
	marked := 0
	for i, line := range strings.Split(declarations, "\n") {
		code, want, ok := strings.Cut(line, " // ")
		if want == "<" {
			marked = i + 1
		}
		if !ok || want == "<" {
			continue
		}
		declared := i + 1
		if w, above := strings.CutPrefix(want, "^ "); above {
			declared, want = marked, w
		}
		if got := inspect.Assigned(file, "x", declared, i+1); got != want {
			t.Errorf("line %d, %s: %s, want %s", i+1, strings.TrimSpace(code), got, want)
		}
	}
	if got := inspect.Assigned(filepath.Join(t.TempDir(), "none.go"), "x", 1, 1); got != "not found" {
		t.Errorf("in a file that is not there, x is %s", got)
	}
}

// A file that was changed since, or that is no Go at all, is no reason to fail.
func FuzzAssigned(f *testing.F) {
	for _, text := range []string{declarations, scopes, assignments, "package p\nfunc f() { x := ", "package p\nfor x, := range"} {
		f.Add([]byte(text), "x", "p.f", 6, 6)
	}
	file := filepath.Join(f.TempDir(), "p.go")
	f.Fuzz(func(t *testing.T, source []byte, name, function string, declared, at int) {
		if err := os.WriteFile(file, source, 0o600); err != nil {
			t.Fatal(err)
		}
		inspect.Assigned(file, name, declared, at)
		inspect.Locals(file, function, at)
		inspect.Mutates(file, name, declared, reflect.Struct)
	})
}
