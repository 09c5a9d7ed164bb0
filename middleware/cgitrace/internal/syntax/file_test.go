//go:build dev

package syntax_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/syntax"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		name, text string
		opens      bool
	}{
		{"plain.go", "package p\n\nfunc f() {}\n", true},
		{"broken.go", "package p\n\nfunc f( {\n", false},
		{"template.html", "package p\n", false},
		{"empty.go", "", false},
		{"large.go", "package p\n" + strings.Repeat("//\n", 1<<20), false},
		{"deep.go", "package p\n\nvar x = " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), false},
	} {
		path := write(tt.name, tt.text)
		for range 2 { // kept, too
			if f := syntax.Open(path); (f != nil) != tt.opens {
				t.Errorf("%s opens: %v", tt.name, f != nil)
			}
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "none.go"), "/dev/zero", ""} {
		if syntax.Open(path) != nil {
			t.Errorf("%q opens", path)
		}
	}
}

// A file that was written again is read again.
func TestOpenChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.go")
	for i, text := range []string{"package p\n\nfunc f() {}\n", "package p\n\n\nfunc f() {}\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f := syntax.Open(path)
		if f == nil {
			t.Fatal("it does not open")
		}
		decl := f.Tree.Decls[0]
		if line := f.Line(decl.Pos()); line != 3+i || !f.Touches(decl, 3+i) || f.Touches(decl, 2) {
			t.Errorf("f is on line %d", line)
		}
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if syntax.Open(path) == nil {
		t.Error("it does not open any more")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("package p\nfunc f() { x := "))
	f.Add([]byte("package p\nimport (\"a\"; b \"c\")\nfunc (t T[K]) f(x, y int) (err error) { for i := range x { go func() {}() } }"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if file := syntax.Parse("p.go", text); file != nil && file.Line(file.Tree.Package) == 0 {
			t.Error("the package clause is on no line")
		}
	})
}
