//go:build dev

package stack_test

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// The ways to panic, each in a function of its own. What they need comes as arguments that the
// compiler does not know.

type node struct {
	next  *node
	value int
}

type speaker interface{ speak(int) int }

func (n node) speak(i int) int { panic(fmt.Sprint("value ", n.value, i)) }

type carrier struct{ *node }

type loud int

func (l loud) speak(i int) int { return int(l) / i }

//go:noinline
func explicitly(i int) int { panic(errors.New("explicit")) }

//go:noinline
func leaf(n *node) int { return n.value }

//go:noinline
func withFrame(n *node, i int) int { return leafless(i) + n.next.value }

//go:noinline
func leafless(i int) int { return i }

//go:noinline
func divide(i, by int) int { return i / by }

//go:noinline
func index(a []int, i int) int { return a[i] }

//go:noinline
func slice(a []int, i int) []int { return a[i:2] }

//go:noinline
func call(f func(int) int, i int) int { return f(i) + 1 }

//go:noinline
func nilMap(m map[string]int, i int) int { m["key"] = i; return i }

//go:noinline
func closed(c chan int) int { close(c); close(c); return 1 }

//go:noinline
func assert(v any) int { return v.(int) }

//go:noinline
func convert(a []int) [4]int { return [4]int(a) }

//go:noinline
func speak(s speaker, i int) int { return s.speak(i) + 1 }

func inlined(a []int, i int) int { return alsoInlined(a, i) + 1 }

func alsoInlined(a []int, i int) int { return a[i] }

func generic[T any](a []T, i int) T { return a[i] }

//go:noinline
func recursive(i int) int {
	if i == 0 {
		panic("deep")
	}
	return recursive(i-1) + 1
}

//go:noinline
func again() int {
	defer func() {
		v := recover()
		panic(fmt.Sprint("again: ", v))
	}()
	return explicitly(1)
}

//go:noinline
func deferred() int {
	defer explicitly(2)
	defer func() { _ = index(nil, 1) }()
	return explicitly(1)
}

// many has more deferred functions than the compiler writes out.
//
//go:noinline
func many(n int) int {
	for i := range n {
		defer func() {
			if i == 3 {
				explicitly(i)
			}
		}()
	}
	return n
}

// panics has the ways, and what each is to meet.
func panics() map[string]func() int {
	none := 0
	return map[string]func() int{
		"panic":              func() int { return explicitly(none) },
		"nil pointer":        func() int { return leaf(nil) },
		"nil field":          func() int { return withFrame(&node{}, 1) },
		"division":           func() int { return divide(1, none) },
		"index":              func() int { return index([]int{1}, none+5) },
		"slice":              func() int { return len(slice([]int{1, 2, 3}, none+3)) },
		"nil function":       func() int { return call(nil, none) },
		"nil map":            func() int { return nilMap(nil, none) },
		"closed channel":     func() int { return closed(make(chan int)) },
		"type assertion":     func() int { return assert("text") },
		"array conversion":   func() int { return convert(nil)[none] },
		"interface":          func() int { return speak(loud(1), none) },
		"nil interface":      func() int { return speak(nil, none) },
		"method by pointer":  func() int { return speak(&node{}, none) },
		"nil receiver":       func() int { return speak((*node)(nil), none) },
		"promoted method":    func() int { return speak(carrier{&node{}}, none) },
		"promoted, no owner": func() int { return speak(carrier{}, none) },
		"method value":       func() int { return call((&node{}).speak, none) },
		"inlined":            func() int { return inlined([]int{1}, none+5) },
		"generic":            func() int { return len(generic([]string{"x"}, none+5)) },
		"recursion":          func() int { return recursive(30) },
		"panic again":        again,
		"deferred functions": deferred,
		"deferred in a loop": func() int { return many(10) },
		"reflection":         func() int { return int(reflect.ValueOf(explicitly).Call([]reflect.Value{reflect.ValueOf(1)})[0].Int()) },
		"reflected function": func() int { return made(explicitly)(1) },
		"once":               func() int { return sync.OnceValue(func() int { return explicitly(1) })() },
		"callback":           func() int { slices.SortFunc([]int{2, 1}, func(a, b int) int { return explicitly(a) }); return 0 },
		"iterator":           func() int { return ranged(func(yield func(int) bool) { _ = yield(1) }) },
		"pulled":             pulled,
	}
}

// made wraps f by reflection.
func made(f func(int) int) func(int) int {
	v := reflect.MakeFunc(reflect.TypeOf(f), func(args []reflect.Value) []reflect.Value { return reflect.ValueOf(f).Call(args) })
	return v.Interface().(func(int) int)
}

//go:noinline
func ranged(over func(func(int) bool)) int {
	for i := range over {
		return explicitly(i)
	}
	return 0
}

// pulled panics in a coroutine, which has a stack of its own, and again where it is resumed.
func pulled() int {
	next, stop := iter.Pull(func(yield func(int) bool) { explicitly(1) })
	defer stop()
	v, _ := next()
	return v
}

// caught is what a deferred function got.
type caught struct {
	value any
	pcs   []uintptr
	depth int
	stack *stack.Stack
	err   error
}

// catch runs f in a goroutine of its own and returns what was captured when it panicked. The
// deferred function does it by itself, or by as many calls as depth says.
func catch(t testing.TB, f func() int, depth int) (c caught) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			c.value, c.depth = recover(), depth
			release := stack.Hold()
			defer release()
			c.take(depth)
		}()
		f()
		t.Error("there was no panic")
	}()
	<-done
	return c
}

// take calls itself so often, and then Capture. The calls that are of interest are those from
// that of the deferred function outwards.
//
//go:noinline
func (c *caught) take(depth int) int {
	if depth > 0 {
		return c.take(depth-1) + 1
	}
	calls := make([]uintptr, 5000)
	calls = calls[:runtime.Callers(1, calls)]
	for i := range calls {
		f, _ := runtime.CallersFrames(calls[i : i+1]).Next()
		if f.Function == "runtime.gopanic" || f.Function == "runtime.Goexit" {
			c.pcs = calls[i:]
			break
		}
	}
	c.stack, c.err = stack.Capture(c.pcs)
	return 0
}
