//go:build dev

package inspect

import (
	"encoding/binary"
	"reflect"
	"runtime"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
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

// spans knows for what a page of memory is used. The zero value knows nothing.
type spans struct {
	arenas        uint64 // the address of the first level
	levels        [2]uint64
	table, pages  uint64 // where an arena has its spans, and how many
	spanAt        [4]int64
	top           uint64 // of the stack at hand; 0: not known
	bottom, end   uint64 // of its copy
	outermost     uint64 // how far below the top the address is to which the first function returns
	returnAddress uint64 // what is there
	seen          map[uint64]span
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

// newSpans finds the tables, if they are laid out as they are known to be.
func newSpans(info *debuginfo.Info) *spans {
	s := &spans{seen: make(map[uint64]span)}
	heap, ok := info.Global("runtime", "mheap_")
	if !ok || heap.Type == nil {
		return s
	}
	pieces, _, err := heap.Locate(location.Machine{Slide: info.Slide()}, 0)
	arenas, at := fieldOf(heap.Type, "arenas")
	if err != nil || len(pieces) != 1 || pieces[0].Kind != location.Memory || arenas == nil {
		return s
	}
	t := arenas
	for i := range s.levels {
		if t == nil || t.Kind != reflect.Array || t.Elem() == nil || t.Elem().Kind != reflect.Pointer {
			return s
		}
		s.levels[i], t = uint64(t.Count), t.Elem().Elem()
	}
	if t == nil {
		return s
	}
	table, tableAt := fieldOf(t, "spans")
	if table == nil || table.Elem() == nil || table.Elem().Elem() == nil || table.Count == 0 {
		return s
	}
	for i, name := range []string{"startAddr", "npages", "elemsize", "state"} {
		if f, ok := table.Elem().Elem().Field(name); ok {
			s.spanAt[i] = f.Offset
		} else {
			return s
		}
	}
	s.table, s.pages = uint64(tableAt), uint64(table.Count)
	s.arenas = pieces[0].Value + uint64(at)
	return s
}

// own tells s of the stack at hand. Where its top is, is known of a stack that was copied up to its
// outermost frame, and has not moved since.
func (s *spans) own(view *memory.View) {
	s.bottom, s.end = view.Copied()
	at := s.span(s.end - 1)
	top := at.last(s.end - 1)
	const near = 256 // there is little between the outermost frame and the top
	if at.use != stacks || top < s.end || top-s.end > near {
		return
	}
	const most = 1 << 10 // to search
	view.Allow(most, time.Now().Add(maxTime))
	for addr := s.end - wordSize; addr > s.end-most*wordSize && addr >= s.bottom; addr -= wordSize {
		w, ok := view.Word(addr)
		if !ok {
			return
		}
		if f := runtime.FuncForPC(uintptr(w)); f != nil && f.Name() == "runtime.goexit" {
			s.top, s.outermost, s.returnAddress = top, top-addr, w
			return
		}
	}
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
	in := s.span(addr)
	switch in.use {
	case foreign, objects:
		return addr, ""
	case free:
		return 0, unreadable
	}
	top := in.last(addr)
	if s.top == 0 || top == 0 || top-addr > s.top-s.bottom {
		return 0, moved
	}
	// A span that has stacks of another size by now would mislead.
	if w, ok := direct(top - s.outermost); !ok || w != s.returnAddress {
		return 0, moved
	}
	return s.top - (top - addr), ""
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

func (s *spans) lookup(addr uint64) span {
	if runtime.GOARCH == "amd64" {
		addr += 1 << 47 // addresses have a sign there (runtime.arenaBaseOffset)
	}
	arena := addr / (s.pages * pageSize)
	first, second := arena/s.levels[1], arena%s.levels[1]
	if first >= s.levels[0] {
		return span{}
	}
	page := addr / pageSize % s.pages
	at := s.arenas + first*wordSize
	for _, next := range []uint64{second * wordSize, s.table + page*wordSize, 0} {
		to, ok := direct(at)
		if !ok || to == 0 {
			return span{}
		}
		at = to + next
	}
	return s.describe(at, addr)
}

// describe reads a runtime.mspan.
func (s *spans) describe(at, addr uint64) span {
	start, ok := direct(at + uint64(s.spanAt[spanStart]))
	pages, ok2 := direct(at + uint64(s.spanAt[spanPages]))
	elem, ok3 := direct(at + uint64(s.spanAt[spanElem]))
	state, ok4 := direct(at + uint64(s.spanAt[spanState]))
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
