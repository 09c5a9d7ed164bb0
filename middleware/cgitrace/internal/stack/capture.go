//go:build dev

package stack

import (
	"errors"
	"runtime"
	"slices"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// The sizes of the copy. Most stacks of a panic in a handler have less than 16 KiB; 4096 calls
// of usual size have half a megabyte. Beyond the last nothing is copied.
const (
	firstCopy = 64 << 10
	lastCopy  = 64 << 20
	growth    = 4
)

// slack is how many calls may lie between Capture and the first of its pcs.
const slack = 256

// argumentSpace is how much of the frame around the last one is kept, in bytes.
const argumentSpace = 4 << 10

var (
	errMachine = errors.New("stack: variables can be read on amd64 and arm64 only, not on " + runtime.GOARCH)
	errCalls   = errors.New("stack: the calls are not, or no longer, under way in this goroutine")
	errCopy    = errors.New("stack: the goroutine's stack could not be read; please report this with the version of Go")
	errUnwind  = errors.New("stack: the frames on the goroutine's stack could not be told apart; please report this with the version of Go")
)

// Capture copies the stack of the goroutine that calls it. pcs are the calls that are of
// interest, as [runtime.Callers] gave them in this goroutine: all must be under way still, and
// up to 256 may have been skipped between Capture and the first. So a deferred function passes
// what runtime.Callers(2, pcs) gives; so does a function that it calls, with a greater skip. Of
// more than 4096 the rest is ignored.
//
// [Hold] is to be called first and released when no more values are read. Without it all works,
// but what the panicking functions no longer needed may be collected while it is read.
//
// The first call reads the program's debug information. All others take some 40 µs for 20
// calls, and 6 ms and 10 MB for 4096.
func Capture(pcs []uintptr) (*Stack, error) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		return nil, errMachine
	}
	info, err := debuginfo.Own()
	if err != nil {
		return nil, err
	}
	s := &Stack{info: info}
	if err := s.capture(pcs[:min(len(pcs), maxFrames)]); err != nil {
		return nil, err
	}
	return s, nil
}

// capture does it. It must not be inlined, for its caller's is the first frame that is met.
//
//go:noinline
func (s *Stack) capture(pcs []uintptr) error {
	calls := make([]uintptr, 1+slack+len(pcs))
	n := runtime.Callers(1, calls)
	first := find(calls[1:n], pcs, n == len(calls))
	if first < 0 {
		return errCalls
	}
	var mark uint64 // somewhere in this function's frame
	reserved := false
	for size := firstCopy; ; {
		words := make([]byte, size)
		base, copied := memory.CopyStack(words, &mark)
		if copied == 0 {
			return errCopy
		}
		w := walk{info: s.info, base: base, words: words[:copied], calls: calls[1:n]}
		switch end := w.search(calls[0]); {
		case end == lost, end == short && copied < size:
			return errUnwind
		case end == short && size < lastCopy:
			size *= growth
		case !w.top && !reserved: // copy it again, for the stack may have been moved
			_ = grow(n)
			reserved = true
		default:
			s.keep(&w, first, len(pcs))
			return nil
		}
	}
}

// keep takes over what was found. n calls from first on are of interest.
func (s *Stack) keep(w *walk, first, n int) {
	s.chain = w.chain
	met := len(w.frames)
	s.frames = slices.Clone(w.frames[min(first, met):min(first+n, met)])
	s.registers = make(map[int]map[int]uint64)
	for i, f := range w.chain {
		if registers := w.registers(f); len(registers) > 0 {
			s.registers[i+1] = registers
		}
	}
	s.weigh(w)
	// Beyond the outermost frame lies other memory; beyond the last that is known, the
	// arguments which it was given.
	end := w.chain[len(w.chain)-1].cfa - w.base
	if !w.top {
		end += argumentSpace
	}
	s.view = memory.NewView(w.base, slices.Clone(w.words[:min(end, uint64(len(w.words)))]))
}

// find returns the index in calls at which pcs begin, or -1. Where there were more calls than
// fit, calls may end before pcs do.
func find(calls, pcs []uintptr, more bool) int {
	if len(pcs) == 0 {
		return -1
	}
	for i := range calls {
		rest := calls[i:]
		if len(rest) < len(pcs) && !more {
			break
		}
		if n := min(len(rest), len(pcs)); slices.Equal(rest[:n], pcs[:n]) {
			return i
		}
	}
	return -1
}
