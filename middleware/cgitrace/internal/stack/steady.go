//go:build dev

package stack

import (
	"reflect"
	"runtime"
	"unsafe"
)

// A stack that moves leaves pointers behind. Those that the program will use again follow it;
// a variable whose last use is over keeps pointing to where the stack was, which is free from
// then on, and soon an object of the heap, where nothing tells that the pointer is not meant
// for it: a map whose header was on the stack is empty then, or has 2⁶⁰ entries.
//
// A stack moves when it grows, and when the garbage collector finds that less than a quarter
// of it is used and halves it. The latter need not be during a collection: where a goroutine
// could not be stopped at a good place, its stack is halved the next time that it can, which
// may be much later, in a request that saw no collection.

// ballast is what Steady takes up of the stack, in bytes, so that a quarter of it is always in use. Sizes
// of stacks are powers of two. One that had to grow for what was on it, ballast and Room is of 128 KiB,
// of which ballast is a quarter, or so much larger because there was already as much on it as
// ballast: with it that is as much as Room, and what is less than twice the sum less than four times that.
const ballast = 32 << 10

// anchor lies in the frame of steady and says where the stack was.
type anchor struct {
	mark [2]uint64
	at   uint64 // the anchor's own address when it was dropped
	grew uint64 // how far the stack had just been moved, modulo 2⁶⁴
}

// anchorMark begins an anchor.
var anchorMark = [2]uint64{0xa1c0_72e5_1d6b_93f4, 0x5e3f_8d1a_e294_6c0b}

// Steady calls f on a stack that has [Room] left and is not halved meanwhile, unless it was much larger
// than that before, and leaves there what [Stack.Moved] and [Stack.Former] need to know. It
// allocates nothing, and takes some microseconds.
func Steady(f func()) {
	var here uint64
	before := address(&here)
	_ = grow(int(before>>3) & 1)
	steady(f, address(&here)-before)
}

// steady is looked for by its frame, so it must not be inlined.
//
//go:noinline
func steady(f func(), grew uint64) {
	var load struct {
		anchor
		ballast [ballast]byte
	}
	load.drop(grew)
	f()
	runtime.KeepAlive(&load)
}

// drop is nosplit for the stack not to move between the two stores.
//
//go:nosplit
//go:noinline
func (a *anchor) drop(grew uint64) {
	a.mark, a.grew = anchorMark, grew
	a.at = uint64(uintptr(unsafe.Pointer(a)))
}

//go:nosplit
//go:noinline
func address(p *uint64) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// weigh looks for the anchor of the outermost Steady that was met.
func (s *Stack) weigh(w *walk) {
	entry := uint64(reflect.ValueOf(steady).Pointer())
	for _, f := range w.chain {
		if f.entry != entry {
			continue
		}
		for at := f.sp; at < f.cfa; at += 8 {
			first, _ := w.word(at)
			second, _ := w.word(at + 8)
			if first != anchorMark[0] || second != anchorMark[1] {
				continue
			}
			dropped, _ := w.word(at + 16)
			grew, _ := w.word(at + 24)
			s.anchored, s.former = true, s.former[:0]
			if at != dropped {
				s.former = append(s.former, Place{By: at - dropped, From: w.base})
			}
			s.moved = at != dropped
			if grew != 0 { // what is further in was never there
				s.former = append(s.former, Place{By: at - dropped + grew, From: f.cfa})
			}
			break
		}
	}
}

// Moved reports whether the stack was moved since [Steady] was called. It is true also where that is not
// known: where there is no Steady among the calls under way, or it is too far out. If false,
// whatever f's variables point to on the stack is still there. A stack that was moved and, by a
// second move, brought back to the very same place counts as not moved.
func (s *Stack) Moved() bool { return !s.anchored || s.moved }

// Place is where a stack has been before.
type Place struct {
	By   uint64 // what has to be added to an address there, modulo 2⁶⁴, to have today's
	From uint64 // the first of today's addresses that had one there
}

// Former returns where the stack is known to have been before.
func (s *Stack) Former() []Place { return s.former }
