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

// The comment at the end of a line is what it can name: after the function's name, each variable with the line
// on which it is declared.
const scopes = `package p

func (r *T) method(a, b int) (c int, err error) {
	d := a
	use(d) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4
	if d, e := b, c; d > e { // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4
		use(d) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:6 e:6
		f := 1
	} else if g := d; g > 0 {
		use(g) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:6 e:6 g:9
	}
	d, h := 7, 8
	use(d) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4 h:12
	var (
		i, _ = d, 1
		j    int
	)
	const k = 1
	for l := 0; l < d; l++ {
		for m, n := range r.list {
			use(m) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4 h:12 i:15 j:16 l:19 m:20 n:20
		}
	}
	func() {
		o := i
		use(o) // p.(*T).method.func1: o:25
		use(o) // p.(*T).method:
	}()
	use(func() int { return 1 }) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4 h:12 i:15 j:16
label:
	switch p := d; p {
	case 1:
		q := p
		use(q) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4 h:12 i:15 j:16 p:31 q:33
	default:
		use(p) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4 h:12 i:15 j:16 p:31
	}
	select {
	case s := <-ch:
		use(s) // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4 h:12 i:15 j:16 s:39
	}
	t := call(
		d, // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4 h:12 i:15 j:16
	)
	return // p.(*T).method: r:3 a:3 b:3 c:3 err:3 d:4 h:12 i:15 j:16 t:42
}

func generic[T any](x T) {
	use(x) // p.generic[...]: x:48
	use(x) // p.other:
	use(x) // p.generic[...]-range1:
}

func two() {
	use(func() int { y := 1; return y }, func() int { z := 1; return z }) // p.two.func1:
}
`

func TestLocals(t *testing.T) {
	file := write(t, scopes)
	for i, line := range strings.Split(scopes, "\n") {
		_, comment, ok := strings.Cut(line, " // ")
		if !ok {
			continue
		}
		function, want, _ := strings.Cut(comment, ":")
		if got := strings.Join(inspect.Locals(file, function, i+1), " "); got != strings.TrimSpace(want) {
			t.Errorf("line %d of %s has %s, want%s", i+1, function, got, want)
		}
	}
}

// The comment says whether x, declared on this line, is assigned to again.
const assignments = `package p

func a() { x := 1; use(x) } // once
func b() { x := 1; x = 2 } // again
func c() { x := 1; x++ } // again
func d() { x := 1; func() { x += 2 }() } // again
func e() { x := T{}; x.f = 2 } // of a struct
func f() { x := []int{1}; x[0] = 2 } // of an array
func g() { x := 1; (x) = 2 } // again
func h() { for x := range y { use(x) } } // again
func i() { x := 1; y := x; y = 2 } // once
func j() { x := 1; m[x] = 2 } // once
func k() { x := 1; x.y[3].z = 2 } // of a struct
func l() { x := 1; for x = range y { } } // again
func m() { x := 1; *x = 2 } // once
func n(x int) { use(x) } // once
func o(x int) { x, y := 1, 2 } // once
`

func TestMutates(t *testing.T) {
	file := write(t, assignments)
	for i, line := range strings.Split(assignments, "\n") {
		_, want, ok := strings.Cut(line, " // ")
		if !ok {
			continue
		}
		for kind, mutates := range map[reflect.Kind]bool{
			reflect.Slice: want == "again", reflect.Struct: want == "again" || strings.HasPrefix(want, "of a"),
		} {
			if got := inspect.Mutates(file, "x", i+1, kind); got != mutates {
				t.Errorf("%s: %v for a %v", line, got, kind)
			}
		}
	}
}

func write(t *testing.T, text string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
