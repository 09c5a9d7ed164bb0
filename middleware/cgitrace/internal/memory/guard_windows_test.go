//go:build dev

package memory_test

import (
	"syscall"
	"testing"
	"unsafe"
)

// A guard page is not touched: it stays one.
func TestReadGuardPage(t *testing.T) {
	kernel32 := syscall.NewLazyDLL("kernel32.dll")
	const commit, release, readWrite, guard = 0x3000, 0x8000, 0x04, 0x100
	pages, _, err := kernel32.NewProc("VirtualAlloc").Call(0, 2*4096, commit, readWrite)
	if pages == 0 {
		t.Fatal(err)
	}
	defer kernel32.NewProc("VirtualFree").Call(pages, 0, release)
	var before uint32
	if ok, _, err := kernel32.NewProc("VirtualProtect").Call(pages+4096, 4096, readWrite|guard, uintptr(unsafe.Pointer(&before))); ok == 0 {
		t.Fatal(err)
	}
	for name, read := range ways() {
		for range 2 {
			if !read(pages+4088, make([]byte, 8)) {
				t.Errorf("%s: what is before the guard page was not read", name)
			}
			if read(pages+4096, make([]byte, 8)) || read(pages+4092, make([]byte, 8)) {
				t.Errorf("%s: a guard page was read", name)
			}
		}
	}
}
