//go:build dev

package inspect

import (
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

type declarations struct{}

func (in *Inspector) assigned(v debuginfo.Variable, f stack.Frame) (bool, string) { return true, "" }
