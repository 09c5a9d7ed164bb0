//go:build dev

package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand"
	"os"
	"strings"
	"sync"
	"time"
)

// Kind is a shape's.
type Kind int

// The kinds.
const (
	Circle Kind = iota + 1
	Square
)

// String makes a Kind a fmt.Stringer.
func (k Kind) String() string { return "kind" }

var numbers = []func(){
	func() {
		total, count := 3, 0
		keep(total / count) // want: count is 0; total / count divides by it
	},
	func() {
		total, xs := 3, []int{}
		total %= len(xs) // want: len(xs) is 0; total %= len(xs) divides by it
	},
	func() {
		a, b := 3, next()
		keep(a/b + a/(b-4)) // want: b - 4 is 0; a / (b - 4) divides by it
	},
	func() {
		n := -1
		keep(1 << n) // want: n is -1; a shift cannot be by less than 0
	},
}

var storage = []func(){
	func() {
		u := &User{}
		u.Friends["eve"] = u // want: u.Friends is a nil map (map[string]*main.User); it has to be made before something is stored in it
	},
	func() {
		counts := map[string]map[string]int{}
		counts["a"]["b"]++ // want: counts["a"] is a nil map (map[string]int), for counts has no such key; it has to be made before something is stored in it
	},
	func() {
		n := next() - 5
		keep(make([]int, n)) // want: n is -1; make takes no negative size
	},
	func() {
		n := next() - 3
		keep(make([]int, 2, n)) // want: the capacity n is 1, less than the length, 2
	},
	func() {
		xs := []int{1}
		keep([2]int(xs)) // want: len(xs) is 1; [2]int needs 2
	},
	func() {
		var key any = []int{1}
		keep(map[any]int{"a": 1}[key]) // want: key holds a []int, which cannot be the key of a map
	},
	func() {
		var a, b any = []int{1}, []int{1}
		keep(a == b) // want: a holds a []int, which cannot be compared
	},
}

var interfaces = []func(){
	func() {
		var v any = "x"
		keep(v.(int)) // want: v is a string, not an int
	},
	func() {
		fields := map[string]any{"age": 3.5}
		keep(fields["age"].(int)) // want: fields["age"] is a float64, not an int
	},
	func() {
		var v any
		keep(v.(*User)) // want: v is nil, not a *main.User
	},
	func() {
		var v any = User{}
		keep(v.(*User)) // want: v is a main.User, not a *main.User
	},
	func() {
		var v any = &User{}
		keep(v.(fmt.Stringer)) // want: v is a *main.User, which has no method String and so is no fmt.Stringer
	},
	func() {
		var k *Kind
		var s fmt.Stringer = k
		keep(s.String()) // want: s holds a nil *main.Kind; .String needs a main.Kind
	},
}

var channels = []func(){
	func() {
		done := make(chan int)
		close(done)
		done <- 1 // want: done is closed (chan int); nothing can be sent on it
	},
	func() {
		done, other := make(chan int), make(chan int)
		close(done)
		select { // want: done is closed (chan int); nothing can be sent on it
		case done <- 1:
		case other <- 1:
		}
	},
	func() {
		var done chan struct{}
		close(done) // want: done is nil (chan struct {}); there is nothing to close
	},
	func() {
		done := make(chan int)
		close(done)
		close(done) // want: done is closed already (chan int)
	},
}

var thrown = []func(){
	func() {
		name := "/no/such/file"
		f, err := os.Open(name)
		if err != nil {
			panic(err) // want: err came from os.Open(name) on line 135
		}
		keep(f)
	},
	func() {
		var err error
		for i := range 3 {
			if err != nil {
				panic(err) // want: nothing
			}
			err = errors.New(strings.Repeat("x", i))
		}
	},
	func() {
		if _, err := os.Open("/no/such/file"); err != nil {
			log.New(os.Stderr, "", 0).SetOutput(nil)
			panic(fmt.Errorf("open: %w", err)) // want: err came from os.Open("/no/such/file") on line 151
		}
	},
	func() {
		switch k := Kind(next()); k {
		case Circle, Square:
		default:
			panic("unreachable") // want: k is 4 (main.Kind), for which the switch has no case
		}
	},
	func() {
		var shape any = 3.5
		switch s := shape.(type) {
		case Kind, *User:
			keep(s)
		default:
			panic("unreachable") // want: shape is a float64, for which the switch has no case
		}
	},
	func() {
		u := find(2)
		if u == nil {
			panic("nobody") // want: u is nil (*main.User); it came from find(2) on line 173
		}
	},
	func() {
		n := next()
		if n > perPage-1 {
			panic(fmt.Sprint("too many")) // want: n > perPage-1, for n is 4 and perPage - 1 is 3
		}
	},
	func() {
		roles := map[string]int{"admin": 1}
		name := "guest"
		role, ok := roles[name]
		if !ok {
			panic("no role") // want: roles has no key "guest"
		}
		keep(role)
	},
	func() {
		var err error
		panic(err) // want: err is nil (error); panic needs a value
	},
}

var calls = []func(){
	func() {
		var wg sync.WaitGroup
		wg.Add(1)
		wg.Done()
		wg.Done() // want: wg counts -1: Done was called more often than Add had counted
	},
	func() {
		width := next() - 9
		keep(strings.Repeat(" ", width)) // want: width is -5; Repeat takes no negative count
	},
	func() {
		var xs []int
		keep(rand.Intn(len(xs))) // want: len(xs) is 0; the numbers below it are to choose from
	},
	func() {
		var every time.Duration
		keep(time.NewTicker(every)) // want: every is 0; a ticker needs an interval above 0
	},
	func() {
		var ctx context.Context
		ctx, stop := context.WithCancel(ctx) // want: ctx is nil (context.Context); a context needs a parent
		defer stop()
		keep(ctx)
	},
	func() {
		_, err := os.Open("/no/such/file")
		if err != nil {
			log.Default().SetOutput(new(strings.Builder))
			log.Panic(err) // want: err came from os.Open("/no/such/file") on line 225
		}
	},
	func() {
		// It fails in there, not here.
		keep(strings.Map(func(r rune) rune { return []rune{1}[r] }, find(1).Name)) // want: r is 97, but len([]rune{1}) is 1
	},
}

// pick is generic.
func pick[T any](xs []T, i int) T {
	return xs[i] // want: i is 3, but len(xs) is 2
}

func each(yield func(int) bool) { _ = yield(1) && yield(2) }

// Stack is generic and has methods.
type Stack[T any] struct{ items []T }

// Pop takes from an empty Stack.
func (s *Stack[T]) Pop() T {
	return s.items[len(s.items)-1] // want: len(s.items) - 1 is -1, and an index cannot be negative
}

var forms = []func(){
	func() { pick([]string{"a", "b"}, 3) },
	func() { new(Stack[int]).Pop() },
	func() {
		u := find(2)
		for i := range each {
			keep(fmt.Sprint(u.Name, i)) // want: u is nil (*main.User); .Name cannot be read
		}
	},
	func() {
		var us []*User
		func() { func() { keep(us[0].Name) }() }() // want: len(us) is 0; there is no element 0
	},
	func() {
		apiKeys, pin := []string{"a"}, 4711
		keep(apiKeys[pin]) // want: pin is REDACTED, but len(apiKeys) is REDACTED
	},
}
