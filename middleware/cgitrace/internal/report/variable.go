//go:build dev

package report

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/value"

// Expression is one of those on the line of a frame.
type Expression struct {
	Source string `json:"source"` // as it stands there
	value.Node
}

// Variable is one that the function of a frame can see.
type Variable struct {
	value.Node
	Role Role `json:"role"`
}

// Role is what a variable is to its function.
type Role string

// The roles, in the order in which a frame shows them.
const (
	Argument Role = "argument" // the receiver too
	Result   Role = "result"
	Local    Role = "local"
	Captured Role = "captured" // of the function around
	Package  Role = "package"
)

// roles says how groups of them are called.
var roles = []struct {
	role      Role
	one, many string
}{
	{Argument, "Argument", "Arguments"},
	{Result, "Result", "Results"},
	{Local, "Local", "Locals"},
	{Captured, "Captured", "Captured"},
	{Package, "Package", "Package"},
}

// Group is the variables of one role.
type Group struct {
	Title string
	Nodes []value.Node
}

// Groups are f's variables by their roles. One of a role not known is taken for a local.
func (f *Frame) Groups() (groups []Group) {
	for _, r := range roles {
		g := Group{Title: r.many}
		for _, v := range f.Variables {
			if v.Role == r.role || r.role == Local && !v.Role.known() {
				g.Nodes = append(g.Nodes, v.Node)
			}
		}
		switch len(g.Nodes) {
		case 0:
			continue
		case 1:
			g.Title = r.one
		}
		groups = append(groups, g)
	}
	return groups
}

func (r Role) known() bool {
	for _, other := range roles {
		if other.role == r {
			return true
		}
	}
	return false
}
