//go:build dev

package debuginfo_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

// handmade puts a unit together, whose code is at 0x1000 to 0x2000, from the entries below its root.
func handmade(t *testing.T, body ...[]byte) *debuginfo.Info {
	t.Helper()
	i, err := handmadeIn(t, entry.LanguageGo, body...)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func handmadeIn(t *testing.T, language byte, body ...[]byte) (*debuginfo.Info, error) {
	t.Helper()
	abbrev := "\x01\x11\x01\x13\x0b\x11\x01\x12\x06\x00\x00" + // unit: language, low, high
		"\x02\x2e\x01\x11\x01\x12\x06\x40\x18\x00\x00" + // function: low, high, frame base
		"\x03\x1d\x01\x31\x13\x11\x01\x12\x06\x00\x00" + // inlined call: origin, low, high
		"\x04\x13\x01\x0b\x0f\x00\x00" + // struct: size
		"\x05\x0d\x00\x49\x13\x00\x00" + // member: type
		"\x06\x34\x00\x03\x08\x49\x13\x00\x00" + // variable: name, type
		"\x07\x01\x01\x49\x13\x0b\x0f\x00\x00" + // array: type, size
		"\x08\x16\x00\x49\x13\x00\x00" + // typedef: type
		"\x09\x05\x00\x03\x08\x49\x13\x00\x00" + // argument: name, type
		"\x0a\x21\x00\x37\x0f\x00\x00" + // range of an array: count
		"\x0b\x0b\x01\x11\x01\x12\x06\x00\x00" + // block: low, high
		"\x0c\x24\x00\x03\x08\x0b\x0b\x00\x00" + // basic type: name, size
		"\x0d\x0f\x00\x49\x13\x00\x00" + // pointer: type
		"\x00"
	unit := slices.Concat([]byte{5, 0, 1, 8, 0, 0, 0, 0, 1, language}, code(), slices.Concat(body...))
	s := &debuginfo.Sections{Frames: sectionsOf(t, uncompressed(t)).Frames, Entries: entry.Sections{
		Info: slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(unit))), unit), Abbrev: []byte(abbrev),
	}}
	return s.Info()
}

// code is where the unit's is: an address, and how many bytes.
func code() []byte { return []byte("\x00\x10\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00") }

// below is the offset of the first entry below the root.
const below = 12 + 14

// Entries. What they refer to is an offset from the beginning of the unit.
var (
	function  = slices.Concat([]byte{2}, code(), []byte("\x01\x9c"))
	inlined   = slices.Concat([]byte{3}, reference(below), code()) // a call of what is no function
	block     = slices.Concat([]byte{0x0b}, code())
	elsewhere = []byte("\x0b\x00\x30\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00") // a block at 0x3000
	end       = []byte{0}
)

func reference(offset int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(offset)) }

func handVariable(name string, of int) []byte {
	return slices.Concat([]byte("\x06"+name+"\x00"), reference(of))
}

func handArgument(name string, of int) []byte {
	return slices.Concat([]byte("\x09"+name+"\x00"), reference(of))
}

// The tree of a function, as no compiler writes it: what follows a block is not in it.
func TestTree(t *testing.T) {
	word := []byte("\x0cw\x00\x08") // of 8 bytes, at below
	pointer := slices.Concat([]byte{0x0d}, reference(below))
	const toWord = below + 4
	types := slices.Concat(word, pointer)
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"after a block":        {slices.Concat(function, block, handVariable("a", below), end, handVariable("b", below)), "a w', b w"},
		"two blocks":           {slices.Concat(function, block, handVariable("a", below), block, handVariable("b", below), end, end, block, handVariable("c", below)), "a w', b w'', c w'"},
		"block of other code":  {slices.Concat(function, elsewhere, handVariable("a", below), block, handVariable("b", below), end, end, handVariable("c", below)), "c w"},
		"after a call":         {slices.Concat(function, block, inlined, block, handVariable("a", below), end, end, handVariable("b", below)), "a w' | b w'"},
		"call within a call":   {slices.Concat(function, inlined, handVariable("a", below), inlined, handVariable("b", below), end, end, handVariable("c", below)), "b w | a w | c w"},
		"two calls":            {slices.Concat(function, inlined, handVariable("a", below), end, inlined, handVariable("b", below), end, handVariable("c", below)), "a w | c w"},
		"moved to the heap":    {slices.Concat(function, handArgument("n", below), handVariable("&n", toWord)), "arg &n w"},
		"the other way round":  {slices.Concat(function, handVariable("&n", toWord), handArgument("n", below)), "arg &n w"},
		"made up":              {slices.Concat(function, handVariable("_", below), handVariable("", below), handVariable(".autotmp", below), handVariable("~r0", below), handVariable("#state", below)), ""},
		"a variable of itself": {slices.Concat(function, handVariable("a", 12)), "a ?"},
	} {
		info := handmade(t, types, c.body)
		f, err := info.Function(0x1800)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var scopes []string
		for _, s := range f.Scopes(0x1800) {
			var got []string
			for _, v := range s.Visible(0) {
				got = append(got, described(v))
			}
			scopes = append(scopes, strings.Join(got, ", "))
		}
		if got := strings.Join(scopes, " | "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// What is not as the Go compiler writes it is not taken for it.
func TestRefused(t *testing.T) {
	if _, err := handmadeIn(t, 0x0c, function); err == nil {
		t.Error("a program in C is read")
	}
	other := slices.Clone(function)
	other[len(other)-1] = 0x56 // the frame is what a register holds
	for name, body := range map[string][]byte{
		"other frame base": other,
		"no function":      block,
		"nothing":          nil,
	} {
		if f, err := handmade(t, body).Function(0x1800); err == nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
	info := handmade(t, function)
	for _, pc := range []uint64{0, 0xfff, 0x2000, 1 << 63} {
		if f, err := info.Function(pc); err == nil {
			t.Errorf("%#x is in %+v", pc, f)
		}
	}
}

// A type that claims more than it has is cut, or is no type.
func TestDamagedTypes(t *testing.T) {
	word := []byte("\x0cw\x00\x08")
	const toArray = below + 4
	array := func(size byte, count ...byte) []byte {
		return slices.Concat([]byte{7}, reference(below), []byte{size, 0x0a}, count, end)
	}
	var chain []byte
	for n := range 100 {
		chain = append(chain, slices.Concat([]byte{8}, reference(toArray+5*(n+1)))...)
	}
	chain = append(chain, "\x0clast\x00\x08"...)
	member := slices.Concat([]byte{5}, reference(below))
	for name, c := range map[string]struct {
		of   []byte
		want string
	}{
		"array":                   {array(24, 3), ": array 24 3 of w"},
		"array of too many":       {array(24, 4), ": array 24 of w"},
		"array of less than none": {array(24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), ": array 24 of w"},
		"struct":                  {slices.Concat([]byte("\x04\x08"), member, end), ": struct 8 { w @0}"},
		"struct too small":        {slices.Concat([]byte("\x04\x07"), member, end), ": struct 7"},
		"struct larger than all":  {slices.Concat([]byte("\x04\x80\x80\x80\x80\x80\x80\x80\x01"), member, end), "nil"},
		"names for names":         {chain, "nil"},
		"a block":                 {slices.Concat(block, end), "nil"},
	} {
		f, err := handmade(t, word, c.of, function, handVariable("v", toArray)).Function(0x1800)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := structure(f.Scopes(0x1800)[0].Visible(0)[0].Type); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
