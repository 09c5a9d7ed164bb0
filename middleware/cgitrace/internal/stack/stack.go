//go:build dev

// Package stack keeps a panicking goroutine's stack: what is on it, and which function's frame
// is where. From that the variables of the functions that are under way can be read, by package
// inspect, after the stack itself is gone.
//
//	defer func() {
//		if v := recover(); v != nil {
//			release := stack.Hold()
//			defer release()
//			pcs := make([]uintptr, 4096)
//			s, err := stack.Capture(pcs[:runtime.Callers(2, pcs)])
//			…
//		}
//	}()
//
// # The problem
//
// While a deferred function runs, the frames of the functions that panicked are still there,
// below its own; when it returns they are given up. [runtime.Callers] tells which functions
// these are, but not where on the stack their frames are, and Go has no way to ask. Besides,
// the stack may be moved to other addresses by any call that needs more room.
//
// # What is done
//
// The stack is copied in one go ([memory.CopyStack]), and the copy is then unwound: from the
// frame of Capture to its caller's and so on outwards, by the rules that the linker has left in
// the executable (package callframe). Where Capture's frame is, is found by trying the few
// places where it can be: only from one does the unwinding meet the calls that runtime.Callers
// reports, and on the shortest way. If it never does, Capture fails, for to read variables at
// wrong places would be worse than to read none.
//
// Frame pointers would be simpler, but leaf functions and assembly have none.
//
// # Faults
//
// A nil pointer or a division by zero is found by the machine. The runtime's signal handler
// then changes the goroutine's registers so that it looks as though the failing instruction had
// called runtime.sigpanic. The address on the stack is therefore that of the instruction
// itself, not of the one after a call; and on arm64 the handler has pushed the link register,
// 16 bytes, in between.
//
// # What cannot go wrong
//
// The unwinding reads words from a slice, and each step goes outwards. An address that leads
// nowhere ends it. Nothing that is found on the stack is ever made a pointer.
//
// # Where
//
// amd64 and arm64, on Linux, Windows and macOS; on macOS it was compiled but never run. On
// other machines Capture returns an error.
package stack

import (
	"runtime"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// maxFrames is how many calls are followed, from the innermost: deep recursion can have millions.
const maxFrames = 4096

// Stack is a copy of a goroutine's stack, with the places of the frames on it. Reading its
// memory is for one goroutine at a time; the other methods are safe for concurrent use.
type Stack struct {
	info      *debuginfo.Info
	view      *memory.View
	chain     []machineFrame
	frames    []Frame
	registers map[int]map[int]uint64 // by the index of their machine frame

	anchored bool // it is known where the stack was when Steady was called
	moved    bool // it was elsewhere then
	former   []Place
}

// Frame is a call under way, as the source has it.
type Frame struct {
	runtime.Frame
	// Machine is the index of the machine frame that holds the call's variables: calls that
	// were inlined into another share its frame.
	Machine int
	// Level counts the calls that share the machine frame: 0 is the innermost. It is the index
	// of the call's variables in debuginfo's Scopes.
	Level int
	// Inlined reports whether the function was inlined: into that of the next frame with the
	// same Machine or, where there is none, into one that the compiler made up.
	Inlined bool
}

// Frames returns the calls that Capture was asked for, innermost first, each as
// [runtime.CallersFrames] has it, and at most 4096. There may be fewer than that, where the
// stack is very large.
func (s *Stack) Frames() []Frame { return s.frames }

// CFA returns the canonical frame address of f's machine frame, from which the places of its
// variables are measured (DWARF 5 §6.4): an address in [Stack.Memory].
func (s *Stack) CFA(f Frame) uint64 {
	m, _ := s.machine(f)
	return m.cfa
}

// PC returns an address inside the instruction at which f's machine frame stands: the call, or
// the one that faulted.
func (s *Stack) PC(f Frame) uint64 {
	m, _ := s.machine(f)
	return m.pc
}

// Memory returns the copied stack, laid over the live memory of the process.
func (s *Stack) Memory() *memory.View { return s.view }

// Info returns the debug information of the program.
func (s *Stack) Info() *debuginfo.Info { return s.info }

// machine returns f's machine frame. A Frame of another Stack may have none here.
func (s *Stack) machine(f Frame) (machineFrame, bool) {
	if f.Machine < 0 || f.Machine >= len(s.chain) {
		return machineFrame{}, false
	}
	return s.chain[f.Machine], true
}
