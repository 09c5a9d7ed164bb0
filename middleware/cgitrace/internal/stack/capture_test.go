//go:build dev

package stack_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// Without debug information, or on other machines, there is no stack, and the error says so.
func TestCaptureUninformed(t *testing.T) {
	if _, err := debuginfo.Own(); err == nil {
		t.Skip("there is debug information")
	}
	pcs := make([]uintptr, 10)
	s, err := stack.Capture(pcs[:runtime.Callers(1, pcs)])
	if !supported {
		if s != nil || err == nil || !strings.Contains(err.Error(), "on amd64 and arm64 only, not on "+runtime.GOARCH) {
			t.Errorf("%v, %v", s, err)
		}
		return
	}
	if s != nil || !errors.Is(err, debuginfo.ErrAbsent) {
		t.Errorf("%v, %v", s, err)
	}
}

// Calls that are not, or no longer, under way here are refused.
func TestCaptureStrangers(t *testing.T) {
	informed(t)
	elsewhere := make(chan []uintptr)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		elsewhere <- calls()
		<-stop
	}()
	func() {
		own := calls()[1:] // without this function, which has come further meanwhile
		for name, pcs := range map[string][]uintptr{
			"none":              nil,
			"another goroutine": <-elsewhere,
			"garbage":           {1, 2, 3},
			"returned":          calls(),
			"one missing":       {own[0], own[2]},
			"one more":          append(own[:len(own):len(own)], own[len(own)-1]),
		} {
			if s, err := stack.Capture(pcs); s != nil || err == nil || !strings.HasPrefix(err.Error(), "stack: ") {
				t.Errorf("%s: %v, %v", name, s, err)
			}
		}
		if _, err := stack.Capture(own[:1]); err != nil {
			t.Errorf("the first only: %v", err)
		}
	}()
}

// calls returns those that are under way, from that of its caller on.
//
//go:noinline
func calls() []uintptr {
	pcs := make([]uintptr, 20)
	return pcs[:runtime.Callers(2, pcs)]
}

// Without a panic the calls under way are there just so.
func TestCaptureNoPanic(t *testing.T) {
	informed(t)
	pcs := make([]uintptr, 100)
	pcs = pcs[:runtime.Callers(2, pcs)]
	s, err := stack.Capture(pcs)
	if err != nil {
		t.Fatal(err)
	}
	frames := s.Frames()
	if len(frames) != len(pcs) || frames[0].Function != "testing.tRunner" {
		t.Errorf("%d frames for %d calls, the first of %s", len(frames), len(pcs), frames[0].Function)
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		calls, pcs []uintptr
		more       bool
		want       int
	}{
		{[]uintptr{1, 2, 3}, []uintptr{1, 2, 3}, false, 0},
		{[]uintptr{1, 2, 3}, []uintptr{3}, false, 2},
		{[]uintptr{1, 2, 3}, []uintptr{2}, false, 1},
		{[]uintptr{1, 2, 1, 3}, []uintptr{1, 3}, false, 2},
		{[]uintptr{1, 2, 3}, []uintptr{3, 4}, false, -1},
		{[]uintptr{1, 2, 3}, []uintptr{3, 4}, true, 2},
		{[]uintptr{1, 2, 3}, []uintptr{4}, true, -1},
		{[]uintptr{1, 2, 3}, nil, true, -1},
		{nil, []uintptr{1}, true, -1},
	} {
		if got := stack.Find(c.calls, c.pcs, c.more); got != c.want {
			t.Errorf("%v in %v, more %t: %d", c.pcs, c.calls, c.more, got)
		}
	}
}

func BenchmarkCapture(b *testing.B) {
	informed(b)
	for name, depth := range map[string]int{"20": 10, "1000": 990, "4096": 10_000} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var c caught
			func() {
				defer func() {
					_ = recover()
					c.take(0)
					for b.Loop() {
						c.again()
					}
				}()
				recursive(depth)
			}()
			if c.err != nil {
				b.Fatal(c.err)
			}
		})
	}
}

func (c *caught) again() { c.stack, c.err = stack.Capture(c.pcs) }
