//go:build dev

package stack_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// mark is what a function puts on the stack, so that its frame can be found there: two words
// that are there once for each call.
type mark [2]uint64

func marked(name string, i int) mark {
	w := uint64(0x5375_7263_0000_0000) | uint64(len(name))<<16 | uint64(i)
	return mark{w, ^w}
}

//go:noinline
func keep(*mark) {}

//go:noinline
func outer(i int) int {
	m := marked("outer", i)
	keep(&m)
	n := middle(i) + 1
	keep(&m)
	return n
}

//go:noinline
func middle(i int) int {
	m := marked("middle", i)
	keep(&m)
	var room [300]byte // so that the frames differ
	n := inner(i, room[i:]) + int(room[i])
	keep(&m)
	return n
}

//go:noinline
func inner(i int, b []byte) int {
	m := marked("inner", i)
	keep(&m)
	if i > 0 {
		return outer(i-1) + 1
	}
	n := divide(len(b), i)
	keep(&m)
	return n
}

// What a function has on the stack lies between its frame's address and that of the function
// which it calls, also when the stack has been moved since.
func TestPlaces(t *testing.T) {
	informed(t)
	c := catch(t, func() int { return outer(3) }, 0)
	if c.err != nil {
		t.Fatal(c.err)
	}
	_ = grow(100)
	found := 0
	var low uint64
	for _, f := range c.stack.Frames() {
		name := f.Function[strings.LastIndexByte(f.Function, '.')+1:]
		high := c.stack.CFA(f)
		if name == "outer" || name == "middle" || name == "inner" {
			m := marked(name, found/3)
			v := c.stack.Memory()
			v.Allow(1000, time.Now().Add(time.Minute))
			frame, ok := v.Bytes(low, int(high-low))
			if want := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, m[0]), m[1]); !ok || !bytes.Contains(frame, want) {
				t.Errorf("the %d bytes of %s's frame, %t, do not have its mark", high-low, name, ok)
			}
			found++
		}
		low = high
	}
	if found != 12 {
		t.Errorf("%d functions were found", found)
	}
}

// arguments are the numbers of the registers in which a slice's index and length are passed
// (Go's internal ABI: fourth and second): rdi and rbx, x3 and x1.
var arguments = map[string][2]int{"amd64": {5, 3}, "arm64": {3, 1}}

// The index that was out of range, and the length, are in the registers of the function that
// has failed.
func TestRegisters(t *testing.T) {
	informed(t)
	for _, c := range []struct {
		name string
		f    func() int
		want []uint64
	}{
		{"index", func() int { return index(make([]int, 3), 0x5375_7263) }, []uint64{0x5375_7263, 3}},
		{"slice", func() int { return len(slice(make([]int, 4), 0x5375_7263)) }, []uint64{0x5375_7263}},
	} {
		captured := catch(t, c.f, 0)
		if captured.err != nil {
			t.Fatal(captured.err)
		}
		frames := 0
		for _, f := range captured.stack.Frames() {
			registers := captured.stack.Registers(f)
			if !strings.HasSuffix(f.Function, "."+c.name) {
				if registers != nil {
					t.Errorf("%s: registers of %s: %v", c.name, f.Function, registers)
				}
				continue
			}
			frames++
			values := make(map[uint64]bool)
			for _, v := range registers {
				values[v] = true
			}
			for i, want := range c.want {
				if !values[want] {
					t.Errorf("%s: %#x is not in the registers %#x", c.name, want, registers)
				}
				if got := registers[arguments[runtime.GOARCH][i]]; os.Getenv(inside) == optimised && !raceEnabled && got != want {
					t.Errorf("%s: %#x is not in the register in which it was passed, but in one of %#x", c.name, want, registers)
				}
			}
		}
		if frames != 1 {
			t.Errorf("%s: %d frames", c.name, frames)
		}
	}
}

