//go:build dev

package callframe_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/callframe"
)

// What Go's linker writes as CIE, and the machine's numbers.
var (
	amd64 = []byte{
		3, 0, 1, 0x7c, 16, // version, no augmentation, code and data factors 1 and -4, the return address's column
		0x0c, 7, 8, // def_cfa: rsp+8
		0x05, 16, 2, // offset_extended: the return address at CFA-8
	}
	arm64 = []byte{
		3, 0, 1, 0x7c, 30,
		0x0c, 31, 0, // def_cfa: sp+0
		0x08, 30, // same_value: the return address is in the link register
		0x14, 31, 0, // val_offset: sp was CFA+0
	}
)

// section puts a CIE and FDEs for functions of 0x100 bytes, from 0x1000 on, together.
func section(cie []byte, programs ...[]byte) []byte {
	b := entry(nil, 0xffffffff, cie)
	for i, p := range programs {
		f := binary.LittleEndian.AppendUint64(nil, 0x1000+uint64(i)*0x100)
		f = binary.LittleEndian.AppendUint64(f, 0x100)
		b = entry(b, 0, append(f, p...))
	}
	return b
}

// entry adds an entry with this id.
func entry(b []byte, id uint32, content []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(4+len(content)))
	b = binary.LittleEndian.AppendUint32(b, id)
	return append(b, content...)
}

func TestAt(t *testing.T) {
	type rules = map[uint64]callframe.Rule
	none := callframe.Rule{CFA: -1}
	saved := func(cfa, ret int64) callframe.Rule { return callframe.Rule{CFA: cfa, Return: ret, Saved: true} }
	for _, c := range []struct {
		name    string
		cie     []byte
		program []byte
		want    rules // by distance from the function's beginning
	}{
		{"as Go writes it", amd64, []byte{0x13, 0x7e, 0x4b, 0x13, 0x64, 0x40 + 20, 0x13, 0x7e, 0, 0}, rules{
			0: saved(8, -8), 10: saved(8, -8), 11: saved(112, -8), 30: saved(112, -8), 31: saved(8, -8), 0xff: saved(8, -8), 0x100: none,
		}},
		{"as Go writes it for arm64", arm64, []byte{0x08, 30, 0x13, 0, 0x44, 0x11, 30, 8, 0x13, 0x78, 0x44}, rules{
			0: {}, 3: {}, 4: saved(32, -32), 0xff: saved(32, -32),
		}},
		{"the outermost of arm64", arm64, []byte{0x07, 30, 0x13, 0, 0x44}, rules{0: {Top: true}, 0x80: {Top: true}}},
		{"nothing", amd64, nil, rules{0: saved(8, -8)}},
		{"def_cfa_offset", amd64, []byte{0x0e, 0x80, 1}, rules{0: saved(128, -8)}},
		{"def_cfa, def_cfa_sf", amd64, []byte{0x0c, 7, 24, 0x41, 0x12, 7, 0x7c}, rules{0: saved(24, -8), 1: saved(16, -8)}},
		{"offset, offset_extended_sf", amd64, []byte{0x90, 4, 0x41, 0x11, 16, 5}, rules{0: saved(8, -16), 1: saved(8, -20)}},
		{"advance_loc1, 2, 4", amd64, []byte{0x02, 10, 0x0e, 16, 0x03, 20, 0, 0x0e, 24, 0x04, 30, 0, 0, 0, 0x0e, 32}, rules{
			9: saved(8, -8), 10: saved(16, -8), 29: saved(16, -8), 30: saved(24, -8), 59: saved(24, -8), 60: saved(32, -8),
		}},
		{"set_loc", amd64, []byte{0x01, 0x20, 0x10, 0, 0, 0, 0, 0, 0, 0x0e, 16}, rules{0x1f: saved(8, -8), 0x20: saved(16, -8)}},
		{"remember and restore", amd64, []byte{0x0e, 16, 0x0a, 0x41, 0x0e, 24, 0x41, 0x0b}, rules{0: saved(16, -8), 1: saved(24, -8), 2: saved(16, -8)}},
		{"restore, restore_extended", amd64, []byte{0x90, 4, 0x41, 0xd0, 0x41, 0x90, 4, 0x41, 0x06, 16}, rules{
			0: saved(8, -16), 1: saved(8, -8), 2: saved(8, -16), 3: saved(8, -8),
		}},
		{"others' registers", amd64, []byte{0x83, 1, 0xc3, 0x05, 3, 1, 0x11, 3, 1, 0x06, 3, 0x07, 3, 0x08, 3, 0x09, 3, 4, 0x14, 3, 1, 0x15, 3, 0x7f, 0x10, 3, 1, 0, 0x16, 3, 1, 0}, rules{0: saved(8, -8)}},
		{"another register", amd64, []byte{0x0d, 6, 0x41, 0x0d, 7}, rules{0: none, 1: saved(8, -8)}},
		{"an expression", amd64, []byte{0x0f, 1, 0x9c, 0x41, 0x0c, 7, 8}, rules{0: none, 1: saved(8, -8)}},
		{"the return address by expression", amd64, []byte{0x10, 16, 1, 0x9c, 0x41, 0x06, 16}, rules{0: none, 1: saved(8, -8)}},
		{"the return address in a register", amd64, []byte{0x09, 16, 3}, rules{0: none}},
		{"what is not known", amd64, []byte{0x41, 0x3f}, rules{0: saved(8, -8), 1: none}},
		{"an operand is missing", amd64, []byte{0x41, 0x0e}, rules{0: saved(8, -8), 1: none}},
		{"nothing remembered", amd64, []byte{0x0b}, rules{0: none}},
		{"too much remembered", amd64, []byte(strings.Repeat("\x0a", 17)), rules{0: none}},
		{"backwards", amd64, []byte{0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0x0e, 16}, rules{0: saved(16, -8)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, err := callframe.Parse(section(c.cie, c.program))
			if err != nil {
				t.Fatal(err)
			}
			for distance, want := range c.want {
				got, ok := table.At(0x1000 + distance)
				if !ok && got == (callframe.Rule{}) {
					got = none
				}
				if got != want {
					t.Errorf("%d: %+v, %t", distance, got, ok)
				}
			}
		})
	}
}

