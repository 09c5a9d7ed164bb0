//go:build dev

package cgitrace

import (
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/explain"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/inspect"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"
)

// values shows what the variables of a stack's frames hold.
type values struct {
	inspector *inspect.Inspector
	frames    []stack.Frame
	failure   string // what the panic says
	reason    string // why the line that panicked first failed; "": not known
	all, gone int    // variables, and those of them that are optimized out
}

// live returns nil where the stack could not be read.
func (c *collector) live() *values {
	frozen := c.rec.caught.frozen
	if frozen == nil {
		return nil
	}
	in := inspect.New(frozen, c.red)
	in.Files = c.files
	return &values{inspector: in, frames: frozen.Frames(), failure: c.rec.text}
}

// trust says how far values can be believed, or why there are none. It is asked when all are
// read: a collection may have begun when it was too late to keep it from that.
func (c *collector) trust(cycles uint64) string {
	switch {
	case c.values == nil && c.rec.caught.why != nil:
		return c.rec.caught.why.Error()
	case c.values == nil:
		return ""
	}
	var doubts []string
	if 2*c.values.gone > c.values.all {
		doubts = append(doubts, "the program was built with optimisation, which leaves few variables. "+debuginfo.Remedy)
	}
	if cycles != stack.Cycles() {
		doubts = append(doubts, "The garbage collector ran during this request: variables that the program has no more use for may show what took their place.")
	}
	if c.rec.caught.frozen.Moved() {
		doubts = append(doubts, "The stack may have moved during this request, as it does when calls are deep: pointers to it that the program has no more use for may show what took its place.")
	}
	if len(doubts) > 0 {
		return strings.Join(doubts, " ")
	}
	return report.Exact
}

// part is what a frame has to do with the failure.
type part int

const (
	bystander part = iota
	failed         // it has panicked
	caller         // the innermost of the application's frames, where a library's has panicked
)

// add puts into rf the values of f.
func (v *values) add(rf *report.Frame, f trace.Frame, p part) {
	at, ok := v.find(f)
	if !ok {
		return
	}
	variables, err := v.inspector.Variables(at)
	if err != nil {
		rf.NoValues = err.Error()
		return
	}
	failure := ""
	if rf.Stale {
		p = bystander // another line may stand there now
	}
	if p == failed {
		failure = v.failure
	}
	reason, expressions := explain.Line(v.inspector, at, variables, rf.File, failure)
	if p == caller {
		reason = explain.Call(v.inspector, at, variables, rf.File, v.failure)
	}
	if reason != "" {
		v.reason = reason // that of the last panic is the better one
	}
	for _, e := range expressions {
		rf.Expressions = append(rf.Expressions, report.Expression{Source: e.Source, Node: e.Node})
	}
	for _, x := range variables {
		rf.Variables = append(rf.Variables, report.Variable{Node: x.Node, Role: roles[x.Role]})
		v.all++
		if x.State == inspect.OptimizedOut {
			v.gone++
		}
	}
	for _, name := range explain.Names(rf.File, rf.Line) {
		if x, ok := v.inspector.Global(at, name); ok {
			rf.Variables = append(rf.Variables, report.Variable{Node: x.Node, Role: report.Package})
		}
	}
}

// find returns f as the stack has it.
func (v *values) find(f trace.Frame) (stack.Frame, bool) {
	if f.Index >= len(v.frames) || v.frames[f.Index].Line != f.Line || v.frames[f.Index].Function != f.Function {
		return stack.Frame{}, false
	}
	return v.frames[f.Index], true
}

var roles = map[debuginfo.Role]report.Role{
	debuginfo.Local:    report.Local,
	debuginfo.Argument: report.Argument,
	debuginfo.Result:   report.Result,
	debuginfo.Captured: report.Captured,
	debuginfo.Package:  report.Package,
}

// redact masks in all frames what was found to be a secret in one of them.
func (c *collector) redact(sections []report.Section) {
	for i := range sections {
		for j := range sections[i].Frames {
			f := &sections[i].Frames[j]
			for k := range f.Variables {
				f.Variables[k].Redact(c.red)
			}
			for k := range f.Expressions {
				f.Expressions[k].Redact(c.red)
				f.Expressions[k].Source = c.red.Code(f.Expressions[k].Source)
			}
			for k, line := range f.Source {
				if text := line.String(); c.red.Code(text) != text {
					f.Source[k].Spans = []source.Span{{Text: c.red.Code(text)}}
				}
			}
		}
	}
}
