//go:build dev && unix

package memory_test

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"unsafe"
)

// A range is read only where all of it can be: not one that reaches into a page that is
// protected, or that was mapped from a file which is shorter by now (SIGBUS).
func TestReadAtTheEdge(t *testing.T) {
	size := os.Getpagesize()
	protected, err := syscall.Mmap(-1, 0, 2*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(protected) }()
	copy(protected[size-4:], "edge")
	if err := syscall.Mprotect(protected[size:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}

	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(2 * size)); err != nil {
		t.Fatal(err)
	}
	shortened, err := syscall.Mmap(int(f.Fd()), 0, 2*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(shortened) }()
	copy(shortened[size-4:], "edge")
	if err := f.Truncate(int64(size)); err != nil {
		t.Fatal(err)
	}

	for kind, pages := range map[string][]byte{"protected": protected, "shortened": shortened} {
		edge := uintptr(unsafe.Pointer(&pages[0])) + uintptr(size)
		for name, read := range ways() {
			t.Run(kind+"/"+name, func(t *testing.T) {
				dst := make([]byte, 4)
				if !read(edge-4, dst) || string(dst) != "edge" {
					t.Errorf("before the edge there is %q", dst)
				}
				if read(edge-4, make([]byte, 8)) || read(edge, dst) || read(edge+1, dst) {
					t.Error("something was read beyond the edge")
				}
			})
		}
		runtime.KeepAlive(pages)
	}
}
