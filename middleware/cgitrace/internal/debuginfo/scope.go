//go:build dev

package debuginfo

import (
	"cmp"
	"slices"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

// A Scope is a function of the source as it was compiled at one place: by itself, or inlined
// into another one.
type Scope struct {
	Function string
	// Variables are those whose block holds the instruction: arguments, results, captured ones,
	// then the others as they are declared. A name may be there more than once, see Visible. Of an
	// inlined function all are there, as the compiler notes no blocks for it. Those that the
	// compiler made up are left out, as are _ and results without a name.
	Variables []Variable
	// Dictionary is the hidden argument of a generic function, with which [Type.Concrete] finds
	// what a type parameter stands for. Its Name is empty where there is none.
	Dictionary Variable
}

// Visible returns the variables that a statement on this line can name: those that are
// declared by then, and of several with one name that of the innermost block. 0 stands for
// the end of the function.
func (s Scope) Visible(line int) []Variable {
	shown := make(map[string]int)
	for n, v := range s.Variables {
		if v.Role == Local && line != 0 && v.Line > line {
			continue
		}
		if other, ok := shown[v.Name]; !ok || v.Depth >= s.Variables[other].Depth {
			shown[v.Name] = n
		}
	}
	var visible []Variable
	for n, v := range s.Variables {
		if other, ok := shown[v.Name]; ok && other == n {
			visible = append(visible, v)
		}
	}
	return visible
}

// Scopes returns the functions of the source at pc, an address at run time: the innermost inlined
// call first, the machine function last. There is at least one.
func (f *Function) Scopes(pc uint64) []Scope {
	w := walk{
		unit: f.unit, pc: pc - f.unit.info.slide,
		ranges: maxRanges, variables: maxVariables, entries: maxEntries,
	}
	r := f.unit.info.data.Walk(f.offset)
	if !r.Next() {
		return []Scope{{Function: f.Name}}
	}
	w.calls, w.open = []call{w.call(r.Entry)}, []branch{{}}
	for r.Next() {
		w.leave(r.Depth)
		switch r.Entry.Tag {
		case entry.FormalParameter, entry.Variable:
			w.variable(r.Entry)
		case entry.LexicalBlock, entry.InlinedSubroutine:
			if w.enter(r) {
				continue
			}
		}
		r.Skip()
	}
	return w.scopes()
}

// A walk goes down a function's tree, along the branches in whose code an instruction lies.
type walk struct {
	unit      *unit
	pc        uint64 // in the file
	calls     []call // the machine function, and what is inlined one into the other
	open      []branch
	ranges    int // how many more may be read
	variables int
	entries   int // of abstract instances
}

// A call is a function at one place.
type call struct {
	name      string
	variables []found
}

// found is a variable whose entry has been read. Its origin is the offset of what it has in common
// with all copies of the function, until a copy is found; else 0.
type found struct {
	Variable
	origin int64
}

// A branch is a function, inlined call or block below which the walk is.
type branch struct {
	depth int // of the entry
	call  int // which of the calls it belongs to
	block int // how many blocks deep within its function
}

// enter goes below an inlined call or a block, if the instruction is in its code. An instruction
// belongs to one chain of calls: a second call beside one that has been entered is passed.
func (w *walk) enter(r *entry.Reader) bool {
	if !w.unit.holds(r.Entry, w.pc, &w.ranges) {
		return false
	}
	b := w.innermost()
	b.depth = r.Depth
	if r.Entry.Tag == entry.LexicalBlock {
		b.block++
	} else {
		if b.call++; b.call < len(w.calls) || b.call == maxCalls {
			return false
		}
		b.block = 0
		w.calls = append(w.calls, w.call(r.Entry))
	}
	w.open = append(w.open, b)
	return true
}

func (w *walk) innermost() branch { return w.open[len(w.open)-1] }

// leave closes the branches that are not above an entry of this depth.
func (w *walk) leave(depth int) {
	for len(w.open) > 1 && w.innermost().depth >= depth {
		w.open = w.open[:len(w.open)-1]
	}
}

// call begins a function. Of a copy, the variables that the abstract instance has are all there, and
// nowhere until the copy says where: the compiler may have kept nothing of them.
func (w *walk) call(e entry.Entry) call {
	c := call{name: e.Text(entry.Name)}
	origin, ok := w.unit.info.origin(e)
	if !ok {
		return c
	}
	c.name = origin.Text(entry.Name)
	for r := w.unit.info.data.Walk(origin.Offset); r.Next() && w.variables > 0 && w.entries > 0; {
		w.entries--
		if r.Entry.Tag == entry.FormalParameter || r.Entry.Tag == entry.Variable {
			w.variables--
			c.variables = append(c.variables, found{w.unit.variable(r.Entry), r.Entry.Offset})
		}
	}
	return c
}

// variable adds a variable to the innermost branch's function.
func (w *walk) variable(e entry.Entry) {
	if w.variables--; w.variables < 0 {
		return
	}
	b := w.innermost()
	c := &w.calls[b.call]
	if origin, ok := e.Reference(entry.AbstractOrigin); ok {
		for n := range c.variables {
			if v := &c.variables[n]; v.origin == origin {
				v.origin, v.Depth, v.place = 0, b.block, w.unit.place(e)
				return
			}
		}
		return
	}
	v := w.unit.variable(e)
	v.Depth = b.block
	c.variables = append(c.variables, found{v, 0})
}

// scopes returns what was found, innermost first.
func (w *walk) scopes() []Scope {
	var all []Scope
	for _, c := range slices.Backward(w.calls) {
		s := Scope{Function: c.name}
		for _, v := range c.variables {
			switch {
			case v.Name == dictionary:
				s.Dictionary = v.Variable
			case !madeUp(v.Name):
				s.add(v.Variable, w.pc)
			}
		}
		slices.SortStableFunc(s.Variables, func(a, b Variable) int {
			if a.Role != Local || b.Role != Local {
				return cmp.Compare(order[a.Role], order[b.Role])
			}
			return cmp.Compare(a.Line, b.Line)
		})
		all = append(all, s)
	}
	return all
}

// order is how the variables of a function are listed.
var order = map[Role]int{Argument: 0, Result: 1, Captured: 2, Local: 3}

// add adds a variable, or to what is known of one. An argument or result that was moved to the
// heap has a second entry, for the pointer to where it is now; the place that the first one has is
// out of date from then on. A result may also be split in two, of which one or none is kept.
func (s *Scope) add(v Variable, pc uint64) {
	for n := range s.Variables {
		other := &s.Variables[n]
		if other.Name != v.Name || other.Line != v.Line || other.Depth != v.Depth {
			continue
		}
		role := other.Role
		if role == Local {
			role = v.Role
		}
		if v.Boxed || !other.Boxed && v.kept(pc) {
			*other = v
		}
		other.Role = role
		return
	}
	s.Variables = append(s.Variables, v)
}
