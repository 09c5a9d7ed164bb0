package cgienv

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
)

// Extra is variables that whoever set up an application adds to those of each request.
type Extra []Var

// NewExtra returns those of env, in the order of their names. An error names the one that no
// application can be given: its name is not one, or is that of a header field (HTTP_), which clients
// could send too, or there is NUL, CR or LF in it.
func NewExtra(env map[string]string) (Extra, error) {
	var x Extra
	for name, value := range env {
		switch {
		case !fieldline.ValidName(name) || strings.Contains(name, "="):
			return nil, fmt.Errorf("%q is no name of a variable", name)
		case strings.HasPrefix(strings.ToUpper(name), "HTTP_"):
			return nil, fmt.Errorf("%s is the variable of a header field, which clients can send too; give it another name", name)
		case strings.ContainsAny(value, "\x00\r\n"):
			return nil, fmt.Errorf("NUL, CR or LF in the value of %s", name)
		}
		x = append(x, Var{name, value})
	}
	slices.SortFunc(x, func(a, b Var) int { return cmp.Compare(a.Name, b.Name) })
	return x, nil
}

// AddTo adds to vars what is not in it yet: it takes the place of nothing that the request said.
func (x Extra) AddTo(vars *Vars) {
	for _, one := range x {
		if _, ok := vars.Lookup(one.Name); !ok {
			*vars = append(*vars, one)
		}
	}
}
