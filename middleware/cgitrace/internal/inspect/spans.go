//go:build dev

package inspect

import (
	"encoding/binary"
	"reflect"
	"runtime"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// A stack that has become too small is copied to a larger one, and the pointers into it are
// set right: those that will be used again. One that will not keeps pointing to where the
// stack was, where by now may be anything; and it is as good a variable as any other.
//
// So for each address it has to be known whether it is in a stack that is not the one at hand.
// The runtime keeps its memory in spans of whole pages, all of one use, and finds the span of a
// page in a table (runtime.mheap_): an array, or two levels of them, of arenas, each with an
// array of pointers to spans. Where these are, and the fields of a span, the debug information
// says.
//
// The top of a stack stays the top: the distance of a variable from it is the same after each
// move. That tells where a pointer into an earlier stack leads today.

// table is where the runtime has its spans. The zero value is one that was not found.
type table struct {
	arenas       uint64 // the address of the first level
	levels       [2]uint64
	spans, pages uint64   // where an arena has its spans, and how many
	fields       [4]int64 // of a span
	above        uint64   // how far the top of a stack is above its outermost frame; 0: not known
}

// spans knows for what memory is used, and where the stack at hand is.
type spans struct {
	*table
	bottom, end uint64 // of the stack's copy
	top         uint64 // of the stack; 0: not known
	former      []stack.Place
	outermost   uint64 // on amd64, how far below the top the address is to which a first function returns
	seen        map[uint64]span
}

// The fields of runtime.mspan that are needed.
const (
	spanStart = iota
	spanPages
	spanElem
	spanState
)

// span is a run of pages.
type span struct {
	use   use
	start uint64
	elem  uint64 // bytes of what it is made of: of a stack, if it has stacks
}

// use is what a page is for.
type use int

const (
	foreign use = iota // not the collector's: code, constants, package variables
	objects
	stacks
	free
)

const pageSize = 8 << 10 // runtime.pageSize

// tables is the table of this process.
var tables = sync.OnceValue(func() *table {
	t := &table{}
	info, err := debuginfo.Own()
	if err != nil || !t.find(info) {
		return &table{}
	}
	t.above = t.calibrate()
	return t
})

// find finds the tables, if they are laid out as they are known to be.
func (t *table) find(info *debuginfo.Info) bool {
	heap, ok := info.Global("runtime", "mheap_")
	if !ok || heap.Type == nil {
		return false
	}
	pieces, _, err := heap.Locate(location.Machine{}, 0)
	arenas, at := fieldOf(heap.Type, "arenas")
	if err != nil || len(pieces) != 1 || pieces[0].Kind != location.Memory {
		return false
	}
	t.arenas = pieces[0].Value + uint64(at)
	for i := range t.levels {
		if arenas == nil || arenas.Kind != reflect.Array || arenas.Elem() == nil || arenas.Count == 0 {
			return false
		}
		t.levels[i], arenas = uint64(arenas.Count), arenas.Elem().Elem()
	}
	if arenas == nil {
		return false
	}
	array, at := fieldOf(arenas, "spans")
	if array == nil || array.Elem() == nil || array.Elem().Elem() == nil || array.Count == 0 {
		return false
	}
	t.spans, t.pages = uint64(at), uint64(array.Count)
	for i, name := range []string{"startAddr", "npages", "elemsize", "state"} {
		f, ok := array.Elem().Elem().Field(name)
		if !ok {
			return false
		}
		t.fields[i] = f.Offset
	}
	return true
}

// calibrate measures at a goroutine of its own what lies above the outermost frame: some words,
// the same for all goroutines.
func (t *table) calibrate() uint64 {
	above := make(chan uint64)
	go func() {
		room(0)
		above <- t.measure()
	}()
	return <-above
}

//go:noinline
func (t *table) measure() uint64 {
	pcs := make([]uintptr, 8)
	s, err := stack.Capture(pcs[:runtime.Callers(2, pcs)])
	if err != nil {
		return 0
	}
	_, end := s.Memory().Copied()
	at := t.lookup(end - 1)
	const most = 256
	if above := at.last(end-1) - end; at.use == stacks && above < most {
		return above
	}
	return 0
}

// room makes the stack so large that it need not move soon.
//
//go:noinline
func room(i int) byte {
	var bytes [32 << 10]byte
	bytes[i] = byte(i)
	return bytes[len(bytes)-1-i]
}

// newSpans returns what is known of memory while the stack of that copy is looked at. whole says that
// the copy reaches to the stack's outermost frame.
func newSpans(view *memory.View, whole bool, former []stack.Place) *spans {
	s := &spans{table: tables(), former: former, seen: make(map[uint64]span)}
	s.bottom, s.end = view.Copied()
	if !whole || s.above == 0 {
		return s
	}
	const most = 1 << 10 // words to search
	view.Allow(most, time.Now().Add(maxTime))
	for addr := s.end - wordSize; addr > s.end-most*wordSize && addr >= s.bottom; addr -= wordSize {
		w, ok := view.Word(addr)
		if !ok {
			return s
		}
		if leaves(w) {
			s.top = s.end + s.above
			s.outermost = s.top - addr
			return s
		}
	}
	return s
}

// goexit is the function to which a goroutine's first one returns.
const goexit = "runtime.goexit"

// leaves reports whether pc is in goexit.
func leaves(pc uint64) bool {
	f := runtime.FuncForPC(uintptr(pc))
	return f != nil && f.Name() == goexit
}

// last is the end of the element of a span that has addr.
func (s span) last(addr uint64) uint64 {
	if s.elem == 0 {
		return 0
	}
	return s.start + (addr-s.start)/s.elem*s.elem + s.elem
}

// today returns where to read what was at addr: there, or where the stack has gone since. why says
// that it is not known.
func (s *spans) today(addr uint64) (at uint64, why lack) {
	if addr >= s.bottom && addr < s.end {
		return addr, ""
	}
	in, led := s.span(addr), s.led(addr)
	switch {
	case in.use == foreign:
		return addr, ""
	case in.use == objects && led != 0:
		return 0, moved // or to an object that lies there since
	case in.use == objects:
		return addr, ""
	case led != 0:
		return led, ""
	case in.use == free:
		return 0, unreadable
	}
	top := in.last(addr)
	if s.top == 0 || top == 0 || top-addr > s.top-s.bottom {
		return 0, moved
	}
	// What is no stack any more would mislead. One that is has kept this address, or, of a
	// goroutine that has ended, the next one in the same function.
	if w, ok := direct(top - s.outermost); !ok || runtime.GOARCH == "amd64" && !leaves(w) {
		return 0, moved
	}
	return s.top - (top - addr), ""
}

// led returns where a pointer to addr, which is outside of the stack, leads if it is one to where the
// stack is known to have been: 0, if it is none.
func (s *spans) led(addr uint64) uint64 {
	for _, p := range s.former {
		if at := addr + p.By; at >= p.From && at < s.end {
			return at
		}
	}
	return 0
}

// span looks up the span of an address.
func (s *spans) span(addr uint64) span {
	if s.arenas == 0 {
		return span{}
	}
	page := addr / pageSize
	known, ok := s.seen[page]
	if !ok {
		known = s.lookup(addr)
		s.seen[page] = known
	}
	return known
}

// lookup finds the span of an address in the table.
func (t *table) lookup(addr uint64) span {
	if runtime.GOARCH == "amd64" {
		addr += 1 << 47 // addresses have a sign there (runtime.arenaBaseOffset)
	}
	arena := addr / (t.pages * pageSize)
	first, second := arena/t.levels[1], arena%t.levels[1]
	if first >= t.levels[0] {
		return span{}
	}
	page := addr / pageSize % t.pages
	at := t.arenas + first*wordSize
	for _, next := range []uint64{second * wordSize, t.spans + page*wordSize, 0} {
		to, ok := direct(at)
		if !ok || to == 0 {
			return span{}
		}
		at = to + next
	}
	return t.describe(at, addr)
}

// describe reads a runtime.mspan.
func (t *table) describe(at, addr uint64) span {
	start, ok := direct(at + uint64(t.fields[spanStart]))
	pages, ok2 := direct(at + uint64(t.fields[spanPages]))
	elem, ok3 := direct(at + uint64(t.fields[spanElem]))
	state, ok4 := direct(at + uint64(t.fields[spanState]))
	if !ok || !ok2 || !ok3 || !ok4 {
		return span{}
	}
	if runtime.GOARCH == "amd64" {
		addr -= 1 << 47
	}
	if addr < start || addr-start >= pages*pageSize {
		return span{use: free} // of free pages the table has but the first and the last
	}
	const dead, inUse, manual = 0, 1, 2
	switch uint8(state) {
	case inUse:
		return span{use: objects}
	case manual:
		return span{use: stacks, start: start, elem: elem}
	}
	return span{use: free}
}

// direct reads a word of the runtime's, outside of any budget.
func direct(addr uint64) (uint64, bool) {
	var b [wordSize]byte
	ok := memory.Read(addr, b[:])
	return binary.LittleEndian.Uint64(b[:]), ok
}
