//go:build dev

package stack_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// The frames are those that the runtime reports, one for one, and each has a place.
func TestFrames(t *testing.T) {
	informed(t)
	for name, f := range panics() {
		for _, depth := range []int{0, 1, 20} {
			t.Run(name, func(t *testing.T) { checkFrames(t, catch(t, f, depth)) })
		}
	}
}

// checkFrames compares what was captured with what runtime.CallersFrames says of the same calls.
func checkFrames(t *testing.T, c caught) {
	t.Helper()
	if c.err != nil {
		t.Fatalf("%v: %v", c.value, c.err)
	}
	got := c.stack.Frames()
	if len(got) == 0 {
		t.Fatal("there are no frames")
	}
	want := runtime.CallersFrames(c.pcs)
	var previous stack.Frame
	for i, f := range got {
		w, more := want.Next()
		if f.Function != w.Function || f.File != w.File || f.Line != w.Line || f.Frame.PC != w.PC || f.Inlined != (w.Func == nil) {
			t.Errorf("frame %d is %s:%d %s, want %s:%d %s", i, f.File, f.Line, f.Function, w.File, w.Line, w.Function)
		}
		if more == (i == len(got)-1) {
			t.Errorf("frame %d of %d: there are more: %t", i, len(got), more)
		}
		pc, cfa := c.stack.PC(f), c.stack.CFA(f)
		if in := runtime.FuncForPC(uintptr(pc)); in == nil || in.Entry() != w.Entry && !f.Inlined {
			t.Errorf("frame %d, %s, stands at %#x, which is in %v", i, f.Function, pc, in)
		}
		if i > 0 {
			before := c.stack.CFA(previous)
			switch same := f.Machine == previous.Machine; {
			case same && (cfa != before || f.Level <= previous.Level || !previous.Inlined):
				t.Errorf("frame %d, %s, shares the frame of %s, inlined %t", i, f.Function, previous.Function, previous.Inlined)
			case !same && (cfa < before || f.Machine < previous.Machine || f.Machine > previous.Machine+4): // reflection has some that are not reported
				t.Errorf("frame %d, %s, is at %#x (%d), %s at %#x (%d)", i, f.Function, cfa, f.Machine, previous.Function, before, previous.Machine)
			}
		}
		previous = f
	}
	if want := c.depth + 3; got[0].Machine != want { // Capture, take and the deferred function are in between
		t.Errorf("the first machine frame has index %d, want %d", got[0].Machine, want)
	}
	if previous.Function != "runtime.goexit" {
		t.Errorf("the last of %d frames is that of %s", len(got), previous.Function)
	}
}

// A Frame that belongs to no stack, or to another one, does no harm.
func TestForeignFrame(t *testing.T) {
	informed(t)
	c := catch(t, func() int { return explicitly(1) }, 0)
	for _, machine := range []int{-1, 100000} {
		f := stack.Frame{Machine: machine}
		if c.stack.PC(f) != 0 || c.stack.CFA(f) != 0 || c.stack.Registers(f) != nil {
			t.Errorf("machine frame %d: %#x, %#x, %v", machine, c.stack.PC(f), c.stack.CFA(f), c.stack.Registers(f))
		}
	}
}

// Many goroutines panic at a time, while others have their stacks moved and the collector wants
// to run.
func TestParallelFlood(t *testing.T) {
	informed(t)
	ways := panics()
	n := 4
	if testing.Short() {
		n = 1
	}
	stop := make(chan struct{})
	var others, group sync.WaitGroup
	for range 2 {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = grow(200)
				}
			}
		})
	}
	for range n {
		for _, f := range ways {
			group.Go(func() {
				c := catch(t, f, 3)
				checkFrames(t, c)
			})
		}
	}
	group.Wait()
	close(stop)
	others.Wait()
}

// grow uses some stack and some heap.
//
//go:noinline
func grow(n int) []byte {
	if n == 0 {
		return nil
	}
	return append(grow(n-1), make([]byte, n)...)
}
