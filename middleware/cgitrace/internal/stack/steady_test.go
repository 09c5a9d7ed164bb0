//go:build dev

package stack_test

import (
	"runtime"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// captured is this goroutine's stack, from the caller on.
//
//go:noinline
func captured(t *testing.T) *stack.Stack {
	t.Helper()
	pcs := make([]uintptr, 100)
	s, err := stack.Capture(pcs[:runtime.Callers(2, pcs)])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// own runs f in a goroutine whose stack is as small as one can be.
func own(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// use has n bytes and some on the stack when it calls then.
//
//go:noinline
func use(n int, then func()) {
	var frame [1 << 10]byte
	if n > 0 {
		use(n-len(frame), then)
	} else {
		then()
	}
	runtime.KeepAlive(&frame)
}

// It is known whether a stack was moved, and from where.
func TestMoved(t *testing.T) {
	informed(t)
	for _, tt := range []struct {
		name   string
		before int // bytes on the stack when it is made steady
		depth  int // that are used and given up after it
		moved  bool
	}{
		{"little", 0, 0, false},
		{"half the room", 0, stack.Room / 2, false},
		{"deep before", 100 << 10, stack.Room / 2, false},
		{"deep", 0, 1 << 20, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			own(func() {
				use(tt.before, func() {
					var far uint64
					old := stack.Address(&far)
					stack.Steady(func() {
						use(tt.depth, func() {})
						s := captured(t)
						if s.Moved() != tt.moved {
							t.Errorf("moved: %v", s.Moved())
						}
						for _, p := range s.Former() {
							if old+p.By == stack.Address(&far) && p.From <= stack.Address(&far) {
								return
							}
						}
						if old != stack.Address(&far) {
							t.Errorf("from %#x to %#x: %x", old, stack.Address(&far), s.Former())
						}
					})
				})
			})
		})
	}
}

// A collection does not halve a steady stack, however little of it is used; another it does.
func TestSteadyCollected(t *testing.T) {
	informed(t)
	for range 3 {
		own(func() {
			stack.Steady(func() {
				for range 4 {
					runtime.GC()
					use(0, func() {})
				}
				if captured(t).Moved() {
					t.Error("a steady stack was moved")
				}
			})
		})
	}
	own(func() {
		use(1<<20, func() {})
		stack.Steady(func() {
			for range 4 {
				runtime.GC()
				runtime.Gosched()
			}
			if !captured(t).Moved() {
				t.Error("it is not known that a stack was halved, or it was not")
			}
		})
	})
}

// Of Steadys in one another the outermost counts; without one nothing is known.
func TestMovedNested(t *testing.T) {
	informed(t)
	own(func() {
		if s := captured(t); !s.Moved() || len(s.Former()) > 0 {
			t.Error("nobody has said where the stack was")
		}
		stack.Steady(func() {
			use(1<<20, func() {})
			stack.Steady(func() {
				if !captured(t).Moved() {
					t.Error("it was moved between the two")
				}
			})
		})
	})
}

func TestSteadyAllocations(t *testing.T) {
	n := 0
	if allocations := testing.AllocsPerRun(10, func() { stack.Steady(func() { n++ }) }); allocations > 0 || n == 0 {
		t.Errorf("%v allocations in %d calls", allocations, n)
	}
}

func BenchmarkSteady(b *testing.B) {
	for b.Loop() {
		stack.Steady(func() {})
	}
}
