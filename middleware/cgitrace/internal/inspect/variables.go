//go:build dev

package inspect

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

var (
	errInfo  = errors.New("inspect: the stack came without debug information")
	errScope = errors.New("inspect: the debug information has no such call at this place")
)

// Variables returns the variables that f's line can name: arguments, results, captured ones, then the
// others in the order of the source. One that is not yet assigned is followed by the one of
// an outer block that it hides. An error says, in words for the page, why there are none.
func (in *Inspector) Variables(f stack.Frame) ([]Variable, error) {
	p, err := place{}, error(nil)
	if fault := safely(func() { p, err = in.place(f) }); fault != "" {
		return nil, errors.New("inspect: the variables " + fault)
	}
	if err != nil {
		return nil, err
	}
	var vars []Variable
	for _, v := range p.scope.Visible(f.Line) {
		vars = append(vars, in.variable(v, p))
		if vars[len(vars)-1].State == Unassigned {
			if outer, ok := around(p.scope, v); ok {
				vars = append(vars, in.variable(outer, p))
			}
		}
	}
	in.renew()
	return in.complete(vars, p), nil
}

// around finds the variable that v hides. While v := v.next is carried out, that is the one
// on the right.
func around(s debuginfo.Scope, v debuginfo.Variable) (outer debuginfo.Variable, ok bool) {
	for _, w := range s.Variables {
		if w.Name == v.Name && (w.Depth < v.Depth || w.Depth == v.Depth && w.Line < v.Line) && (!ok || w.Depth >= outer.Depth) {
			outer, ok = w, true
		}
	}
	return outer, ok
}

// Global returns the variable of that name of the package that f's function belongs to.
func (in *Inspector) Global(f stack.Frame, name string) (Variable, bool) {
	if in.info == nil {
		return Variable{}, false
	}
	v, ok := in.info.Global(trace.Package(f.Function), name)
	if !ok {
		return Variable{}, false
	}
	p := place{pc: in.stack.PC(f), machine: location.Machine{Slide: in.info.Slide(), Memory: in.word}}
	defer in.renew()
	return in.variable(v, p), true
}

// Node shows v under a name, which is read as a variable's is: one that names a
// secret masks it.
func (in *Inspector) Node(name string, v Value) value.Node {
	in.renew()
	defer in.renew()
	var n value.Node
	if fault := safely(func() { n = in.show(name, v) }); fault != "" {
		return value.Absent(name, "", fault)
	}
	return n
}

// safely calls f and returns what to tell the reader if it panics: a mistake here must not cost the page.
func safely(f func()) (fault string) {
	defer func() {
		if v := recover(); v != nil {
			fault = fmt.Sprintf("cannot be shown: %v", v)
		}
	}()
	f()
	return ""
}

// place is where a frame stands.
type place struct {
	frame   stack.Frame
	scope   debuginfo.Scope
	pc      uint64
	machine location.Machine
	// dictionary is the address of what a generic function was told of its type arguments;
	// 0: it is none, or it is not known.
	dictionary uint64
}

func (in *Inspector) place(f stack.Frame) (p place, err error) {
	if in.info == nil {
		return p, errInfo
	}
	p.frame = f
	p.pc = in.stack.PC(f)
	function, err := in.info.Function(p.pc)
	if err != nil {
		return p, err
	}
	scopes := function.Scopes(p.pc)
	if f.Level < 0 || f.Level >= len(scopes) {
		return p, errScope
	}
	p.scope = scopes[f.Level]
	p.machine = location.Machine{
		CFA:       in.stack.CFA(f),
		Registers: in.stack.Registers(f),
		Slide:     in.info.Slide(),
		Memory:    in.word,
	}
	if d := p.scope.Dictionary; d.Name != "" {
		in.renew()
		p.dictionary, _ = in.locate(d, p).word(0)
	}
	return p, nil
}

// word is memory's, within the budget.
func (in *Inspector) word(addr uint64) (uint64, bool) {
	b, lack := in.read(addr, wordSize)
	if lack != "" {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b), true
}

// variable reads and shows v.
func (in *Inspector) variable(v debuginfo.Variable, p place) Variable {
	in.renew()
	out := Variable{Node: value.Node{Name: v.Name}, Role: v.Role}
	if v.Type != nil {
		out.Type = typeName(v.Type)
	}
	fault := safely(func() {
		assigned, note := in.assigned(v, p.frame)
		if !assigned {
			out.State, out.Note = Unassigned, note
			return
		}
		out.Value = in.locate(v, p)
		out.State = state(out.Value)
		out.Node = in.show(v.Name, out.Value)
		if out.Note == "" {
			out.Note = note
		}
	})
	if fault != "" {
		out = Variable{Node: value.Absent(v.Name, out.Type, fault), Role: v.Role, State: Unreadable}
	}
	return out
}

// state is how much there is of v.
func state(v Value) State {
	switch v.lack {
	case "":
	case optimizedOut:
		return OptimizedOut
	case unassigned:
		return Unassigned
	default:
		return Unreadable
	}
	for _, gap := range v.gaps {
		if gap {
			return Partial
		}
	}
	if v.data == nil {
		if _, why := v.bytes(0, min(v.typ.Size, maxLoaded)); why == unreadable {
			return Unreadable
		}
	}
	return Known
}

// locate finds v and, where it is generic, the type that it has in this call.
func (in *Inspector) locate(v debuginfo.Variable, p place) Value {
	out := Value{in: in, typ: v.Type}
	if v.Type == nil {
		return out.without(unknownType)
	}
	if in.stale(v, p) {
		return out.without(optimizedOut)
	}
	pieces, constant, err := v.Locate(p.machine, p.pc)
	switch {
	case err != nil:
		return out.without(unreadable)
	case len(pieces) != 1 && v.Type.Size > maxRead:
		return out.without(optimizedOut) // nothing so large is in pieces
	case constant != nil:
		out.data = make([]byte, v.Type.Size)
		copy(out.data, constant)
	case v.Boxed:
		// The compiler moved the variable to the heap, and what is here is a pointer to it,
		// which is nil until the declaration has run.
		addr, why := assemble(Value{in: in, typ: v.Type}, pieces, wordSize).word(0)
		switch {
		case why != "":
			return out.without(why)
		case addr == 0:
			return out.without(unassigned)
		}
		out.addr = addr
	case v.Decomposed():
		out = reassemble(out, pieces)
	default:
		out = assemble(out, pieces, v.Type.Size)
	}
	if p.dictionary != 0 && v.Type.Dictionary >= 0 {
		if t := v.Type.Concrete(p.dictionary, in.word); t != nil && t.Size == v.Type.Size {
			out.typ = t
		}
	}
	return out
}
