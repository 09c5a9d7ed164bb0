//go:build dev

// Package pytraceback reads what the Python interpreter writes of an exception that nobody has
// caught, as the module traceback does: frames, source lines, chained exceptions and groups of
// them (PEP 3134, 654, 657).
//
// The text comes from another program, which may write anything. What does not look like a
// traceback is left alone; what does is taken for text, and nothing of it is believed by this
// package.
package pytraceback

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"

// Traceback is one exception and those that led to it.
type Traceback struct {
	// Exceptions are as they were written: each came of the one before.
	Exceptions []Exception

	// From and To are where in the text it stands.
	From, To int
}

// Exception is a part of a traceback.
type Exception struct {
	Relation Relation
	Inner    bool     // it is of a member of a group, not of the group
	Frames   []Frame  // the outermost call first; those of a SyntaxError end with its place
	LeftOut  int      // frames after the first Head that were too many
	Text     string   // "KeyError: 'nibs'", its first line
	Further  []string // more lines of it: the rest of its message, and notes
}

// Relation is how an exception came of the one before it.
type Relation int

// The relations.
const (
	First   Relation = iota // there is none before
	Cause                   // raised from it: its cause is that one
	Context                 // raised while that one was handled
	Member                  // it is one of the group before
)

// Frame is a call under way.
type Frame struct {
	File     string
	Line     int
	Function string // "": code that is in none, as where a SyntaxError is
	Source   string // the line, or the first of those of a statement, without its indentation; "": not told
	Marked   string // the part of Source that failed; "": not told, or all of it
	Repeated int    // how often the same call was made again
}

// Failed is the exception that nobody has caught.
func (t *Traceback) Failed() *Exception {
	for i := len(t.Exceptions) - 1; i >= 0; i-- {
		if !t.Exceptions[i].Inner {
			return &t.Exceptions[i]
		}
	}
	return &t.Exceptions[0]
}

// Limits of what is read. What is beyond is left out.
const (
	MaxText       = 256 << 10 // of the text, whose end is read
	maxExceptions = 32
	maxLine       = 4 << 10
	maxFurther    = 20
	Head, Tail    = trace.Tail, 60 // outer and inner frames of an exception
)
