//go:build dev

package stack_test

import (
	"math"
	"runtime/debug"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// sink keeps what is allocated from being left out.
var sink []byte

// While the collector is held a program may grow, but not without end.
func TestHoldAllowance(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	release := stack.Hold()
	cycles := stack.Cycles()
	for range 3 * stack.Allowance >> 20 {
		sink = make([]byte, 1<<20)
	}
	sink = nil
	if stack.Cycles() == cycles {
		t.Errorf("no collection while three times the allowance was allocated")
	}
	release()
	if after := debug.SetMemoryLimit(-1); after != before {
		t.Errorf("the memory limit is %d, and was %d", after, before)
	}
}

// A limit of the program's own that is lower holds, and one that it sets meanwhile stays.
func TestHoldKeepsLimit(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	debug.SetMemoryLimit(64 << 20)
	release := stack.Hold()
	if got := debug.SetMemoryLimit(-1); got != 64<<20 {
		t.Errorf("the limit is %d", got)
	}
	release()
	debug.SetMemoryLimit(math.MaxInt64)
	release = stack.Hold()
	debug.SetMemoryLimit(7 << 30)
	release()
	if got := debug.SetMemoryLimit(-1); got != 7<<30 {
		t.Errorf("the limit that the program has set is %d", got)
	}
}
