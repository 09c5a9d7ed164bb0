//go:build dev

// Package explain says in words why a line of the source failed, from what stands on it and
// the values that its variables had:
//
//	owner.Profile is nil (*main.Profile); .Address cannot be read
//	idx + total is 4, but len(users) is 2
//
// The compiler's notes say no more of a failure than its line, and on one line many things
// can fail. So the line's operations are taken one after the other, in the order in which the
// program does them, and each is held against the values that were read: it fails by them, it does
// not, or there is a value missing. The sentence is about the first that fails by them; or, where
// none does, about the one that is left when all others did not. If two are left there is
// none. What the runtime itself says in numbers, as in "index out of range [4] with length
// 2", has to agree.
//
// Nothing of the program is run for that. An expression with a call has no value here, but for len,
// cap, min, max and conversions; it can be what is left.
//
// What a name means is found out from the syntax, without types: which variable, of several blocks,
// and whether a selector is a field or a method. Where that would need more than the files of one
// package, it is unknown.
package explain

import (
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/inspect"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Expression is one that stands on the line, with its value.
type Expression struct {
	Source string
	value.Node
}

// Line explains the line of f, whose variables are vars and whose source is file. failure is the
// text of the panic, if it is f itself that has panicked; "" for a frame that waits for what it has
// called, for which there are expressions and no reason.
//
// reason is "" where the values do not prove one, and where file does not have f's function at that
// line. A file that was edited since the program was built may well have another line there; that
// is for the caller to find out. Expressions are in the order in which they are read, each with its
// parts before it. Both have secrets masked as far as they are known by now.
func Line(in *inspect.Inspector, f stack.Frame, vars []inspect.Variable, file, failure string) (reason string, expressions []Expression) {
	defer survive(&reason)
	e := at(in, f, vars, file)
	if e == nil {
		return "", nil
	}
	if failure != "" {
		reason = e.explain(failure)
		e.judging, e.steps = nil, 0
	}
	return reason, e.expressions()
}

// Call returns why the library function that f has called panicked, as far as that lies in what f
// gave it; else "". It is for the innermost frame of the application's, where that is not the one
// that has panicked: nothing on f's own line has failed.
func Call(in *inspect.Inspector, f stack.Frame, vars []inspect.Variable, file, failure string) (reason string) {
	defer survive(&reason)
	if e := at(in, f, vars, file); e != nil {
		reason = e.explainCall(failure)
	}
	return reason
}

// survive ends a panic. The source and the values are of any kind, and a mistake in here must not
// cost the page.
func survive(reason *string) {
	if recover() != nil {
		*reason = ""
	}
}

// at returns an evaluator at the line of f, or nil where the source has no such place.
func at(in *inspect.Inspector, f stack.Frame, vars []inspect.Variable, file string) *evaluator {
	parsed := open(file)
	if parsed == nil {
		return nil
	}
	s := find(parsed, f.Line, f.Function)
	if s == nil {
		return nil
	}
	e := newEvaluator(s, frameScope{in, f, vars}, trace.Package(f.Function))
	e.inlined = f.Inlined
	return e
}
