//go:build dev

package debuginfo_test

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

// handmade puts a unit of Go together, whose code is at 0x1000 to 0x2000, from the entries below its root.
func handmade(t *testing.T, body ...[]byte) *debuginfo.Info {
	t.Helper()
	abbrev := "\x01\x11\x01\x13\x0b\x11\x01\x12\x06\x00\x00" + // unit: language, low, high
		"\x02\x2e\x01\x11\x01\x12\x06\x40\x18\x00\x00" + // function: low, high, frame base
		"\x03\x1d\x01\x31\x13\x11\x01\x12\x06\x00\x00" + // inlined call: origin, low, high
		"\x04\x13\x01\x0b\x0f\x00\x00" + // struct: size
		"\x05\x0d\x00\x49\x13\x00\x00" + // member: type
		"\x06\x34\x00\x03\x08\x49\x13\x00\x00" + // variable: name, type
		"\x07\x01\x01\x49\x13\x0b\x0f\x00\x00" + // array: type, size
		"\x08\x16\x00\x49\x13\x00\x00" + // typedef: type
		"\x00"
	unit := slices.Concat([]byte{5, 0, 1, 8, 0, 0, 0, 0, 1, 0x16}, code(), slices.Concat(body...))
	s := &debuginfo.Sections{Frames: sectionsOf(t, uncompressed(t)).Frames, Entries: entry.Sections{
		Info: slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(unit))), unit), Abbrev: []byte(abbrev),
	}}
	i, err := s.Info()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// code is where the unit's is: an address, and how many bytes.
func code() []byte { return []byte("\x00\x10\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00") }

// below is the offset of the first entry below the root.
const below = 12 + 14

// reference writes a reference to an offset of the unit.
func reference(offset int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(offset)) }

// Parts of a small file that refer to large ones, or to themselves, are not followed for ever.
func TestQuadratic(t *testing.T) {
	const many = 50_000
	function := slices.Concat([]byte{2}, code(), []byte("\x01\x9c"))
	call := slices.Concat([]byte{3}, reference(12), code())
	wide := slices.Concat([]byte("\x04\x10"), slices.Repeat(slices.Concat([]byte{5}, reference(below)), many))
	variable := func(of int) []byte { return slices.Concat([]byte("\x06v\x00"), reference(of)) }
	array := slices.Concat([]byte{7}, reference(below), []byte("\x10\x00"))
	alias := func(of int) []byte { return slices.Concat([]byte{8}, reference(of)) }
	var aliases []byte
	for n := range many {
		aliases = append(aliases, alias(below+5*(n+1))...)
	}
	for name, body := range map[string][]byte{
		"calls inlined into one another that all are the unit": slices.Concat(function, slices.Repeat(call, many)),
		"a struct of itself":                 slices.Concat(wide, []byte{0}, function, variable(below)),
		"structs within structs":             slices.Concat(slices.Repeat([]byte("\x04\x10"), many), slices.Repeat([]byte{0}, many), function, variable(below)),
		"a member of each struct before":     slices.Concat(slices.Repeat(slices.Concat([]byte("\x04\x10\x05"), reference(below+7)), many), slices.Repeat([]byte{0}, many), function, variable(below)),
		"an array of itself":                 slices.Concat(array, function, variable(below)),
		"another name for itself":            slices.Concat(alias(below), function, variable(below)),
		"names for names for names":          slices.Concat(aliases, array, function, variable(below)),
		"variables without end":              slices.Concat(function, slices.Repeat(variable(below), many)),
		"a variable whose type is not there": slices.Concat(function, variable(1<<30)),
	} {
		begun := time.Now()
		info := handmade(t, body)
		f, err := info.Function(0x1234)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seen := make(map[*debuginfo.Type]bool)
		for _, s := range f.Scopes(0x1234) {
			for _, v := range s.Visible(0) {
				useType(t, v.Type, seen)
			}
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		} else if testing.Verbose() {
			t.Logf("%s: %v", name, took)
		}
	}
}
