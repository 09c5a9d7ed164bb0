//go:build dev

package entry_test

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

// sections builds a program and returns its sections, and what the standard library makes of them.
func sections(t testing.TB) (entry.Sections, *dwarf.Data) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	build := exec.Command("go", "build", "-gcflags=./...=-N -l", "-o", path, "../testdata/program")
	build.Env = append(build.Environ(), "GOOS=linux", "GOARCH=amd64", "GOWORK=off", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	section := func(name string) []byte {
		s := file.Section(".debug_" + name)
		if s == nil {
			return nil
		}
		b, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	standard, err := file.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	return entry.Sections{
		Info: section("info"), Abbrev: section("abbrev"), Str: section("str"), LineStr: section("line_str"),
		StrOffsets: section("str_offsets"), Addr: section("addr"),
	}, standard
}

// Every entry of a program, with all its attributes, is what the standard library reads.
func TestAgainstStandardLibrary(t *testing.T) {
	s, standard := sections(t)
	data, err := entry.Read(s)
	if err != nil {
		t.Fatal(err)
	}
	want := standard.Reader()
	entries, values := 0, 0
	for _, u := range data.Units {
		depth := 0
		for r := u.Walk(); r.Next(); {
			e, err := want.Next()
			for err == nil && e != nil && e.Tag == 0 {
				depth--
				e, err = want.Next()
			}
			if err != nil || e == nil {
				t.Fatalf("%#x: %v, %v", r.Entry.Offset, e, err)
			}
			if int64(e.Offset) != r.Entry.Offset || uint32(e.Tag) != uint32(r.Entry.Tag) || e.Children != r.Entry.Children || depth != r.Depth {
				t.Fatalf("%#x is tag %#x, depth %d; want %#x, %#x, %d", r.Entry.Offset, r.Entry.Tag, r.Depth, e.Offset, uint32(e.Tag), depth)
			}
			entries++
			for _, f := range e.Field {
				values++
				if v := r.Entry.Value(entry.Attribute(f.Attr)); !same(v, f.Val) {
					t.Fatalf("%#x: attribute %#x is %+v, want %v", r.Entry.Offset, uint32(f.Attr), v, f.Val)
				}
			}
			if e.Children {
				depth++
			}
		}
		for depth > 0 {
			if e, _ := want.Next(); e == nil || e.Tag != 0 {
				t.Fatalf("the unit at %#x goes on with %v", u.Offset, e)
			}
			depth--
		}
	}
	if e, err := want.Next(); e != nil || err != nil || entries < 10_000 {
		t.Errorf("%d entries, %d values, then %v, %v", entries, values, e, err)
	}
}

// same reports whether v is what the standard library has as a value.
func same(v entry.Value, want any) bool {
	switch want := want.(type) {
	case uint64:
		return v.Class == entry.Address && v.Number == want
	case int64:
		return (v.Class == entry.Constant || v.Class == entry.List) && int64(v.Number) == want
	case bool:
		return v.Class == entry.Flag && (v.Number != 0) == want
	case []byte:
		return v.Class == entry.Block && bytes.Equal(v.Bytes, want)
	case string:
		return v.Class == entry.Text && string(v.Bytes) == want
	case dwarf.Offset:
		return v.Class == entry.Reference && v.Number == uint64(want)
	}
	return false
}

// Skip passes what is below an entry, and only that.
func TestSkip(t *testing.T) {
	s, _ := sections(t)
	data, err := entry.Read(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range data.Units {
		if data.At(u.Offset) != nil || data.At(u.End-1) != u {
			t.Errorf("the header of the unit at %#x is an entry, or its last byte is not", u.Offset)
		}
		var want, got []int64
		for r := u.Walk(); r.Next(); {
			if r.Depth == 1 {
				want = append(want, r.Entry.Offset)
			}
		}
		for r := u.Walk(); r.Next(); {
			if r.Depth > 0 {
				got = append(got, r.Entry.Offset)
				r.Skip()
				r.Skip()
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("unit at %#x: %d entries, want %d", u.Offset, len(got), len(want))
		}
		for _, offset := range want {
			if e, ok := data.Entry(offset); !ok || e.Offset != offset || data.At(offset) != u {
				t.Fatalf("%#x is %+v, %v", offset, e, ok)
			}
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	s, _ := sections(b)
	data, err := entry.Read(s)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(s.Info)))
	b.ReportAllocs()
	for b.Loop() {
		for _, u := range data.Units {
			for r := u.Walk(); r.Next(); {
			}
		}
	}
}
