//go:build dev

package memory_test

import (
	"encoding/binary"
	"sync"
	"testing"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// stackWays are how a stack is copied on this system.
func stackWays() []string {
	ways := []string{"CopyStack", "load"}
	if _, _, answered := memory.CopyStackByKernel(make([]byte, 8), new(uint64)); answered {
		ways = append(ways, "kernel")
	}
	return ways
}

// copyStack copies in one of the ways. It calls none by a variable, for from must not be moved
// to the heap.
func copyStack(way string, dst []byte, from *uint64) (base uint64, n int) {
	switch way {
	case "load":
		at, n := memory.CopyStackByLoad(dst, from)
		return uint64(at), n
	case "kernel":
		at, n, _ := memory.CopyStackByKernel(dst, from)
		return uint64(at), n
	}
	return memory.CopyStack(dst, from)
}

// The copy has the caller's variables and others' at the addresses that they had, on stacks
// that have to grow as well as on others.
func TestCopyStack(t *testing.T) {
	for _, way := range stackWays() {
		t.Run(way, func(t *testing.T) {
			var group sync.WaitGroup
			for depth := range 8 {
				group.Go(func() {
					outermost := uint64(depth)
					descend(t, depth*depth*40, way, &outermost)
				})
			}
			group.Wait()
		})
	}
}

// descend calls itself, and then looks for a variable of its own, and for one much further out,
// in a copy of the stack.
//
//go:noinline
func descend(t *testing.T, depth int, way string, outermost *uint64) int {
	if depth > 0 {
		return descend(t, depth-1, way, outermost) + 1
	}
	var local [4]uint64
	for i := range local {
		local[i] = 0x5375_7263_6f61_7421 + uint64(i)
	}
	dst := make([]byte, 4<<20)
	base, n := copyStack(way, dst, &local[0])
	for range 10 {
		if base == uint64(uintptr(unsafe.Pointer(&local[0]))) {
			break // and has not moved since it was copied
		}
		base, n = copyStack(way, dst, &local[0])
	}
	out := uint64(uintptr(unsafe.Pointer(outermost))) - base
	if n < len(local)*8 || out > uint64(n-8) {
		t.Errorf("%d bytes were copied of %d", n, out)
		return 0
	}
	for i := range local {
		if got := binary.LittleEndian.Uint64(dst[8*i:]); got != local[i] {
			t.Errorf("word %d is %#x", i, got)
		}
	}
	if got := binary.LittleEndian.Uint64(dst[out:]); got != *outermost {
		t.Errorf("the outermost variable is %#x, and not %#x", got, *outermost)
	}
	return n
}

func BenchmarkCopyStack(b *testing.B) {
	dst := make([]byte, 64<<10)
	for _, way := range stackWays() {
		b.Run(way, func(b *testing.B) {
			b.ReportAllocs()
			var here uint64
			for b.Loop() {
				copyStack(way, dst, &here)
			}
		})
	}
}
