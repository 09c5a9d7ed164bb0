//go:build dev

// Command callback panics in Go functions that C code calls, on a stack that has frames of both
// and in a thread that C code has made, and prints the frames that are found.
package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>

int callback(int);

static int nested(int n) { return callback(n) + 1; }

static void *run(void *unused) { callback(1); return 0; }

static void thread(void) {
	pthread_t t;
	pthread_create(&t, 0, run, 0);
	pthread_join(t, 0);
}
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

func main() {
	capture("through C", func() { C.nested(0) })
	capture("below C", func() { C.nested(1) })
	C.thread()
}

//export callback
func callback(n C.int) C.int {
	if n == 0 {
		panics()
	}
	capture("in a callback", panics)
	return n
}

//go:noinline
func panics() { panic("here") }

// capture prints the frames when f panics, each with the address of its frame.
func capture(title string, f func()) {
	defer func() {
		fmt.Println(title, recover())
		release := stack.Hold()
		defer release()
		pcs := make([]uintptr, 100)
		s, err := stack.Capture(pcs[:runtime.Callers(2, pcs)])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		for _, f := range s.Frames() {
			fmt.Printf("\t%s %#x\n", f.Function, s.CFA(f))
		}
	}()
	f()
}
