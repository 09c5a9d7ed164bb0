//go:build dev

package cursor_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"
)

func TestFixed(t *testing.T) {
	c := cursor.New([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xff, 0xfe, 0xfd, 'a', 0, 'b'})
	for i, got := range []uint64{uint64(c.Uint8()), uint64(c.Uint16()), uint64(c.Uint32()), c.Uint64(), c.Uint(3)} {
		if want := []uint64{1, 0x0302, 0x07060504, 0x0f0e0d0c0b0a0908, 0xfdfeff}[i]; got != want {
			t.Errorf("%d: %#x, want %#x", i, got, want)
		}
	}
	if s := c.String(); string(s) != "a" || c.Len() != 1 || c.Failed() {
		t.Errorf("%q, %d left, %v", s, c.Len(), c.Failed())
	}
}

// Numbers of the appendix (DWARF 5 figures C.3 and C.5 in words: 7 bits at a time, lowest first).
func TestLEB128(t *testing.T) {
	for _, n := range []uint64{0, 2, 127, 128, 129, 12857, 1 << 32, math.MaxUint64} {
		c := cursor.New(binary.AppendUvarint(nil, n))
		if got := c.ULEB(); got != n || c.Failed() || c.Len() != 0 {
			t.Errorf("%d is %d", n, got)
		}
	}
	for _, x := range []struct {
		bytes []byte
		want  int64
	}{
		{[]byte{2}, 2},
		{[]byte{0x7e}, -2},
		{[]byte{0xff, 0}, 127},
		{[]byte{0x81, 0x7f}, -127},
		{[]byte{0x80, 1}, 128},
		{[]byte{0x80, 0x7f}, -128},
		{[]byte{0x80, 0x80, 0x80, 0}, 0},
		{[]byte{0xff, 0xff, 0xff, 0x7f}, -1},
		{[]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}, math.MinInt64},
		{[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}, math.MaxInt64},
	} {
		c := cursor.New(x.bytes)
		if got := c.SLEB(); got != x.want || c.Failed() || c.Len() != 0 {
			t.Errorf("% x is %d, want %d", x.bytes, got, x.want)
		}
	}
}

func TestFailure(t *testing.T) {
	long := []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80}
	large := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}
	for name, c := range map[string]struct {
		bytes []byte
		read  func(*cursor.Cursor) uint64
	}{
		"no byte":          {nil, func(c *cursor.Cursor) uint64 { return uint64(c.Uint8()) }},
		"half a number":    {long[:3], func(c *cursor.Cursor) uint64 { return uint64(c.Uint32()) }},
		"most of a number": {long[:7], (*cursor.Cursor).Uint64},
		"nine bytes":       {long, func(c *cursor.Cursor) uint64 { return c.Uint(9) }},
		"too few bytes":    {long, func(c *cursor.Cursor) uint64 { return uint64(len(c.Bytes(12))) }},
		"all bytes":        {long, func(c *cursor.Cursor) uint64 { return uint64(len(c.Bytes(math.MaxUint64))) }},
		"endless":          {long, (*cursor.Cursor).ULEB},
		"endless, signed":  {long, func(c *cursor.Cursor) uint64 { return uint64(c.SLEB()) }},
		"cut":              {long[:2], (*cursor.Cursor).ULEB},
		"cut, signed":      {long[:2], func(c *cursor.Cursor) uint64 { return uint64(c.SLEB()) }},
		"65 bits":          {large, (*cursor.Cursor).ULEB},
		"65 bits, signed":  {large, func(c *cursor.Cursor) uint64 { return uint64(c.SLEB()) }},
		"no end":           {[]byte("abc"), func(c *cursor.Cursor) uint64 { return uint64(len(c.String())) }},
	} {
		cur := cursor.New(c.bytes)
		if got := c.read(&cur); got != 0 || !cur.Failed() || cur.Len() != 0 {
			t.Errorf("%s: %d, %d left, %v", name, got, cur.Len(), cur.Failed())
		}
		if cur.Uint8() != 0 || cur.ULEB() != 0 || cur.String() != nil || cur.Bytes(1) != nil || !cur.Failed() {
			t.Errorf("%s: read on", name)
		}
	}
}

func TestAt(t *testing.T) {
	for _, c := range []struct {
		offset int64
		left   int
		failed bool
	}{
		{0, 3, false}, {2, 1, false}, {3, 0, false}, {4, 0, true}, {-1, 0, true}, {math.MaxInt64, 0, true}, {math.MinInt64, 0, true},
	} {
		cur := cursor.At([]byte("abc"), c.offset)
		if cur.Len() != c.left || cur.Failed() != c.failed {
			t.Errorf("%d: %d left, %v", c.offset, cur.Len(), cur.Failed())
		}
	}
}

// FuzzULEB compares with the standard library, which knows the same numbers by another name.
func FuzzULEB(f *testing.F) {
	f.Add([]byte{0x80, 1})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		c := cursor.New(b)
		got := c.ULEB()
		want, n := binary.Uvarint(b)
		if n <= 0 {
			want, n = 0, len(b)
		}
		if got != want || c.Len() != len(b)-n {
			t.Errorf("% x is %d with %d left, want %d with %d", b, got, c.Len(), want, len(b)-n)
		}
	})
}