// Functions lie anywhere, with gaps; what is in none has no rule.
func TestAtFinds(t *testing.T) {
	b := section(amd64, []byte{0x0e, 16}, []byte{0x0e, 24})
	far := binary.LittleEndian.AppendUint64(nil, 0x10)
	far = binary.LittleEndian.AppendUint64(far, 1)
	b = entry(b, 0, append(far, 0x0e, 32))
	b = append(b, 0, 0, 0, 0)
	dropped := binary.LittleEndian.AppendUint64(nil, 0) // by the linker
	b = entry(b, 0, binary.LittleEndian.AppendUint64(dropped, 8))
	table, err := callframe.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	for pc, want := range map[uint64]int64{0: 0, 7: 0, 0xf: 0, 0x10: 32, 0x11: 0, 0xfff: 0, 0x1000: 16, 0x10ff: 16, 0x1100: 24, 0x11ff: 24, 0x1200: 0, 1<<64 - 1: 0} {
		if r, ok := table.At(pc); r.CFA != want || ok != (want != 0) {
			t.Errorf("%#x: %+v, %t", pc, r, ok)
		}
	}
}

// Entries that cannot be read, or need not be, do not spoil the others.
func TestParseLeavesOut(t *testing.T) {
	good := section(amd64, []byte{0x0e, 16})
	for name, cie := range map[string][]byte{
		"version":        append([]byte{2}, amd64[1:]...),
		"augmentation":   append([]byte{3, 'e', 'h'}, amd64[1:]...),
		"no terminator":  {3, 'e', 'h'},
		"cut":            amd64[:3],
		"machine":        {3, 0, 1, 0x7c, 1},
		"address size":   append([]byte{4, 0, 4, 0}, amd64[2:]...),
		"segments":       append([]byte{4, 0, 8, 1}, amd64[2:]...),
		"long number":    []byte("\x03\x00\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x7c\x10"),
		"not one at all": {},
	} {
		// The odd CIE comes last, and FDEs that refer to it, and to none, after it.
		b := entry(good, 0xffffffff, cie)
		b = entry(b, uint32(len(good)), binary.LittleEndian.AppendUint64(make([]byte, 0, 16), 0x5000))
		b = entry(b, 12345, make([]byte, 30))
		table, err := callframe.Parse(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r, ok := table.At(0x1000); r.CFA != 16 || !ok {
			t.Errorf("%s: %+v", name, r)
		}
		if r, ok := table.At(0x5000); ok {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for name, cie := range map[string][]byte{
		"version 1": append([]byte{1}, amd64[1:]...),
		"version 4": append([]byte{4, 0, 8, 0}, amd64[2:]...),
	} {
		table, err := callframe.Parse(section(cie, []byte{0x0e, 16}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if r, ok := table.At(0x1000); r.CFA != 16 || !ok {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestParseErrors(t *testing.T) {
	whole := section(amd64, []byte{0x0e, 16})
	for n := range whole {
		want := "cut short"
		if n == 0 || n == 19 { // where an entry ends
			want = "no function"
		}
		if _, err := callframe.Parse(whole[:n]); err == nil || !strings.HasPrefix(err.Error(), "callframe: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	if _, err := callframe.Parse([]byte("\xff\xff\xff\xff12345678901234567890")); err == nil {
		t.Error("the format of 64 bits was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(section(amd64, []byte{0x13, 0x7e, 0x4b, 0x13, 0x64}), uint64(0x1010))
	f.Add(section(arm64, []byte{0x08, 30, 0x44, 0x11, 30, 8, 0x13, 0x78}), uint64(0x1010))
	f.Add(section(amd64, []byte{0x0a, 0x0b, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 0x0f, 1, 2, 0x16, 3, 1, 0}), uint64(0x1000))
	f.Fuzz(func(t *testing.T, b []byte, pc uint64) {
		table, err := callframe.Parse(b)
		if err != nil {
			return
		}
		first, ok := table.At(pc)
		if again, okAgain := table.At(pc); again != first || okAgain != ok {
			t.Errorf("%+v, %t; then %+v, %t", first, ok, again, okAgain)
		}
	})
}
