//go:build dev

package inspect

import (
	"strings"
	"sync"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// maxTypeName is the length after which the name of a type, which can be a struct in
// full, is cut.
const maxTypeName = 120

// names has what typeName has returned. There is one Type of each type.
var names sync.Map

// typeName is t's name as the source would have it: packages without their folders, and
// "any". Where a type argument could not be found out, it is the type that the compiler made
// the code for ("go.shape.int"), of which the arguments are.
func typeName(t *debuginfo.Type) string {
	if name, ok := names.Load(t); ok {
		return name.(string)
	}
	name := newTypeName(t)
	names.Store(t, name)
	return name
}

func newTypeName(t *debuginfo.Type) string {
	name := strings.TrimPrefix(t.Name, "noalg.")
	name = strings.ReplaceAll(name, "go.shape.", "")
	name = short(name)
	name = strings.ReplaceAll(name, "interface {}", "any")
	if len(name) > maxTypeName {
		name = strings.ToValidUTF8(name[:maxTypeName], "") + "…"
	}
	return name
}

// short drops the folders of all import paths in the name of a type or function.
func short(name string) string {
	var b strings.Builder
	for name != "" {
		end := strings.IndexAny(name, "[]*(){},; ")
		if end < 0 {
			end = len(name) - 1
		}
		word := name[:end+1]
		b.WriteString(word[strings.LastIndexByte(word, '/')+1:])
		name = name[end+1:]
	}
	return strings.ReplaceAll(b.String(), "%2e", ".") // the linker's way to write a dot after the last slash
}

// identifier is a named type's name without its package and type arguments, "" for a
// type that has none.
func identifier(t *debuginfo.Type) string {
	name, _, _ := strings.Cut(t.Name, "[")
	if t.Package() == "" {
		return ""
	}
	return name[strings.LastIndexByte(name, '.')+1:]
}
