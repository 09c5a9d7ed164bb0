//go:build dev

package stack

import (
	"encoding/binary"
	"reflect"
	"runtime"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/callframe"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// machineFrame is the frame of a function as it was compiled, with all that was inlined into it.
type machineFrame struct {
	function string
	file     string
	entry    uint64 // the function's address
	pc       uint64 // inside the instruction at which it stands
	sp       uint64 // the stack pointer at that instruction
	cfa      uint64 // the canonical frame address, which is the caller's sp
	rule     callframe.Rule
}

// end is how a walk ends.
type end int

const (
	done  end = iota // all calls were met
	short            // the copy does not reach far enough
	lost             // what was met are not the calls
)

// maxUnmet is how many frames may follow one another that runtime.Callers does not report:
// those of functions that the compiler made up, to adapt a method's receiver or a deferred
// call's arguments.
const maxUnmet = 8

// maxFrame is the size of the largest frame that a function can have: variables of more than
// 128 KiB are not put on the stack, and arguments are copied there.
const maxFrame = 64 << 20

// walk is a way outwards through a copied stack.
type walk struct {
	info  *debuginfo.Info
	base  uint64    // the address of words[0] when they were copied
	words []byte    // the stack
	calls []uintptr // that have to be met, as runtime.Callers gives them

	chain  []machineFrame
	frames []Frame // those of calls that were met
	top    bool    // the last of chain is the outermost frame of the stack

	known map[uint64][]runtime.Frame // of sourceFrames
}

// step is what one frame tells of its caller's.
type step struct {
	ret   uint64 // the return address
	sp    uint64 // the stack pointer there
	fault bool   // ret is the instruction that faulted, and was not called from
	link  uint64 // then, on arm64: the link register
}

// search finds the frame of the first of calls, and walks from there. words begin somewhere in
// the frame of the function that it called, which stands at callee, as runtime.Callers has it.
//
// How large that function's frame is, is known, and so are few places where it can end. From
// most of them the walk fails at once. An old copy of the right return address can make it go
// on for a while, since a stack is not cleared when it is used again; but as the calls tell the
// sizes of their frames, it can only come out right by frames in between that are not reported.
// Therefore the shortest way is the true one and, where none comes to its end within the copy,
// the one that meets the most.
func (w *walk) search(callee uintptr) end {
	w.known = make(map[uint64][]runtime.Frame)
	rule, ok := w.info.CallFrames().At(uint64(callee) - 1 - w.info.Slide())
	if !ok || rule.CFA < 0 || rule.CFA > maxFrame {
		return lost
	}
	best, bestEnd := *w, lost
	for sp := w.base; sp <= w.base+uint64(rule.CFA); sp += 8 {
		if runtime.GOARCH == "amd64" {
			// The call has left the return address next to its caller's frame.
			if ret, ok := w.word(sp - 8); !ok || ret != uint64(w.calls[0]) {
				continue
			}
		}
		try := *w
		switch end := try.from(sp); {
		case end == lost, end == short && len(try.frames) < 2:
		case bestEnd == lost, end == done && bestEnd == short,
			end == done && len(try.chain) < len(best.chain),
			end == short && bestEnd == short && len(try.frames) > len(best.frames):
			best, bestEnd = try, end
		}
	}
	*w = best
	return bestEnd
}

// from walks outwards from the frame of the first of calls until all were met. sp is the stack
// pointer there.
func (w *walk) from(sp uint64) end {
	at := step{ret: uint64(w.calls[0]), sp: sp}
	for unmet := 0; ; {
		met, ok := w.visit(at)
		if met {
			unmet = 0
		} else {
			unmet++
		}
		if !ok || unmet > maxUnmet || unmet > 0 && !w.chain[len(w.chain)-1].adapts() {
			return lost
		}
		outermost := w.chain[len(w.chain)-1].outermost()
		if len(w.frames) == len(w.calls) {
			w.top = outermost
			return done
		}
		if outermost {
			return lost
		}
		var e end
		if at, e = w.leave(at); e != done {
			return e
		}
	}
}

// visit adds the machine frame at which a step has arrived to the chain, and those of calls
// that stand in it to the frames; met reports whether there were any. It fails where there can
// be no frame.
func (w *walk) visit(at step) (met, ok bool) {
	f := machineFrame{pc: at.ret, sp: at.sp}
	if !at.fault {
		f.pc-- // into the call: what follows it may be another function
	}
	sources := w.sourceFrames(f.pc)
	f.rule, ok = w.info.CallFrames().At(f.pc - w.info.Slide())
	if !ok || f.rule.CFA < 0 || f.rule.CFA > maxFrame || len(sources) == 0 {
		return false, false
	}
	f.cfa = f.sp + uint64(f.rule.CFA)
	machine := sources[len(sources)-1]
	f.function, f.file, f.entry = machine.Function, machine.File, uint64(machine.Entry)
	w.chain = append(w.chain, f)
	for level, source := range sources {
		if len(w.frames) < len(w.calls) && source.PC+1 == w.calls[len(w.frames)] {
			met = true
			w.frames = append(w.frames, Frame{Frame: source, Machine: len(w.chain) - 1, Level: level, Inlined: source.Func == nil})
		}
	}
	return met, true
}

// leave finds the frame around the last of chain, at which the walk arrived by at.
func (w *walk) leave(at step) (next step, e end) {
	f := w.chain[len(w.chain)-1]
	next = step{sp: f.cfa, fault: f.faults()}
	ok := true
	switch {
	case f.rule.Saved:
		next.ret, ok = w.word(f.cfa + uint64(f.rule.Return))
	case at.link != 0: // a function that needs no frame has faulted
		next.ret = at.link
	default:
		return step{}, lost
	}
	if ok && next.fault && runtime.GOARCH == "arm64" {
		next.link, ok = w.word(next.sp)
		next.sp += 16
	}
	if !ok {
		return step{}, short
	}
	return next, done
}

// word returns the copied stack's word at an address.
func (w *walk) word(addr uint64) (uint64, bool) {
	offset := addr - w.base
	if size := uint64(len(w.words)); offset >= size || size-offset < 8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(w.words[offset:]), true
}

// sourceFrames returns the calls that stand at an address inside an instruction: those inlined
// there, the innermost first, then the function itself. None: there is no function.
func (w *walk) sourceFrames(pc uint64) []runtime.Frame {
	if known, ok := w.known[pc]; ok {
		return known
	}
	var frames []runtime.Frame
	// CallersFrames takes an address after the instruction, and finds all calls that were
	// inlined only where another address follows.
	next := runtime.CallersFrames([]uintptr{uintptr(pc) + 1, sentinel + 1})
	for f, more := next.Next(); f.PC != 0 && f.Entry != sentinel; f, more = next.Next() {
		frames = append(frames, f)
		if !more {
			break
		}
	}
	w.known[pc] = frames
	return frames
}

// sentinel is the address of a function that is under way nowhere.
var sentinel = reflect.ValueOf(never).Pointer()

func never() {}

// outermost reports whether f is that of the function with which each goroutine's stack begins.
func (f machineFrame) outermost() bool { return f.rule.Top || f.function == "runtime.goexit" }

// faults reports whether f is that of the function which an instruction that faults seems to call.
func (f machineFrame) faults() bool {
	return f.function == "runtime.sigpanic" || f.function == "runtime.sigpanic0" // the latter on Windows
}

// adapts reports whether f can be that of a function which runtime.Callers does not report: one
// that the compiler has made up to adapt a receiver or to hold the arguments of a go or defer
// statement, and those of the runtime and of package reflect that do the like.
func (f machineFrame) adapts() bool {
	switch f.function {
	case "runtime.deferreturn", "reflect.callReflect", "reflect.callMethod", "reflect.makeFuncStub", "reflect.methodValueCall":
		return true
	}
	if f.file == "<autogenerated>" || strings.HasPrefix(f.function, "runtime.call") { // call16, call32 …
		return true
	}
	last := f.function[strings.LastIndexByte(f.function, '.')+1:]
	return strings.HasPrefix(last, "deferwrap") || strings.HasPrefix(last, "gowrap")
}
