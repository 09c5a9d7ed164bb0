//go:build dev

package memory_test

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// ways are how memory is read on this system, each by itself.
func ways() map[string]func(addr uintptr, dst []byte) bool {
	ways := map[string]func(uintptr, []byte) bool{
		"Read": func(addr uintptr, dst []byte) bool { return memory.Read(uint64(addr), dst) },
		"load": memory.ReadByLoad,
	}
	if _, answered := memory.ReadByKernel(uintptr(unsafe.Pointer(new(int))), make([]byte, 1)); answered {
		ways["kernel"] = func(addr uintptr, dst []byte) bool {
			ok, _ := memory.ReadByKernel(addr, dst)
			return ok
		}
	}
	return ways
}

func TestRead(t *testing.T) {
	data := make([]byte, 3<<20)
	for i := range data {
		data[i] = byte(i * 7 >> 3)
	}
	at := uintptr(unsafe.Pointer(&data[0]))
	for name, read := range ways() {
		t.Run(name, func(t *testing.T) {
			for _, offset := range []int{0, 1, 7, 8, 4095} {
				for _, size := range []int{1, 2, 7, 8, 9, 4096, 2 << 20} {
					dst := make([]byte, size)
					if !read(at+uintptr(offset), dst) || !bytes.Equal(dst, data[offset:offset+size]) {
						t.Errorf("%d bytes at offset %d are not what is there", size, offset)
					}
				}
			}
		})
	}
	runtime.KeepAlive(data)
}

// What no program can have mapped, or never as data, is refused and does not fault.
func TestReadNothingThere(t *testing.T) {
	addrs := []uint64{0, 1, 8, 4095, 4096, 8192, 1<<47 - 8, 1 << 47, 0xdead00000000beef, 1<<63 - 1, 1 << 63, 1<<64 - 4096, 1<<64 - 1}
	for name, read := range ways() {
		t.Run(name, func(t *testing.T) {
			for _, addr := range addrs {
				if read(uintptr(addr), make([]byte, 8)) {
					t.Errorf("%#x was read", addr)
				}
			}
		})
	}
	if memory.Read(4095, make([]byte, 2)) || memory.Read(1<<64-1, make([]byte, 2)) {
		t.Error("an address below the first page, or beyond the last, was read")
	}
	if !memory.Read(1, nil) {
		t.Error("nothing could not be read")
	}
}

// The goroutine's own setting of SetPanicOnFault stays.
func TestReadKeepsPanicOnFault(t *testing.T) {
	for _, set := range []bool{true, false} {
		debug.SetPanicOnFault(set)
		memory.ReadByLoad(8192, make([]byte, 1))
		if got := debug.SetPanicOnFault(false); got != set {
			t.Errorf("%t became %t", set, got)
		}
	}
}

func TestReadInParallel(t *testing.T) {
	data := bytes.Repeat([]byte("abcdefgh"), 1000)
	at := uintptr(unsafe.Pointer(&data[0]))
	for name, read := range ways() {
		t.Run(name, func(t *testing.T) {
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					dst := make([]byte, len(data))
					for range 200 {
						if !read(at, dst) || !bytes.Equal(dst, data) {
							t.Error("read wrongly")
							return
						}
						if read(8192, dst) {
							t.Error("read what is not there")
							return
						}
					}
				})
			}
			group.Wait()
		})
	}
	runtime.KeepAlive(data)
}

func BenchmarkRead(b *testing.B) {
	word := new(uint64)
	at := uintptr(unsafe.Pointer(word))
	for name, read := range ways() {
		dst := make([]byte, 8)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read(at, dst)
			}
		})
		b.Run(name+"/fault", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read(8192, dst)
			}
		})
	}
}
