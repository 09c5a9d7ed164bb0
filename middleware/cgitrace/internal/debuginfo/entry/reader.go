//go:build dev

package entry

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"

// A Reader goes through an entry and all that is below it, each parent before its
// children.
type Reader struct {
	// Entry is the one that Next has come to, and Depth how far below the first one it is.
	Entry Entry
	Depth int

	unit  *Unit
	rest  cursor.Cursor
	below int // the depth of what comes next
	begun bool
}

// Walk returns a reader that begins with the entry at an offset. Where there is none, its Next
// returns false at once; where there is something else, what follows is read as if it were one.
func (d *Data) Walk(offset int64) *Reader {
	u := d.At(offset)
	if u == nil {
		return &Reader{begun: true}
	}
	return &Reader{unit: u, rest: cursor.At(d.Info[:u.End], offset)}
}

// Walk returns a reader of all the unit's entries, of which the first is Root.
func (u *Unit) Walk() *Reader { return u.data.Walk(u.first) }

// Entry returns the entry at an offset.
func (d *Data) Entry(offset int64) (Entry, bool) {
	r := d.Walk(offset)
	ok := r.Next()
	return r.Entry, ok
}

// Next comes to the next entry. It returns false after the last one, and at one that
// is damaged.
func (r *Reader) Next() bool {
	for r.below > 0 || !r.begun {
		if found, ok := r.step(); found || !ok {
			return ok
		}
	}
	return false
}

// Skip passes what is below the entry that Next has come to.
func (r *Reader) Skip() {
	for depth := r.Depth; r.below > depth; {
		if _, ok := r.step(); !ok {
			return
		}
	}
}

// step passes one entry, or the zero that ends a parent's children.
func (r *Reader) step() (found, ok bool) {
	offset := r.unit.End - int64(r.rest.Len())
	code := r.rest.ULEB()
	if code == 0 && r.begun && !r.rest.Failed() {
		r.below--
		return false, true
	}
	a, known := r.unit.table.at(code)
	if !known {
		return false, r.fail()
	}
	r.begun = true
	r.Depth = r.below
	r.Entry = Entry{
		Offset: offset, Tag: a.tag, Children: a.children, Unit: r.unit,
		attributes: a.attributes, values: r.rest,
	}
	for i := range a.attributes {
		r.unit.decode(a.attributes[i], &r.rest)
	}
	if r.rest.Failed() {
		return false, r.fail()
	}
	if a.children {
		r.below++
	}
	return true, true
}

func (r *Reader) fail() bool {
	r.begun, r.below = true, 0
	return false
}
