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
