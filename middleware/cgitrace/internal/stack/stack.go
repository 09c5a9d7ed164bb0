//go:build dev

// Package stack captures a panicking goroutine's stack.
package stack

import (
	"errors"
	"runtime"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// Stack is a copy of a goroutine's stack.
type Stack struct{}

// Frame is a call under way, as the source has it.
type Frame struct {
	runtime.Frame
	Machine int  // index of the machine frame that holds its variables
	Level   int  // index into debuginfo's Scopes at PC: 0 is the innermost call inlined into the machine frame
	Inlined bool // it has no machine frame of its own
}

// Capture copies the calling goroutine's stack.
func Capture(pcs []uintptr) (*Stack, error) { return nil, errors.New("stack: not yet") }

// Frames returns the calls of which the pcs are, innermost first.
func (s *Stack) Frames() []Frame { return nil }

// CFA returns the canonical frame address of f's machine frame.
func (s *Stack) CFA(f Frame) uint64 { return 0 }

// PC returns an address inside the instruction at which f's machine frame is.
func (s *Stack) PC(f Frame) uint64 { return 0 }

// Registers returns those of f's machine frame that are known, by their DWARF numbers.
func (s *Stack) Registers(f Frame) map[int]uint64 { return nil }

// Memory returns the memory as it was.
func (s *Stack) Memory() *memory.View { return nil }

// Info returns what is known of the program.
func (s *Stack) Info() *debuginfo.Info { return nil }
