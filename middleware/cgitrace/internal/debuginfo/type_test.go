//go:build dev

package debuginfo_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// What each variable of the program's function kinds is: kind, size, what is in it, and whether an
// interface holds it directly.
func TestTypes(t *testing.T) {
	path := build(t, "program", forDevelopment...)
	checkKinds(t, scopesAt(t, open(t, path), run(t, path)["kinds"].pc)[0])
}

// Programs for other systems are described in the same way, some in DWARF 4.
func TestTypesOfOtherSystemsSoak(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("SOAK is not set")
	}
	for _, system := range [][]string{{"GOOS=windows", "GOARCH=amd64"}, {"GOOS=darwin", "GOARCH=arm64"}, {"GOOS=linux", "GOARCH=arm64"}, {"GOOS=linux", "GOEXPERIMENT=nodwarf5"}} {
		t.Run(strings.Join(system, " "), func(t *testing.T) {
			info, found := open(t, build(t, "program", append(system, forDevelopment...)...)), 0
			for _, pc := range info.Instructions() {
				f, err := info.Function(pc)
				if err != nil || f.Name != "main.kinds" {
					continue
				}
				found++
				checkKinds(t, f.Scopes(pc)[0])
			}
			if found == 0 {
				t.Error("there is no main.kinds")
			}
		})
	}
}

// dotted is the import path of a package of the program, of which the linker makes dot%2eted.
const dotted = "github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/testdata/program/dot.ted"

func checkKinds(t *testing.T, kinds debuginfo.Scope) {
	t.Helper()
	variables := make(map[string]*debuginfo.Type)
	for _, v := range kinds.Variables {
		variables[v.Name] = v.Type
	}
	for _, c := range []struct{ name, want string }{
		{"b", "bool: bool 1"},
		{"i", "int: int 8"},
		{"i8", "int8: int8 1"},
		{"i16", "int16: int16 2"},
		{"i32", "int32: int32 4"},
		{"i64", "int64: int64 8"},
		{"u", "uint: uint 8"},
		{"u8", "uint8: uint8 1"},
		{"u16", "uint16: uint16 2"},
		{"u32", "uint32: uint32 4"},
		{"u64", "uint64: uint64 8"},
		{"ptr", "uintptr: uintptr 8"},
		{"f32", "float32: float32 4"},
		{"f64", "float64: float64 8"},
		{"c64", "complex64: complex64 8"},
		{"c128", "complex128: complex128 16"},
		{"s", "string: string 16 {str *uint8 @0, len int @8}"},
		{"up", "unsafe.Pointer: unsafe.Pointer 8 in unsafe direct"},
		{"sl", "[]int: slice 24 of int {array *int @0, len int @8, cap int @16}"},
		{"ar", "[3]main.point: array 24 3 of main.point"},
		{"no", "[0]int: array 0 of int"},
		{"m", "map[string]main.point: map 8 string of main.point direct"},
		{"ch", "chan<- int: chan 8 of int direct"},
		{"fn", "func(int, ...string) error: func 8 direct"},
		{"e", "error: interface 16 {tab *internal/abi.ITab @0, data unsafe.Pointer @8}"},
		{"a", "interface {}: interface 16 {_type *internal/abi.Type @0, data unsafe.Pointer @8}"},
		{"p", "*main.point: ptr 8 of main.point direct"},
		{"pp", "**main.point: ptr 8 of *main.point direct"},
		{"st", "struct { A int8; B string }: struct 24 {A int8 @0, B string @8}"},
		{"none", "struct {}: struct 0"},
		{"named", "main.count: int 8 in main"},
		{"fun", "main.handler: func 8 in main direct"},
		{"strs", "main.lines: slice 24 of string {array *string @0, len int @8, cap int @16} in main"},
		{"tab", "main.table: map 8 string of main.point in main direct"},
		{"iface", "main.stringer: interface 16 {tab *internal/abi.ITab @0, data unsafe.Pointer @8} in main"},
		{"emb", "main.embedded: struct 40 {+point main.point @0, +list *main.list @8, Time time.Time @16} in main"},
		{"rec", "main.tree: struct 40 {children []main.tree @0, byName map[string]*main.tree @24, parent *main.tree @32} in main"},
		{"one", "main.pointers: struct 8 {only *main.list @0} in main direct"},
		{"pad", "main.padded: struct 8 {_ struct {} @0, only *main.list @0} in main direct"},
		{"pair", "main.two: struct 16 {a *main.list @0, b *main.list @8} in main"},
		{"month", "time.Month: int 8 in time"},
		{"generic", "main.box[string,[]int]: struct 40 {key string @0, value []int @16} in main"},
		{"inner", "map[main.point]map[int]chan struct {}: map 8 main.point of map[int]chan struct {} direct"},
		{"single", "[1]*main.point: array 8 1 of *main.point direct"},
		{"within", "[1]main.pointers: array 8 1 of main.pointers direct"},
		{"word", "[1]uintptr: array 8 1 of uintptr"},
		{"other", dotted + ".Page: struct 8 {N int @0} in " + dotted},
		{"loc", "main.local: struct 8 {n int @0} in main"},
	} {
		if got := structure(variables[c.name]); got != c.want {
			t.Errorf("%s is %s\nwant %s", c.name, got, c.want)
		}
	}
}

