//go:build dev

package location_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// machine is the state in which the expressions of the tests run.
var machine = location.Machine{
	CFA: 0x1000, Slide: 0x70000000,
	Registers: map[int]uint64{0: 11, 3: 33, 40: 44},
	Memory: func(addr uint64) (uint64, bool) {
		if addr == 0x1000 {
			return 0x2000, true
		}
		return 0, false
	},
}

func memory(at uint64, size ...int64) location.Piece {
	return location.Piece{Kind: location.Memory, Value: at, Size: append(size, 0)[0]}
}

func value(v uint64, size ...int64) location.Piece {
	return location.Piece{Kind: location.Value, Value: v, Size: append(size, 0)[0]}
}

func missing(size int64) location.Piece { return location.Piece{Size: size} }

func TestEval(t *testing.T) {
	for name, c := range map[string]struct {
		expression string
		want       []location.Piece
	}{
		"nothing":                 {"", nil},
		"frame":                   {"\x9c", []location.Piece{memory(0x1000)}},
		"in the frame":            {"\x91\x68", []location.Piece{memory(0x1000 - 24)}},
		"above the frame":         {"\x91\xa8\x7c", []location.Piece{memory(0x1000 - 472)}},
		"package variable":        {"\x03\x00\x10\x40\x00\x00\x00\x00\x00", []location.Piece{memory(0x70401000)}},
		"register":                {"\x50", []location.Piece{value(11)}},
		"register not known":      {"\x51", []location.Piece{{}}},
		"register by number":      {"\x90\x28", []location.Piece{value(44)}},
		"register of no machine":  {"\x90\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", []location.Piece{{}}},
		"from a register":         {"\x73\x7e", []location.Piece{memory(31)}},
		"from another register":   {"\x92\x28\x02", []location.Piece{memory(46)}},
		"through a pointer":       {"\x9c\x06", []location.Piece{memory(0x2000)}},
		"field behind a pointer":  {"\x9c\x06\x23\x08", []location.Piece{memory(0x2008)}},
		"sum":                     {"\x9c\x11\x78\x22", []location.Piece{memory(0x1000 - 8)}},
		"difference":              {"\x9c\x38\x1c", []location.Piece{memory(0x1000 - 8)}},
		"literal":                 {"\x4f\x9f", []location.Piece{value(31)}},
		"constants":               {"\x08\xff\x09\xff\x22\x9f", []location.Piece{value(254)}},
		"constants of two bytes":  {"\x0a\xff\xff\x0b\xff\xff\x22\x9f", []location.Piece{value(0xfffe)}},
		"constants of four bytes": {"\x0c\xff\xff\xff\xff\x0d\xff\xff\xff\xff\x22\x9f", []location.Piece{value(0xfffffffe)}},
		"constants of eight":      {"\x0e\x02\x00\x00\x00\x00\x00\x00\x00\x0f\xff\xff\xff\xff\xff\xff\xff\xff\x22\x9f", []location.Piece{value(1)}},
		"number":                  {"\x10\x80\x01\x9f", []location.Piece{value(128)}},
		"no operation":            {"\x96\x9c\x96", []location.Piece{memory(0x1000)}},
		"string in registers":     {"\x50\x93\x08\x53\x93\x08", []location.Piece{value(11, 8), value(33, 8)}},
		"string half kept":        {"\x93\x08\x91\x00\x93\x08", []location.Piece{missing(8), memory(0x1000, 8)}},
		"string half known":       {"\x51\x93\x08\x50\x93\x08", []location.Piece{missing(8), value(11, 8)}},
		"rest without a size":     {"\x50\x93\x08\x9c", []location.Piece{value(11, 8), memory(0x1000)}},
		"empty piece":             {"\x93\x00", []location.Piece{missing(0)}},
		"stack value, then piece": {"\x35\x9f\x93\x01", []location.Piece{value(5, 1)}},
	} {
		got, err := location.Eval([]byte(c.expression), machine)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	for name, c := range map[string]struct{ expression, want string }{
		"jump":                    {"\x2f\xfd\xff", "operation 0x2f is not understood"},
		"branch":                  {"\x31\x28\xfd\xff", "operation 0x28 is not understood"},
		"entry value":             {"\xa3\x01\x50\x9f", "operation 0xa3 is not understood"},
		"unknown":                 {"\x01", "operation 0x01 is not understood"},
		"sum of one":              {"\x9c\x22", "more on its stack"},
		"sum of none":             {"\x23\x08", "more on its stack"},
		"value of nothing":        {"\x9f", "more on its stack"},
		"through nothing":         {"\x06", "more on its stack"},
		"wild pointer":            {"\x31\x06", "cannot be read"},
		"from a register unknown": {"\x71\x08", "register that is not known"},
		"cut address":             {"\x03\x00\x10", "ends within"},
		"cut number":              {"\x91\x80", "ends within"},
		"long number":             {"\x10" + strings.Repeat("\x80", 20), "ends within"},
		"full stack":              {strings.Repeat("\x30", 65), "fills its stack"},
		"many pieces":             {strings.Repeat("\x93\x01", 257), "pieces"},
		"large piece":             {"\x93\xff\xff\xff\xff\x7f", "pieces"},
		"long":                    {strings.Repeat("\x96", 5000), "5000 bytes"},
	} {
		got, err := location.Eval([]byte(c.expression), machine)
		if err == nil || got != nil || !strings.HasPrefix(err.Error(), "location: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := location.Eval([]byte("\x9c\x06"), location.Machine{}); err == nil {
		t.Error("memory was read where there is none")
	}
}

// A unit's addresses, in .debug_addr after a header of eight bytes.
var unit = location.Unit{Version: 5, Base: 0x1000, AddrBase: 8}

var addresses = slices.Concat(make([]byte, 8), word(0x5000), word(0x6000))

func word(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

func TestListsAt(t *testing.T) {
	end := []byte{0}
	for name, c := range map[string]struct {
		list []byte
		want map[uint64]string
	}{
		"empty":              {end, map[uint64]string{0x1000: ""}},
		"from the unit":      {slices.Concat([]byte("\x04\x10\x20\x01a\x04\x20\x30\x01b"), end), map[uint64]string{0x100f: "", 0x1010: "a", 0x101f: "a", 0x1020: "b", 0x1030: ""}},
		"from an index":      {slices.Concat([]byte("\x01\x01\x04\x10\x20\x01a"), end), map[uint64]string{0x1010: "", 0x6010: "a", 0x6020: ""}},
		"from an address":    {slices.Concat([]byte{6}, word(0x9000), []byte("\x04\x00\x08\x01a"), end), map[uint64]string{0x9000: "a", 0x9008: "", 0x1000: ""}},
		"two indexes":        {slices.Concat([]byte("\x02\x00\x01\x01a"), end), map[uint64]string{0x4fff: "", 0x5000: "a", 0x5fff: "a", 0x6000: ""}},
		"index and length":   {slices.Concat([]byte("\x03\x00\x10\x01a"), end), map[uint64]string{0x5000: "a", 0x500f: "a", 0x5010: ""}},
		"two addresses":      {slices.Concat([]byte{7}, word(0x10), word(0x20), []byte("\x01a"), end), map[uint64]string{0x10: "a", 0x20: ""}},
		"address and length": {slices.Concat([]byte{8}, word(0x10), []byte("\x10\x01a"), end), map[uint64]string{0x10: "a", 0x20: ""}},
		"by default":         {slices.Concat([]byte("\x05\x01d\x04\x10\x20\x01a"), end), map[uint64]string{0x1010: "a", 0: "d"}},
		"empty range":        {slices.Concat([]byte("\x04\x10\x10\x01x\x04\x10\x20\x01a"), end), map[uint64]string{0x1010: "a"}},
		"without end":        {[]byte("\x04\x10\x20\x01a"), map[uint64]string{0x1010: "a", 0x1030: ""}},
		"no such index":      {slices.Concat([]byte("\x03\x02\x10\x01a\x04\x00\x20\x01b"), end), map[uint64]string{0: "", 0x1000: ""}},
		"huge index":         {slices.Concat([]byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x04\x00\x20\x01b"), end), map[uint64]string{0x1000: ""}},
		"wrapping index":     {slices.Concat([]byte("\x01\x80\x80\x80\x80\x80\x80\x80\x80\x20\x04\x00\x20\x01b"), end), map[uint64]string{0x5000: ""}},
		"two defaults":       {slices.Concat([]byte("\x05\x01d\x05\x01e"), end), map[uint64]string{0: "d"}},
		"unknown code":       {slices.Concat([]byte("\x09\x01\x01\x04\x00\x20\x01b"), end), map[uint64]string{0x1000: ""}},
		"cut expression":     {[]byte("\x04\x00\x20\x09a"), map[uint64]string{0x1000: ""}},
		"negative length":    {slices.Concat([]byte("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01a"), end), map[uint64]string{0x1000: ""}},
	} {
		for pc, want := range c.want {
			lists := location.Lists{Loclists: append([]byte("head"), c.list...), Addr: addresses}
			if got, ok := lists.At(4, unit, pc); string(got) != want || ok != (want != "") {
				t.Errorf("%s: %#x: %q, %v, want %q", name, pc, got, ok, want)
			}
		}
	}
}

// Before version 5 the lists have no codes.
func TestListsAtVersion4(t *testing.T) {
	old := location.Unit{Version: 4, Base: 0x1000}
	expression := func(s string) []byte { return append(binary.LittleEndian.AppendUint16(nil, uint16(len(s))), s...) }
	lists := location.Lists{Loc: slices.Concat(
		word(0x10), word(0x20), expression("a"),
		word(^uint64(0)), word(0x8000),
		word(0x10), word(0x20), expression("b"),
		word(0), word(0), word(0x30), word(0x40), expression("c"),
	)}
	for pc, want := range map[uint64]string{0x100f: "", 0x1010: "a", 0x101f: "a", 0x1020: "", 0x8010: "b", 0x8030: "", 0x1030: ""} {
		if got, ok := lists.At(0, old, pc); string(got) != want || ok != (want != "") {
			t.Errorf("%#x: %q, %v, want %q", pc, got, ok, want)
		}
	}
}

func TestListsAtNowhere(t *testing.T) {
	for _, offset := range []int64{-1, 5, 6, 1 << 62, -1 << 63} {
		for _, version := range []int{0, 4, 5, 6} {
			lists := location.Lists{Loclists: []byte("\x05\x01d\x00!"), Loc: []byte("abcde")}
			if got, ok := lists.At(offset, location.Unit{Version: version, AddrBase: -9}, 0); ok {
				t.Errorf("%d: %q", offset, got)
			}
		}
	}
}

func TestCode(t *testing.T) {
	current := slices.Concat([]byte("\x01\x00\x04\x10\x20\x04\x30\x30"), []byte{5}, word(0x9000), []byte("\x04\x00\x01\x03\x01\x08"), []byte{6}, word(1), word(2), []byte{7}, word(3), []byte("\x01\x00"))
	want := []location.Range{{Low: 0x5010, High: 0x5020}, {Low: 0x9000, High: 0x9001}, {Low: 0x6000, High: 0x6008}, {Low: 1, High: 2}, {Low: 3, High: 4}}
	if got := slices.Collect(location.Lists{Rnglists: current, Addr: addresses}.Code(0, unit)); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	before := slices.Concat(word(1), word(2), word(5), word(5), word(^uint64(0)), word(0), word(7), word(9), word(0), word(0), word(1), word(2))
	want = []location.Range{{Low: 0x1001, High: 0x1002}, {Low: 7, High: 9}}
	if got := slices.Collect(location.Lists{Ranges: before}.Code(0, location.Unit{Version: 4, Base: 0x1000})); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	for range (location.Lists{Ranges: before}).Code(0, location.Unit{}) {
		break // leaving early is no fault
	}
}

// No list goes on for ever, and none is read beyond its bounds.
func TestLongLists(t *testing.T) {
	endless := bytes.Repeat([]byte{1, 0}, 1<<20)
	n := 0
	for range (location.Lists{Rnglists: append(endless, "\x04\x00\x01"...), Addr: addresses}).Code(0, unit) {
		n++
	}
	if n != 0 {
		t.Error("a list of a million entries was read")
	}
}

func FuzzEval(f *testing.F) {
	for _, s := range []string{"\x9c", "\x91\x68", "\x50\x93\x08\x53\x93\x08", "\x03\x00\x10\x40\x00\x00\x00\x00\x00", "\x9c\x06\x23\x08", "\x92\x28\x02\x9f"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, expression []byte) {
		pieces, err := location.Eval(expression, machine)
		if err != nil && pieces != nil {
			t.Error("pieces and an error")
		}
		for _, p := range pieces {
			if p.Size < 0 || p.Size > 1<<20 || p.Kind > location.Value || p.Kind == location.Missing && p.Value != 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}

func FuzzListsAt(f *testing.F) {
	f.Add([]byte("\x01\x01\x04\x10\x20\x01a\x00"), int64(0), int64(8), uint64(0x6010))
	f.Add(slices.Concat([]byte{8}, word(0x10), []byte("\x10\x01a\x00")), int64(0), int64(-1), uint64(0x10))
	f.Add(slices.Concat(word(1), word(2), []byte("\x01\x00a"), word(0), word(0)), int64(0), int64(0), uint64(1))
	f.Fuzz(func(t *testing.T, section []byte, offset, addrBase int64, pc uint64) {
		lists := location.Lists{Loclists: section, Loc: section, Rnglists: section, Ranges: section, Addr: section}
		for version := 3; version < 7; version++ {
			u := location.Unit{Version: version, Base: 0, AddrBase: addrBase}
			if got, ok := lists.At(offset, u, pc); ok && !bytes.Contains(section, got) {
				t.Errorf("%q is not from the list", got)
			}
			for r := range lists.Code(offset, u) {
				if r.Low >= r.High || !r.Holds(r.Low) || r.Holds(r.High) {
					t.Errorf("%+v", r)
				}
			}
		}
	})
}
