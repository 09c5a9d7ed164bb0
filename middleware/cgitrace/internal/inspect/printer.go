//go:build dev

package inspect

import (
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

func (in *Inspector) show(name string, v Value) value.Node { return value.Node{Name: name} }

func typeName(t *debuginfo.Type) string { return t.Name }
