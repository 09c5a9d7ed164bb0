// Program has functions, variables and types of every sort, of which the tests know the truth. It
// prints a line for each place it comes to: the place's name, the address of the instruction, the
// line, functions, a period, and the names and addresses of variables.
package main

import (
	"runtime"
	"strconv"
	"strings"
	"unsafe"
)

func main() {
	kinds(3)
	_, _ = results("7")
	_ = unnamed(1)
	shadow(1)
	siblings(2)
	closures(4)
	boxed(5)
	_, _ = boxedResult()
	(&list{}).pointer(1)
	list{}.value(2)
	f := (&list{}).pointer
	f(3)
	loops(2)
	overFunction(3)
	outer(8)
	sum([]float64{1}, 2)
	sum([]celsius{1}, 2)
	box[string, *list]{key: "k"}.open(1)
	(&box[int, error]{}).close()
	constants()
	composed()
	touch()
}

// an address is where a variable is.
type address struct {
	name string
	at   uintptr
}

// at names a variable's address without having it escape.
func at[T any](name string, v *T) address { return address{name, uintptr(unsafe.Pointer(v))} }

// mark prints where it is called: which functions are one machine function there, innermost
// first, and the line.
//
//go:noinline
func mark(place string, known ...address) {
	pcs := make([]uintptr, 16)
	pcs = pcs[:runtime.Callers(2, pcs)]
	var b strings.Builder
	b.WriteString(place + ": " + strconv.FormatUint(uint64(pcs[0]-1), 10))
	frames := runtime.CallersFrames(pcs)
	for n := 0; ; n++ {
		f, _ := frames.Next()
		if n == 0 {
			b.WriteString(" " + strconv.Itoa(f.Line))
		}
		b.WriteString(" " + f.Function)
		if f.Func != nil {
			break // what is inlined has none
		}
	}
	b.WriteString(" .")
	for _, a := range known {
		b.WriteString(" " + a.name + " " + strconv.FormatUint(uint64(a.at), 10))
	}
	print(b.String() + "\n")
}
