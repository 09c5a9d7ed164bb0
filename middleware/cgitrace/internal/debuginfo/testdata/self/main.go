//go:build dev

// Self asks package debuginfo about the program itself, and compares the answers with what the
// runtime and package reflect say. It prints a line for each difference, and at the end how much
// it compared. With an argument it waits for the end of its input before it asks.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

func main() {
	if len(os.Args) > 1 {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test is ready
	}
	compareAtOnce()
	info, err := debuginfo.Own()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if again, _ := debuginfo.Own(); again != info {
		fmt.Println("Own read the program twice")
	}
	types := compareTypes(info)
	functions := compareFunctions(info)
	compareGlobals(info)
	instructions := compareCode(info)
	dictionaries := generic(info, []celsius{1}, table[string, error]{})
	dictionaries += generic(info, []float64{1}, table[string, error]{})
	fmt.Printf("compared %d types, %d functions, %d instructions, %d dictionaries, moved: %v\n",
		types, functions, instructions, dictionaries, info.Slide() != 0)
}

// compareAtOnce has many goroutines ask the same at the same time.
func compareAtOnce() {
	var all sync.WaitGroup
	for range 400 {
		all.Go(func() {
			info, err := debuginfo.Own()
			if err != nil {
				return
			}
			compareTypes(info)
			compareFunctions(info)
			compareGlobals(info)
		})
	}
	all.Wait()
}

// compareFunctions asks for functions that are on the stack, in this package and others.
func compareFunctions(info *debuginfo.Info) int {
	n := 0
	check := func() {
		pcs := make([]uintptr, 64)
		pcs = pcs[:runtime.Callers(1, pcs)]
		for _, pc := range pcs {
			want := runtime.FuncForPC(pc - 1)
			f, err := info.Function(uint64(pc - 1))
			if err != nil || f.Entry != uint64(want.Entry()) {
				fmt.Println(want.Name(), "is", f, err)
			}
			n++
		}
	}
	check()
	strings.Map(func(r rune) rune { check(); return r }, "a")
	reflect.ValueOf(check).Call(nil)
	return n
}

// compareCode asks for instructions in all of the program, of which none may seem to be of
// another one.
func compareCode(info *debuginfo.Info) int {
	n := 0
	main := reflect.ValueOf(main).Pointer()
	for _, step := range []int{-1009, 1013} {
		for pc := main; runtime.FuncForPC(pc) != nil; pc += uintptr(step) {
			if _, err := info.Function(uint64(pc)); err == nil {
				n++
			} else if strings.Contains(err.Error(), "built anew") {
				fmt.Println(runtime.FuncForPC(pc).Name(), err)
			}
		}
	}
	return n
}

var counter = map[string]int{"a": 1}

// compareGlobals asks for variables whose address the program knows.
func compareGlobals(info *debuginfo.Info) {
	for name, want := range map[[2]string]unsafe.Pointer{
		{"main", "counter"}:              unsafe.Pointer(&counter),
		{"net/http", "DefaultClient"}:    unsafe.Pointer(&http.DefaultClient),
		{"net/http", "NoBody"}:           unsafe.Pointer(&http.NoBody),
		{"os", "Args"}:                   unsafe.Pointer(&os.Args),
		{"main", "there is no such one"}: nil,
	} {
		v, ok := info.Global(name[0], name[1])
		if at := address(v); ok != (want != nil) || at != uint64(uintptr(want)) {
			fmt.Printf("%s.%s is at %#x (%v), want %p\n", name[0], name[1], at, ok, want)
		}
	}
	runtime.KeepAlive(http.NoBody)
}