// Of a recursion a million deep, 4096 frames are there, soon and in a few megabytes.
func TestDeep(t *testing.T) {
	informed(t)
	for _, depth := range []int{5_000, 100_000, 1_000_000} {
		if testing.Short() && depth > 100_000 {
			continue
		}
		var before, after runtime.MemStats
		began := time.Now()
		c := catch(t, func() int {
			runtime.ReadMemStats(&before)
			return recursive(depth)
		}, 0)
		runtime.ReadMemStats(&after)
		if c.err != nil {
			t.Fatal(depth, c.err)
		}
		frames := c.stack.Frames()
		if len(frames) != 4096 || frames[4095].Function != frames[100].Function {
			t.Errorf("%d frames, the last of %s", len(frames), frames[len(frames)-1].Function)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("depth %d: %v", depth, took)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
			t.Errorf("depth %d: %d bytes were allocated", depth, got)
		}
		checkRecursion(t, c.stack, frames[10:4000])
	}
}

// checkRecursion looks at frames of one function, which are all alike.
func checkRecursion(t *testing.T, s *stack.Stack, frames []stack.Frame) {
	t.Helper()
	step := s.CFA(frames[1]) - s.CFA(frames[0])
	for i := 1; i < len(frames); i++ {
		if got := s.CFA(frames[i]) - s.CFA(frames[i-1]); got != step || frames[i].Machine != frames[i-1].Machine+1 {
			t.Fatalf("frame %d is %d bytes from the one before, machine frame %d", i, got, frames[i].Machine)
		}
	}
}

//go:noinline
func large(i int) int {
	var room [120 << 10]byte
	if i == 0 {
		return explicitly(i)
	}
	room[i] = byte(i)
	return large(i-1) + int(room[i/2])
}

// Where the frames have more than 64 MiB, those within are there.
func TestLarge(t *testing.T) {
	informed(t)
	c := catch(t, func() int { return large(1000) }, 0)
	if c.err != nil {
		t.Fatal(c.err)
	}
	if n := len(c.stack.Frames()); n < 500 || n > 600 {
		t.Errorf("%d frames", n)
	}
}

// Whatever is on the stack, unwinding it ends, and meets only what it was told to meet.
func TestCorruptedFlood(t *testing.T) {
	informed(t)
	n := 3000
	if os.Getenv("SOAK") != "" {
		n = 20_000
	}
	c := catch(t, func() int { return recursive(5) }, 0)
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	met := make(map[bool]int)
	for range n {
		calls, frames := stack.Unwind(c.stack, func(words []byte, base uint64, calls []uintptr) {
			for range r.IntN(60) {
				at := r.IntN(500) * 8
				w := binary.LittleEndian.Uint64(words[at:])
				switch r.IntN(6) {
				case 0:
					w = r.Uint64()
				case 1:
					w = uint64(r.IntN(1 << 16))
				case 2:
					w = base + r.Uint64N(uint64(len(words)))
				case 3:
					w = uint64(calls[r.IntN(len(calls))])
				case 4:
					w += uint64(r.IntN(64)) - 32
				case 5:
					w = uint64(calls[0]) + r.Uint64N(1<<16)
				}
				binary.LittleEndian.PutUint64(words[at:], w)
			}
		})
		if len(frames) > len(calls) {
			t.Fatalf("seed %d: %d frames for %d calls", seed, len(frames), len(calls))
		}
		for i, f := range frames {
			if f.Frame.PC+1 != calls[i] {
				t.Fatalf("seed %d: frame %d is at %#x, want %#x", seed, i, f.Frame.PC+1, calls[i])
			}
			if i < 2 && f.Machine != i { // between those further out are some that are not reported
				t.Fatalf("seed %d: frame %d has machine frame %d", seed, i, f.Machine)
			}
		}
		met[len(frames) == len(calls)]++
	}
	if met[true] == 0 || met[false] == 0 {
		t.Errorf("seed %d: all frames met: %v", seed, met)
	}
}
