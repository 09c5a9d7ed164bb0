//go:build dev

// Package debuginfo knows what the compiler noted about the program: which function an
// instruction belongs to, which variables it has and where they are, and what their types look
// like in memory.
//
// The compiler writes this down in the DWARF format (version 5; before Go 1.25, and on some
// systems still, version 4), in sections of the executable whose names begin with .debug_.
// Package entry reads the tree of descriptions in .debug_info, package location the places of
// variables, and package callframe how to get from a function to its caller. This package puts
// them together:
//
//   - [Info.Function] goes from an address to the unit, which is a Go package (DWARF 5 §3.1), and
//     from there to the function (§3.3). Both are looked up in an index. The units' is made at the
//     beginning; that of a unit's functions when one of them is first asked for, since a
//     traceback visits a dozen of some hundred packages.
//   - [Function.Scopes] goes down the function's tree and takes only those branches in whose code
//     the address lies: blocks (§3.5) and calls that were inlined (§3.3.8). What an inlined call has
//     in common with all others of that function, names and types, stands apart, in the
//     abstract instance of the function.
//   - [Variable.Locate] has the place of a variable worked out (§2.6).
//   - [Type] reads a type (§5) when first asked for, and not those it refers to.
//   - [Info.RuntimeType] goes from the descriptor of a type, to which an interface value points
//     in memory, to the type.
//
// Go adds attributes of its own: the kind of a type, what is in a slice or map, whether a
// field is embedded, where the runtime has the type, which entry of a generic function's
// dictionary names it (cmd/internal/dwarf in Go's source).
//
// Nothing here trusts the file. The packages below can neither panic nor loop; what this one adds
// is that whatever one part of the file refers to is counted against a limit (limits.go), that
// types which contain themselves by value end, and that a type's fields lie within it. A place that
// is wrong all the same does no harm, as package memory reads it.
//
// An Info keeps the sections in memory and reads everything in place: 6 MB for a binary of 14 MB.
// The indexes come to some 100 kB.
package debuginfo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/callframe"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// ErrAbsent says that the binary has no debug information, and how to get it, in words that a
// page shows as they are. Only go build and go install put it in unless told otherwise; go run and
// go test leave it out.
var ErrAbsent = errors.New("the program was built without debug information. " + Remedy)

// Remedy tells how to build a program whose variables can all be shown.
const Remedy = "surcoat dev builds with what is needed; so does: go build -tags dev -gcflags='./...=-N -l' PACKAGE; " +
	"go run and go test need more: -tags dev -ldflags=-w=0 -gcflags='./...=-N -l -dwarf=true'"

// Info is the debug information of one binary. Safe for concurrent use.
type Info struct {
	data   *entry.Data
	lists  location.Lists
	frames *callframe.Table
	units  []*unit
	spans  []span // of all units, by their addresses
	slide  uint64
	own    bool // of the program that runs

	mu    sync.RWMutex
	types map[int64]*Type // by the offset of the entry; nil: it is not a type

	runtimeTypes runtimeTypes
}

// New reads the debug information of f, which may be closed afterwards. It returns
// [ErrAbsent] where f has none. If f is not the running program, its addresses are taken as those in
// memory, and no type has a descriptor.
func New(f *executable.File) (*Info, error) {
	s, err := read(f, nil)
	if err != nil {
		return nil, err
	}
	return s.info()
}

// info makes the indexes that are there from the beginning.
func (s *sections) info() (i *Info, err error) {
	i = &Info{lists: s.Lists, types: make(map[int64]*Type)}
	if i.data, err = entry.Read(s.Entries); err != nil {
		return nil, fmt.Errorf("debuginfo: %w", err)
	}
	if i.frames, err = callframe.Parse(s.Frames); err != nil {
		return nil, fmt.Errorf("debuginfo: %w", err)
	}
	i.indexUnits()
	if len(i.units) == 0 {
		return nil, errors.New("debuginfo: no Go package is described")
	}
	return i, nil
}

// Slide is what was added to the file's addresses when the program was loaded.
func (i *Info) Slide() uint64 { return i.slide }

// CallFrames says for every instruction, by its address in the file, how to find the caller.
func (i *Info) CallFrames() *callframe.Table { return i.frames }

// indexUnits finds the Go packages and where their code is.
func (i *Info) indexUnits() {
	budget := maxRanges
	for _, u := range i.data.Units {
		if language, _ := u.Root.Constant(entry.Language); language != entry.LanguageGo {
			continue
		}
		n := &unit{Unit: u, info: i, name: u.Root.Text(entry.Name)}
		n.base = location.Unit{Version: u.Version, AddrBase: u.AddrBase}
		n.base.Base, _ = u.Root.Address(entry.LowPC)
		i.units = append(i.units, n)
		for _, r := range n.code(u.Root, &budget) {
			i.spans = append(i.spans, span{r, n})
		}
	}
	slices.SortFunc(i.spans, func(a, b span) int { return cmp.Compare(a.Low, b.Low) })
}
