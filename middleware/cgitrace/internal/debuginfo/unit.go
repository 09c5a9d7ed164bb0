//go:build dev

package debuginfo

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// A unit is a Go package.
type unit struct {
	*entry.Unit
	info *Info
	name string // import path; "main" for the program's own
	base location.Unit

	index     sync.Once
	functions []function       // by their addresses
	globals   map[string]int64 // offsets of package variables and constants, by their names
}

// A span is a run of instructions that belongs to a unit.
type span struct {
	location.Range
	unit *unit
}

// A function is where one is and where it is described.
type function struct {
	location.Range
	offset int64
}

// unitAt finds the unit in whose code pc, an address in the file, lies.
func (i *Info) unitAt(pc uint64) *unit {
	n := sort.Search(len(i.spans), func(n int) bool { return i.spans[n].High > pc })
	if n == len(i.spans) || !i.spans[n].Holds(pc) {
		return nil
	}
	return i.spans[n].unit
}

// code returns where the code of what e describes lies (DWARF 5 §2.17): in one piece, or as a
// list says. Every range that is read is taken from the budget.
func (u *unit) code(e entry.Entry, budget *int) []location.Range {
	if v := e.Value(entry.Ranges); v.Class == entry.List {
		var all []location.Range
		for r := range u.info.lists.Code(int64(v.Number), u.base) {
			if *budget--; *budget < 0 {
				break
			}
			all = append(all, r)
		}
		return all
	}
	low, ok := e.Address(entry.LowPC)
	high := e.Value(entry.HighPC)
	if high.Class == entry.Constant {
		high.Number += low
	}
	if !ok || high.Class == entry.None || high.Number <= low {
		return nil
	}
	return []location.Range{{Low: low, High: high.Number}}
}

// holds reports whether pc, an address in the file, is in the code of what e describes.
func (u *unit) holds(e entry.Entry, pc uint64, budget *int) bool {
	return slices.ContainsFunc(u.code(e, budget), func(r location.Range) bool { return r.Holds(pc) })
}

// read makes the unit's index, which takes about a millisecond for each 300 kB that the unit has in
// .debug_info.
func (u *unit) read() {
	u.index.Do(func() {
		u.globals = make(map[string]int64)
		budget := maxRanges
		for r := u.Walk(); r.Next(); {
			if r.Depth != 1 {
				continue
			}
			switch r.Entry.Tag {
			case entry.Subprogram:
				for _, code := range u.code(r.Entry, &budget) {
					u.functions = append(u.functions, function{code, r.Entry.Offset})
				}
			case entry.Variable, entry.ConstantName:
				if name, ok := strings.CutPrefix(unescape(r.Entry.Text(entry.Name)), u.name+"."); ok {
					u.globals[name] = r.Entry.Offset
				}
			}
		}
		slices.SortFunc(u.functions, func(a, b function) int { return cmp.Compare(a.Low, b.Low) })
	})
}

// functionAt finds the function in whose code pc, an address in the file, lies.
func (u *unit) functionAt(pc uint64) (function, bool) {
	u.read()
	n := sort.Search(len(u.functions), func(n int) bool { return u.functions[n].High > pc })
	if n == len(u.functions) || !u.functions[n].Holds(pc) {
		return function{}, false
	}
	return u.functions[n], true
}