// structure writes what is known of a type.
func structure(t *debuginfo.Type) string {
	if t == nil {
		return "nil"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %d", t.Name, t.Kind, t.Size)
	if t.Count > 0 {
		fmt.Fprintf(&b, " %d", t.Count)
	}
	if key := t.Key(); key != nil {
		fmt.Fprintf(&b, " %s", key.Name)
	}
	if elem := t.Elem(); elem != nil {
		fmt.Fprintf(&b, " of %s", elem.Name)
	}
	var fields []string
	for _, f := range t.Fields {
		plus := ""
		if f.Embedded {
			plus = "+"
		}
		fields = append(fields, fmt.Sprintf("%s%s %s @%d", plus, f.Name, f.Type().Name, f.Offset))
	}
	if len(fields) > 0 {
		fmt.Fprintf(&b, " {%s}", strings.Join(fields, ", "))
	}
	if t.Package() != "" {
		fmt.Fprintf(&b, " in %s", t.Package())
	}
	if t.Direct() {
		b.WriteString(" direct")
	}
	return b.String()
}

// Equal types are one type, and those that contain themselves come back to it.
func TestTypeIdentity(t *testing.T) {
	path := build(t, "program", forDevelopment...)
	at := run(t, path)["kinds"]
	for _, v := range scopesAt(t, open(t, path), at.pc)[0].Variables {
		switch v.Name {
		case "rec":
			parent, _ := v.Type.Field("parent")
			children, _ := v.Type.Field("children")
			byName, _ := v.Type.Field("byName")
			if parent.Type().Elem() != v.Type || children.Type().Elem() != v.Type || byName.Type().Elem().Elem() != v.Type {
				t.Error("main.tree is more than one type")
			}
		case "m":
			table := v.Type.Underlying().Elem()
			if dirPtr, ok := table.Field("dirPtr"); !ok || dirPtr.Type().Kind != reflect.Pointer {
				t.Errorf("a map is %s", structure(table))
			}
		case "e":
			if under := v.Type.Underlying(); under.Kind != reflect.Struct || under.Name != "runtime.iface" || under.Underlying() != nil {
				t.Errorf("an interface is %s", structure(under))
			}
		case "ch":
			if qcount, ok := v.Type.Underlying().Elem().Field("qcount"); !ok || qcount.Type().Kind != reflect.Uint {
				t.Errorf("a channel is %s", structure(v.Type.Underlying().Elem()))
			}
		}
	}
}
