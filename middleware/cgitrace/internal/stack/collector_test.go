//go:build dev

package stack_test

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// percent returns the collector's setting.
func percent() int {
	p := debug.SetGCPercent(-1)
	debug.SetGCPercent(p)
	return p
}

// setPercent sets it for a test.
func setPercent(t *testing.T, p int) {
	before := debug.SetGCPercent(p)
	t.Cleanup(func() { debug.SetGCPercent(before) })
}

// The collector rests until the last has released, however often each does.
func TestHold(t *testing.T) {
	for _, own := range []int{100, 50, -1} {
		setPercent(t, own)
		first, second := stack.Hold(), stack.Hold()
		first()
		first()
		if percent() != -1 {
			t.Error("the collector may run while it is held")
		}
		second()
		if got := percent(); got != own {
			t.Errorf("the setting was %d and is %d", own, got)
		}
		second()
		third := stack.Hold()
		first()
		if percent() != -1 {
			t.Error("a release too many ended another's hold")
		}
		third()
		if got := percent(); got != own {
			t.Errorf("the setting was %d and is %d", own, got)
		}
	}
}

// What the program sets meanwhile is kept.
func TestHoldKeepsSetting(t *testing.T) {
	setPercent(t, 100)
	first := stack.Hold()
	debug.SetGCPercent(70)
	second := stack.Hold()
	first()
	second()
	if got := percent(); got != 70 {
		t.Errorf("the program set 70, and it is %d", got)
	}
}

func TestHoldParallelFlood(t *testing.T) {
	setPercent(t, 80)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 20 {
				release := stack.Hold()
				before := stack.Cycles()
				_ = grow(300)
				if after := stack.Cycles(); after != before {
					t.Errorf("%d cycles while the collector was held", after-before)
				}
				release()
				release()
			}
		})
	}
	group.Wait()
	if got := percent(); got != 80 {
		t.Errorf("the setting is %d", got)
	}
}

// A collection that the program asks for is counted, also while the collector is held.
func TestCycles(t *testing.T) {
	before := stack.Cycles()
	runtime.GC()
	if stack.Cycles() <= before {
		t.Error("a collection was not counted")
	}
	defer stack.Hold()()
	before = stack.Cycles()
	for range 200 {
		_ = grow(300)
	}
	if after := stack.Cycles(); after != before {
		t.Errorf("%d cycles while the collector was held", after-before)
	}
	runtime.GC()
	if stack.Cycles() != before+1 {
		t.Error("a collection was not counted")
	}
}

func BenchmarkCycles(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		stack.Cycles()
	}
}

func BenchmarkHold(b *testing.B) {
	if os.Getenv("GOGC") == "off" {
		b.Skip()
	}
	b.ReportAllocs()
	for b.Loop() {
		stack.Hold()()
	}
}
