//go:build dev

package entry_test

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

// uleb writes numbers in LEB128.
func uleb(numbers ...uint64) (b []byte) {
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// declaration writes an abbreviation: its number, tag, whether children follow, and pairs of
// an attribute and a form.
func declaration(code, tag uint64, children byte, pairs ...uint64) []byte {
	return slices.Concat(uleb(code, tag), []byte{children}, uleb(pairs...), []byte{0, 0})
}

// version5 writes a unit of DWARF 5 with its header.
func version5(kind byte, abbrev uint32, body ...byte) []byte {
	header := binary.LittleEndian.AppendUint32([]byte{5, 0, kind, 8}, abbrev)
	return slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(header)+len(body))), header, body)
}

// version4 writes a unit of DWARF 4 with its header.
func version4(abbrev uint32, body ...byte) []byte {
	header := append(binary.LittleEndian.AppendUint32([]byte{4, 0}, abbrev), 8)
	return slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(header)+len(body))), header, body)
}

// Values in every form. The attribute's number is 0x1000; the bases of the unit are in its root.
func TestForms(t *testing.T) {
	eight := "\x01\x02\x03\x04\x05\x06\x07\x08"
	const number = 0x0807060504030201
	for name, c := range map[string]struct {
		form   uint64
		bytes  string
		class  entry.Class
		number uint64
		text   string
	}{
		"addr":           {0x01, eight, entry.Address, number, ""},
		"block2":         {0x03, "\x02\x00ab", entry.Block, 0, "ab"},
		"block4":         {0x04, "\x02\x00\x00\x00ab", entry.Block, 0, "ab"},
		"data2":          {0x05, "\x01\x02", entry.Constant, 0x0201, ""},
		"data4":          {0x06, "\x01\x02\x03\x04", entry.Constant, 0x04030201, ""},
		"data8":          {0x07, eight, entry.Constant, number, ""},
		"string":         {0x08, "ab\x00", entry.Text, 0, "ab"},
		"block":          {0x09, "\x02ab", entry.Block, 0, "ab"},
		"block1":         {0x0a, "\x02ab", entry.Block, 0, "ab"},
		"data1":          {0x0b, "\xff", entry.Constant, 0xff, ""},
		"flag":           {0x0c, "\x01", entry.Flag, 1, ""},
		"sdata":          {0x0d, "\x7f", entry.Constant, math.MaxUint64, ""},
		"strp":           {0x0e, "\x02\x00\x00\x00", entry.Text, 2, "two"},
		"udata":          {0x0f, "\x80\x01", entry.Constant, 128, ""},
		"ref_addr":       {0x10, "\x01\x02\x03\x04", entry.Reference, 0x04030201, ""},
		"ref1":           {0x11, "\x09", entry.Reference, 9, ""},
		"ref2":           {0x12, "\x09\x01", entry.Reference, 0x0109, ""},
		"ref4":           {0x13, "\x09\x00\x00\x01", entry.Reference, 0x01000009, ""},
		"ref8":           {0x14, "\x09\x00\x00\x00\x00\x00\x00\x00", entry.Reference, 9, ""},
		"ref_udata":      {0x15, "\x89\x01", entry.Reference, 0x89, ""},
		"indirect":       {0x16, "\x0b\x01", entry.None, 0, ""},
		"sec_offset":     {0x17, "\x01\x02\x03\x04", entry.List, 0x04030201, ""},
		"exprloc":        {0x18, "\x01\x9c", entry.Block, 0, "\x9c"},
		"flag_present":   {0x19, "", entry.Flag, 1, ""},
		"strx":           {0x1a, "\x01", entry.Text, 1, "two"},
		"addrx":          {0x1b, "\x01", entry.Address, 0x2222, ""},
		"ref_sup4":       {0x1c, "abcd", entry.Unsupported, 0x64636261, ""},
		"strp_sup":       {0x1d, "abcd", entry.Unsupported, 0x64636261, ""},
		"data16":         {0x1e, "0123456789abcdef", entry.Block, 0, "0123456789abcdef"},
		"line_strp":      {0x1f, "\x01\x00\x00\x00", entry.Text, 1, "ine"},
		"ref_sig8":       {0x20, eight, entry.Unsupported, number, ""},
		"implicit_const": {0x21, "", entry.Constant, math.MaxUint64, ""},
		"loclistx":       {0x22, "\x01", entry.Unsupported, 1, ""},
		"ref_sup8":       {0x24, eight, entry.Unsupported, number, ""},
		"strx1":          {0x25, "\x01", entry.Text, 1, "two"},
		"strx2":          {0x26, "\x01\x00", entry.Text, 1, "two"},
		"strx3":          {0x27, "\x01\x00\x00", entry.Text, 1, "two"},
		"strx4":          {0x28, "\x01\x00\x00\x00", entry.Text, 1, "two"},
		"addrx1":         {0x29, "\x00", entry.Address, 0x1111, ""},
		"addrx2":         {0x2a, "\x01\x00", entry.Address, 0x2222, ""},
		"addrx3":         {0x2b, "\x01\x00\x00", entry.Address, 0x2222, ""},
		"addrx4":         {0x2c, "\x01\x00\x00\x00", entry.Address, 0x2222, ""},
		"no such text":   {0x0e, "\x99\x00\x00\x00", entry.None, 0, ""},
		"no such index":  {0x1a, "\x02", entry.None, 0, ""},
		"no such addrx":  {0x1b, "\x02", entry.None, 0, ""},
		"far addrx":      {0x1b, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", entry.None, 0, ""},
		"unknown":        {0x7f, "", entry.None, 0, ""},
	} {
		pairs := []uint64{uint64(entry.StrOffsetsBase), 0x17, uint64(entry.AddrBase), 0x17, 0x1000, c.form}
		if c.form == 0x21 {
			pairs = append(pairs, 0x7f) // -1, signed
		}
		data, err := entry.Read(entry.Sections{
			Info:   version5(1, 0, []byte("\x01\x04\x00\x00\x00\x08\x00\x00\x00"+c.bytes)...),
			Abbrev: append(declaration(1, 0x11, 0, pairs...), 0),
			Str:    []byte("1\x00two\x00"), LineStr: []byte("line\x00"), StrOffsets: []byte("head\x00\x00\x00\x00\x02\x00\x00\x00"),
			Addr: slices.Concat(make([]byte, 8), binary.LittleEndian.AppendUint64(nil, 0x1111), binary.LittleEndian.AppendUint64(nil, 0x2222)),
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		v := data.Units[0].Root.Value(0x1000)
		if v.Class != c.class || c.class != entry.None && v.Number != c.number || string(v.Bytes) != c.text {
			t.Errorf("%s: %+v %q, want class %d, %#x, %q", name, v, v.Bytes, c.class, c.number, c.text)
		}
	}
}

// Units of other kinds and versions are passed.
func TestUnits(t *testing.T) {
	table := append(declaration(1, 0x11, 0, uint64(entry.Name), 0x08), 0)
	unit := func(name string) []byte { return append([]byte{1}, name+"\x00"...) }
	narrow := version5(1, 0, unit("narrow")...)
	narrow[7] = 4 // bytes of an address
	old := version4(0, unit("old")...)
	old[4] = 3
	whole := slices.Concat(
		version5(1, 0, unit("a")...), version5(2, 0, unit("type")...), narrow, old, version4(0, unit("b")...), version5(3, 0, unit("c")...),
		version5(1, 1, unit("no table")...), version5(1, 99, unit("table elsewhere")...), version5(1, 0, unit("d")...),
	)
	for name, c := range map[string]struct {
		info []byte
		want string
	}{
		"all":            {whole, "a b c d"},
		"cut":            {whole[:len(whole)-1], "a b c ?"},
		"64 bits, as 5":  {slices.Concat(version5(1, 0, unit("a")...), []byte("\xff\xff\xff\xff"), version5(1, 0, unit("b")...)[4:]), "a"},
		"64 bits":        {slices.Concat(version5(1, 0, unit("a")...), []byte("\xff\xff\xff\xff"), whole), "a"},
		"length of none": {slices.Concat(version5(1, 0, unit("a")...), make([]byte, 16)), "a"},
		"longer":         {append(binary.LittleEndian.AppendUint32(nil, 1<<31), version5(1, 0, unit("a")...)[4:]...), "a"},
	} {
		data, err := entry.Read(entry.Sections{Info: c.info, Abbrev: table})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, u := range data.Units {
			if n := u.Root.Text(entry.Name); n != "" {
				got = append(got, n)
			} else {
				got = append(got, "?")
			}
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, info := range [][]byte{nil, {1}, make([]byte, 100), old, []byte("\xff\xff\xff\xff\xff\xff\xff\xff")} {
		if d, err := entry.Read(entry.Sections{Info: info, Abbrev: table}); err == nil {
			t.Errorf("% x: %v", info, d)
		}
	}
}

// Tables that are larger than any compiler's are not read, and what refers to them is passed.
func TestAbbreviations(t *testing.T) {
	info := version5(1, 0, 1, 'a', 0)
	name := []uint64{uint64(entry.Name), 0x08}
	many := func(pairs int) []byte {
		return append(declaration(1, 0x11, 0, slices.Concat(name, slices.Repeat([]uint64{2, 0x19}, pairs))...), 0)
	}
	long := declaration(1, 0x11, 0, name...)
	for code := range uint64(1<<16 + 1) {
		long = append(long, declaration(code+2, 0x11, 0)...)
	}
	for what, c := range map[string]struct {
		table []byte
		ok    bool
	}{
		"some attributes":    {many(100), true},
		"too many":           {many(200), false},
		"gap in the numbers": {slices.Concat(declaration(7, 0x24, 0), declaration(1, 0x11, 0, name...), []byte{0}), true},
		"without end":        {declaration(1, 0x11, 0, name...), false},
		"no table":           {nil, false},
		"other numbers":      {append(declaration(2, 0x11, 0, name...), 0), false},
		"very long":          {append(long, 0), true},
	} {
		data, err := entry.Read(entry.Sections{Info: info, Abbrev: c.table})
		if got := err == nil && data.Units[0].Root.Text(entry.Name) == "a"; got != c.ok {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
}

// What many units share is read once, and units whose tables overlap do not have them read for ever.
func TestTables(t *testing.T) {
	const units = 5000
	attributes := slices.Repeat([]uint64{2, 0x19}, 100)
	var table []byte
	for code := range uint64(units) {
		table = append(table, declaration(code+1, 0x11, 0, attributes...)...)
	}
	row := len(table) / units
	for name, c := range map[string]struct {
		offset func(unit int) uint32
		all    bool
	}{
		"one table":   {func(int) uint32 { return 0 }, true},
		"overlapping": {func(unit int) uint32 { return uint32(unit * row / 2 * 2) }, false},
	} {
		var info []byte
		for n := range units {
			info = append(info, version5(1, c.offset(n), 1)...)
		}
		data, err := entry.Read(entry.Sections{Info: info, Abbrev: append(slices.Clone(table), 0)})
		if err != nil || (len(data.Units) == units) != c.all {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A name is text that a person might read.
func TestLongName(t *testing.T) {
	for length, want := range map[int]int{10: 10, 1 << 14: 1 << 14, 1<<14 + 1: 0} {
		data, err := entry.Read(entry.Sections{
			Info: version5(1, 0, slices.Concat([]byte{1}, []byte(strings.Repeat("a", length)), []byte{0})...), Abbrev: append(declaration(1, 0x11, 0, uint64(entry.Name), 0x08), 0),
		})
		if err != nil || len(data.Units[0].Root.Text(entry.Name)) != want {
			t.Errorf("%d: %v", length, err)
		}
	}
}

// An entry that is its own parent, children without end and references to anywhere
// come to an end.
func TestDamagedTree(t *testing.T) {
	table := slices.Concat(declaration(1, 0x11, 1), declaration(2, 0x34, 1, uint64(entry.Type), 0x10), []byte{0})
	deep := append([]byte{1}, slices.Repeat([]byte{2, 3, 0, 0, 0}, 10_000)...)
	data, err := entry.Read(entry.Sections{Info: version5(1, 0, deep...), Abbrev: table})
	if err != nil {
		t.Fatal(err)
	}
	n, r := 0, data.Units[0].Walk()
	for r.Next() {
		n++
	}
	if n != 10_001 || r.Depth != 10_000 || r.Next() {
		t.Errorf("%d entries, %d deep", n, r.Depth)
	}
	for _, offset := range []int64{-1, 0, 11, 13, 50_012, 50_013, math.MaxInt64, math.MinInt64} {
		for r := data.Walk(offset); r.Next(); {
			n++
			r.Skip()
		}
	}
}

func FuzzRead(f *testing.F) {
	table := slices.Concat(declaration(1, 0x11, 1, uint64(entry.Name), 0x08), declaration(2, 0x34, 0, uint64(entry.Type), 0x13), []byte{0})
	f.Add(version5(1, 0, []byte("\x01a\x00\x02\x0c\x00\x00\x00\x00")...), table)
	f.Add(version4(0, []byte("\x01a\x00\x02\x0c\x00\x00\x00\x00")...), table)
	f.Fuzz(func(t *testing.T, info, abbrev []byte) {
		data, err := entry.Read(entry.Sections{Info: info, Abbrev: abbrev, Str: info, LineStr: info, StrOffsets: info, Addr: info})
		if err != nil {
			return
		}
		for _, u := range data.Units {
			n := 0
			for r := u.Walk(); r.Next(); n++ {
				if r.Entry.Offset < u.Offset || r.Entry.Offset >= u.End || r.Depth < 0 {
					t.Fatalf("%+v of %+v", r.Entry, u)
				}
				for name := range entry.Attribute(0x80) {
					r.Entry.Value(name)
				}
				to, _ := r.Entry.Reference(entry.Type)
				if e, ok := data.Entry(to); ok && e.Offset != to {
					t.Fatalf("%d is %+v", to, e)
				}
			}
			if n > len(info) {
				t.Fatalf("%d entries in %d bytes", n, len(info))
			}
		}
	})
}
