//go:build dev

package explain_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/explain"
)

// The function of a line is the one of the runtime's name, where that is clear.
func TestFunction(t *testing.T) {
	src := `package main
func f(u *User) { //2
	_ = u.Name //3
	func() {
		_ = u.Name //5
		func() { _ = u.Name }() //6
	}()
	func() { _ = u.Name }(); _ = u.Name //8
	g(func() { _ = u.Name }, func() { _ = u.Name }) //9
	for range each { _ = u.Name } //10
}
func (s *Set[T]) m() { _ = u.Name } //12
var v = func() { _ = u.Name } //13
func init() { _ = u.Name } //14
func h(u *User) {
	for range each {
		_ = u.Name //17
	}
}
`
	const because = "u is nil (*main.User); .Name cannot be read"
	for _, tt := range []struct {
		line int
		name string
		want string
	}{
		{3, "main.f", because},
		{3, "example.com/shop/main.f", because},
		{3, "main.g", ""}, // the file was edited since
		{3, "main.f.func1", ""},
		{3, "main.f.gowrap1", because},
		{5, "main.f.func1", because},
		{5, "main.f", ""},
		{5, "main.caller.f.func1", because}, // f was inlined
		{5, "main.caller.func2.f.func7", because},
		{6, "main.f.func1.1", because},
		{6, "main.f.func1", ""}, // it calls here, but nothing of its own can have failed
		{8, "main.f", because},
		{8, "main.f.func2", because},
		{8, "main.caller.func2.f.func7", ""},
		{9, "main.f.func3", ""},   // or func4?
		{10, "main.f-range1", ""}, // the loop itself, or its body
		{17, "main.h-range1", because},
		{17, "main.h", because},
		{12, "main.(*Set[...]).m", because},
		{12, "main.(*Set[go.shape.int]).m", because},
		{13, "main.init.func1", because},
		{13, "main.glob..func1", because},
		{14, "main.init.0", because},
		{99, "main.f", ""},
		{0, "main.f", ""},
		{3, "", ""},
	} {
		got, _ := explain.Of("", []byte(src), tt.line, tt.name, nilPointer, vars{"u": (*User)(nil)})
		if got != tt.want {
			t.Errorf("line %d of %s: %q", tt.line, tt.name, got)
		}
	}
}

// A variable of an inlined function is known only where there is one of that name.
func TestInlined(t *testing.T) {
	vs := vars{"u": (*User)(nil), "v": (*User)(nil)}
	for _, tt := range []struct{ src, want string }{
		{"package main; func f(u any) { _ = u.Next }", "u is nil (*main.User); .Next cannot be read"},
		{"package main; func f(u any) { _ = u.Next; { u := v; _ = u == v } }", "u was nil, or what is embedded in it; .Next cannot be read"},
	} {
		if got := explain.OfInlined([]byte(tt.src), 1, nilPointer, vs); got != tt.want {
			t.Errorf("%s\n\tgot  %q\n\twant %q", tt.src, got, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	src := `package main
import "fmt"
var total int
func f(a int) (b string) {
	const c = 1
	for i := range limit {
		fmt.Println(i, a+c, total, users[key].Name, func(d int) int { return d + step }(2))
	}
	b = label
	return
}
var g = func() { _ = other }
`
	for line, want := range map[int]string{
		2: "", 3: "", 4: "label key limit step total users", 7: "label key limit step total users",
		12: "other", 40: "", -1: "",
	} {
		got := explain.NamesOf([]byte(src), line)
		if wanted := strings.Fields(want); !slices.Equal(got, sorted(wanted)) {
			t.Errorf("line %d has %q", line, got)
		}
	}
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

// Files that are no Go files in order give nothing.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	good := "package p\n\nfunc f() { _ = total }\n"
	for name, text := range map[string]string{
		"good.go":   good,
		"broken.go": "package p\n\nfunc f() { _ = total \n",
		"huge.go":   good + "//" + strings.Repeat("x", 3<<20),
		"deep.go":   "package p\n\nfunc f() { _ = total" + strings.Repeat(" + total", 2000) + "}\n",
		"nul.go":    "\x00",
		"good.txt":  good,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"good.go", "broken.go", "huge.go", "deep.go", "nul.go", "good.txt", "none.go", "."} {
		got := explain.Names(filepath.Join(dir, name), 3)
		if (len(got) > 0) != (name == "good.go") {
			t.Errorf("%s has %q", name, got)
		}
	}
	// A file that changes is read again.
	if err := os.WriteFile(filepath.Join(dir, "good.go"), []byte("package p\n\nfunc f() { _ = another }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := explain.Names(filepath.Join(dir, "good.go"), 3); !slices.Equal(got, []string{"another"}) {
		t.Errorf("after a change it has %q", got)
	}
}

// What other files of the package declare is known, unless two of them do.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b.go":      "package main\nconst size, both = 1 << 2, 1\ntype Size int\nfunc (a *Address) Ptr() {}\nfunc find() *Address { return nil }\ntype Address struct { Street string }\ntype Admin struct { *Address }\nfunc admin() *Admin { return nil }",
		"c.go":      "package main\nconst both = 2\nfunc (a Address) Val() {}",
		"d.go":      "package other\nconst size = 9",
		"e_test.go": "package main\nconst size = 9",
		"f.go":      "package main\nconst size = 9 // and does not parse",
	} {
		if name == "f.go" {
			text = strings.Replace(text, "size", "other", 1)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []row{
		{"_ = xs[size]", vars{"xs": []int{1}}, index(4, 1), "size is 4, but len(xs) is 1"},
		{"_ = xs[Size(size) + 1]", vars{"xs": []int{1}}, index(5, 1), "Size(size) + 1 is 5, but len(xs) is 1"},
		{"_ = xs[both]", vars{"xs": []int{1}}, index(4, 1), "both was 4, but len(xs) is 1"},
		{"a.Ptr()", vars{"a": (*Address)(nil)}, nilPointer, ""},
		{"a.Val()", vars{"a": (*Address)(nil)}, nilPointer, "a is nil (*main.Address); .Val cannot be called"},
		{"_ = admin().Street", nil, nilPointer, "admin() was nil, or what is embedded in it; .Street cannot be read"},
		{"_ = find().Street", nil, nilPointer, "find() was nil; .Street cannot be read"},
	} {
		src := "package main\nfunc f(xs, a any) {\n" + tt.body + "\n}\n"
		got, _ := explain.Of(filepath.Join(dir, "a.go"), []byte(src), 3, "main.f", tt.failure, tt.vars)
		if got != tt.want {
			t.Errorf("%s\n\tgot  %q\n\twant %q", tt.body, got, tt.want)
		}
	}
}
