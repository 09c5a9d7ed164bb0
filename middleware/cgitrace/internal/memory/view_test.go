//go:build dev

package memory_test

import (
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// Addresses of the copied stack are read from the copy, others from memory, and none from both.
func TestView(t *testing.T) {
	live := []byte("0123456789abcdefghijklmn")
	base := uint64(uintptr(unsafe.Pointer(&live[0])))
	copied := []byte("ABCDEFGH")
	v := memory.NewView(base+8, copied)
	v.Allow(1000, time.Now().Add(time.Minute))
	for _, c := range []struct {
		offset uint64
		n      int
		want   string
		ok     bool
	}{
		{8, 8, "ABCDEFGH", true},
		{8, 1, "A", true},
		{15, 1, "H", true},
		{0, 8, "01234567", true},
		{16, 8, "ghijklmn", true},
		{3, 0, "", true},
		{0, 9, "", false},
		{0, 24, "", false},
		{7, 2, "", false},
		{15, 2, "", false},
		{8, -1, "", false},
		{8, 1<<20 + 1, "", false},
		{-base, 8, "", false},
		{-base - 1, 2, "", false},
	} {
		got, ok := v.Bytes(base+c.offset, c.n)
		if string(got) != c.want || ok != c.ok {
			t.Errorf("%d bytes at %d: %q, %t", c.n, int64(c.offset), got, ok)
		}
	}
	if w, ok := v.Word(base + 8); w != 0x4847464544434241 || !ok {
		t.Errorf("the word of the copy is %#x, %t", w, ok)
	}
	if w, ok := v.Word(0); w != 0 || ok {
		t.Errorf("the word at 0 is %#x, %t", w, ok)
	}
	runtime.KeepAlive(live)
}

// A snapshot that would reach around the end of the address space is none.
func TestViewAroundTheEnd(t *testing.T) {
	v := memory.NewView(1<<64-4, []byte("12345678"))
	v.Allow(10, time.Now().Add(time.Minute))
	for _, addr := range []uint64{1<<64 - 4, 1<<64 - 1, 0, 1} {
		if b, ok := v.Bytes(addr, 1); ok {
			t.Errorf("%#x: %q", addr, b)
		}
	}
}

func TestViewBudget(t *testing.T) {
	copied := make([]byte, 64<<10)
	read := func(v *memory.View, n int) (reads int) {
		for range 100 {
			if _, ok := v.Bytes(1<<40, n); !ok {
				break
			}
			reads++
		}
		return reads
	}
	soon := time.Now().Add(time.Minute)
	for _, c := range []struct {
		name    string
		allowed int
		until   time.Time
		n       int
		reads   int
		spent   bool
	}{
		{"nothing", 0, soon, 8, 0, true},
		{"some", 7, soon, 8, 7, true},
		{"enough", 100, soon, 8, 100, false},
		{"too late", 7, time.Now(), 8, 0, true},
		{"never", 7, time.Time{}, 8, 0, true},
		{"long reads", 100, soon, 60 << 10, 6, true},
	} {
		v := memory.NewView(1<<40, copied)
		v.Allow(c.allowed, c.until)
		if reads := read(v, c.n); reads != c.reads || v.Spent() != c.spent {
			t.Errorf("%s: %d reads, spent %t", c.name, reads, v.Spent())
		}
		v.Allow(1, soon)
		if v.Spent() || read(v, 8) != 1 {
			t.Errorf("%s: Allow did not begin anew", c.name)
		}
	}
	if v := memory.NewView(1<<40, copied); read(v, 8) != 0 {
		t.Error("a new view has a budget")
	}
}
