//go:build dev

package debuginfo

// A Function is a compiled function.
type Function struct {
	Name       string
	Entry, End uint64 // addresses of its code at run time, End the first after it
}

// Function finds the function in whose code pc, an address at run time, lies.
func (i *Info) Function(pc uint64) (*Function, error) { return nil, ErrAbsent }

// A Scope is a function of the source as it was compiled at one place: by itself, or inlined
// into another one.
type Scope struct {
	Function  string
	Variables []Variable
	// Dictionary is the hidden argument of a generic function, for [Type.Concrete]. Its Name is "": there is none.
	Dictionary Variable
}

// Scopes returns the functions of the source at pc, innermost inlined call first, the
// machine function last.
func (f *Function) Scopes(pc uint64) []Scope { return nil }

// Visible returns the variables that a statement on this line can name.
func (s Scope) Visible(line int) []Variable { return nil }
