//go:build dev

package cgitrace

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// kept is a panicking goroutine's stack and, until it was reported, all that it points
// to.
type kept struct {
	frozen  *stack.Stack
	why     error  // there is no stack
	release func() // lets the garbage collector run again
}

// keep is called while the frames that panicked are still there.
func (k *kept) keep(pcs []uintptr) {
	k.release = stack.Hold()
	keeping.Add(1)
	defer func() {
		if v := recover(); v != nil { // the traceback is shown without variables
			k.frozen, k.why = nil, fmt.Errorf("reading the stack failed: %v", v)
		}
	}()
	k.frozen, k.why = stack.Capture(pcs)
}

// drop is called when nothing more is read of the stack. Values of variables cannot be read
// any more.
func (k *kept) drop() {
	if k.release == nil {
		return
	}
	k.release()
	k.release = nil
	// The last one collects what reports have left behind. Otherwise a collection would be due in
	// the next request, which may be the one that panics next, and its variables stale.
	if keeping.Add(-1) == 0 {
		go runtime.GC()
	}
}

// keeping counts the panics that are being reported.
var keeping atomic.Int32
