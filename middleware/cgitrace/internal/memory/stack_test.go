//go:build dev

package memory_test

import (
	"encoding/binary"
	"sync"
	"testing"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// The copy has the caller's variables at the addresses that they had, on stacks that have to
// grow as well as on others.
func TestCopyStack(t *testing.T) {
	for name, copyStack := range stackWays(t) {
		t.Run(name, func(t *testing.T) {
			var group sync.WaitGroup
			for depth := range 8 {
				group.Go(func() { descend(t, depth*depth*40, copyStack) })
			}
			group.Wait()
		})
	}
}

func stackWays(t *testing.T) map[string]func([]byte) (uint64, int) {
	ways := map[string]func([]byte) (uint64, int){
		"CopyStack": memory.CopyStack,
		"load": func(dst []byte) (uint64, int) {
			base, n := memory.CopyStackByLoad(dst)
			return uint64(base), n
		},
	}
	if _, _, answered := memory.CopyStackByKernel(make([]byte, 8)); answered {
		ways["kernel"] = func(dst []byte) (uint64, int) {
			base, n, answered := memory.CopyStackByKernel(dst)
			if !answered {
				t.Error("the kernel, which answered before, refused")
			}
			return uint64(base), n
		}
	}
	return ways
}

// descend calls itself, and then looks for a variable of its own in a copy of the stack.
//
//go:noinline
func descend(t *testing.T, depth int, copyStack func([]byte) (uint64, int)) int {
	if depth > 0 {
		return descend(t, depth-1, copyStack) + 1
	}
	const mark = 0x5375_7263_6f61_7421
	var local [4]uint64
	pointer := &local
	for i := range local {
		local[i] = mark + uint64(i)
	}
	dst := make([]byte, 64<<10)
	base, n := copyStack(dst)
	at := uint64(uintptr(unsafe.Pointer(pointer))) // the stack does not shrink while nothing collects it
	switch offset := at - base; {
	case base%uint64(unsafe.Sizeof(uintptr(0))) != 0:
		t.Errorf("the copy begins at %#x", base)
	case n < 64:
		t.Errorf("%d bytes were copied", n)
	case offset > uint64(n-32):
		t.Errorf("the copy of %#x to %#x does not have %#x", base, base+uint64(n), at)
	default:
		for i := range local {
			if got := binary.LittleEndian.Uint64(dst[offset+8*uint64(i):]); got != local[i] {
				t.Errorf("word %d is %#x", i, got)
			}
		}
	}
	return int(pointer[0] - mark)
}

func BenchmarkCopyStack(b *testing.B) {
	dst := make([]byte, 64<<10)
	b.Run("CopyStack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			memory.CopyStack(dst)
		}
	})
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			memory.CopyStackByLoad(dst)
		}
	})
}
