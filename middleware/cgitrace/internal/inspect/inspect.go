//go:build dev

// Package inspect shows the variables of a stack: it finds them with the compiler's own
// notes, reads their bytes and makes of these what a person wants to see.
//
// # How a variable gets to the page
//
// A running program has no names and no types, only bytes. Which bytes are the variable
// "total" is in the debug information that the compiler put into the binary, in a format
// called DWARF. Package debuginfo reads it and says of each variable of a function: its
// name, its type, the line that declares it, and where it is, at this instruction. That
// place comes in pieces (package location): so many bytes in memory, so many in a
// register, so many nowhere, because the compiler had no further use for them. This
// package puts the pieces together to a [Value], which is a type and either an address or a
// copy of bytes with gaps.
//
// What is a Value of type "slice of int" is then known from how the Go runtime lays a slice
// out: a pointer, a length, a capacity. The same holds of strings, maps, interfaces and
// channels. The layout of the standard library's structs is not known here; it is in the
// debug information, and their fields are looked up by name. So a release of Go that
// changes one costs the nicer form of a value, not its truth.
//
// # What it must not do
//
// The memory of a function that panicked is not in order: a variable may hold what was
// there before it was assigned, a pointer may point to what is freed. So nothing here is ever
// turned into a Go value of the program's: no pointer to it is made, no method of it is
// called, no hash of a map is computed. Everything is bytes, copied by package memory, which does not
// fault; each length is checked before it is believed; each variable has a budget of reads and
// of time; and where something fails, one variable is spoiled and the others are shown.
//
// # What is not to be believed
//
// A value that is wrong is worse than none: who sees "optimized out" builds again without
// optimisation, who sees 7 believes it. Of these it is known that they would mislead, and each has
// a file that says more:
//
//   - A variable whose declaration is what failed has a place already, with what an earlier call
//     left there. The debug information does not tell, the source does (declared.go).
//   - A pointer into the stack that is not going to be used again is not adjusted when the stack
//     grows and moves. It is led to where the stack is now (spans.go).
//   - Of a variable that an optimising compiler has taken apart, the pieces are not always what
//     they are said to be (pieces.go), and of one that is assigned again an older value may be said to
//     be the present one (mutated.go).
//   - Variables of which nothing was kept are missing in the debug information, and others of
//     their names take their place (visible.go).
//   - What the program has no more use for is collected as garbage. Who calls this package keeps the
//     collector from running ([stack.Hold]) and says so when it has run before.
//
// One case is left: a stack that has moved is freed, at once if it had 32 KiB and more. If the heap has got its
// memory since, a dead pointer to it leads to an object of another kind. Where the stack was when the
// request came in is known, and such a pointer is not believed; where it was in between is not. Who calls
// this package keeps the stack where it is ([stack.Steady]) and says so when it has moved all the
// same ([stack.Stack.Moved]).
//
// # Secrets
//
// What package redact knows for a secret by its name, shape or taint is masked, and so
// is what belongs to a type that holds secrets (package value) or is named like one. What was
// masked by name is tainted, so that copies of it are masked under any name: hand the
// nodes of all frames to [value.Node.Redact] when the last one is made.
package inspect

import (
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Inspector shows the variables of one stack. It serves one goroutine at a time.
type Inspector struct {
	// Files finds the source, which tells whether a variable was assigned before its line failed.
	Files source.Files
	// Time is how long one variable may take; 0: 50 ms.
	Time time.Duration

	stack  *stack.Stack
	info   *debuginfo.Info
	memory *memory.View
	spans  *spans
	redact *redact.Redactor
	fresh  bool // a variable begins, and nothing was read for it
	page   page
	taints int // secrets that were tainted because a variable held them
	parsed map[string]*declarations
}

// New returns an Inspector for s that masks what red calls a secret.
func New(s *stack.Stack, red *redact.Redactor) *Inspector {
	in := &Inspector{
		stack:  s,
		info:   s.Info(),
		memory: s.Memory(),
		redact: red,
		page:   page{nodes: maxPageNodes, bytes: maxPageBytes},
		parsed: make(map[string]*declarations),
	}
	frames := s.Frames()
	whole := len(frames) > 0 && frames[len(frames)-1].Function == goexit
	in.spans = newSpans(in.memory, whole, s.Former())
	in.info.RuntimeType(0) // that it reads all types first is not to count as the first variable's time
	in.renew()
	return in
}

// State is how much of a variable there is.
type State int

// The states.
const (
	Known        State = iota // its Value is complete
	Partial                   // of some of its words, others are optimized out
	OptimizedOut              // the compiler kept it nowhere
	Unassigned                // the line that failed is the one that would have assigned it
	Unreadable                // it is there, and its memory cannot be read
)

// Variable is a variable of a frame: its Node for who reads, its Value for what calculates.
type Variable struct {
	value.Node
	Role  debuginfo.Role
	State State
	Value Value // of no use unless State is Known or Partial
}
