//go:build dev

package entry

import (
	"errors"
	"sort"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"
)

// Sections are those that entries refer to, nil where the file has none.
type Sections struct {
	Info, Abbrev             []byte
	Str, LineStr, StrOffsets []byte
	Addr                     []byte
}

// Data is the debug information of a program. Once read it does not change: safe for
// concurrent use.
type Data struct {
	Sections
	Units []*Unit // those of DWARF 4 and 5 that can be read, as they follow one another

	tables   map[int64]*abbreviations
	declared int // attributes in all tables
}

// A Unit is one compiled package.
type Unit struct {
	Offset  int64 // of its header in .debug_info
	End     int64 // of the first byte after it
	Version int   // of DWARF
	Root    Entry // describes the unit itself

	AddrBase int64 // where its addresses begin in .debug_addr

	strOffsets int64 // and its texts in .debug_str_offsets
	first      int64 // offset of the root
	data       *Data
	table      *abbreviations
}

var (
	errNoUnits  = errors.New("entry: no unit that can be read")
	errTooMany  = errors.New("entry: more units than a program has")
	dwarf64Mark = uint32(0xfffffff0) // lengths from here on introduce the 64-bit format
)

// Kinds of units (DWARF 5 §7.5.1, table 7.2).
const (
	unitCompile = 1
	unitPartial = 3
)

// Read finds the units. Of a damaged section it returns those before the damage, and an error
// where there are none.
func Read(s Sections) (*Data, error) {
	d := &Data{Sections: s, tables: make(map[int64]*abbreviations)}
	for offset := int64(0); offset < int64(len(s.Info)); {
		u, next := d.unit(offset)
		if u != nil {
			d.Units = append(d.Units, u)
		}
		if next <= offset {
			break
		}
		if len(d.Units) > maxUnits {
			return nil, errTooMany
		}
		offset = next
	}
	if len(d.Units) == 0 {
		return nil, errNoUnits
	}
	for _, u := range d.Units {
		u.readRoot()
	}
	return d, nil
}

// unit reads the header (DWARF 5 §7.5.1.1) at an offset, and where the next one is. The unit is
// nil where it is of a version, kind or architecture that is not read here.
func (d *Data) unit(offset int64) (u *Unit, next int64) {
	c := cursor.At(d.Info, offset)
	length := c.Uint32()
	if length >= dwarf64Mark || c.Failed() {
		return nil, 0
	}
	const field = 4 // bytes of the length
	next = min(offset+field+int64(length), int64(len(d.Info)))
	u = &Unit{Offset: offset, End: next, Version: int(c.Uint16()), data: d}
	var abbrev, kind, pointer int64
	switch u.Version {
	case 4:
		abbrev, pointer, kind = int64(c.Uint32()), int64(c.Uint8()), unitCompile
	case 5:
		kind, pointer, abbrev = int64(c.Uint8()), int64(c.Uint8()), int64(c.Uint32())
	}
	if c.Failed() || pointer != 8 || (kind != unitCompile && kind != unitPartial) {
		return nil, next
	}
	u.first = int64(len(d.Info) - c.Len())
	if u.table = d.abbreviations(abbrev); u.table == nil {
		return nil, next
	}
	return u, next
}

// readRoot reads what the unit says of itself.
func (u *Unit) readRoot() {
	u.Root, _ = u.data.Entry(u.first)
	base := func(name Attribute) int64 {
		v := u.Root.Value(name)
		if v.Class != List {
			return 0
		}
		return int64(v.Number)
	}
	u.AddrBase, u.strOffsets = base(AddrBase), base(StrOffsetsBase)
}

// At returns the unit in which an entry is, nil if there is none.
func (d *Data) At(offset int64) *Unit {
	i := sort.Search(len(d.Units), func(i int) bool { return d.Units[i].End > offset })
	if i == len(d.Units) || offset < d.Units[i].first {
		return nil
	}
	return d.Units[i]
}
