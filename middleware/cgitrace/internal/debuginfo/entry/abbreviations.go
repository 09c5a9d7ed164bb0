//go:build dev

package entry

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"

// An attribute is one of an abbreviation: what it is, and the form of its value.
type attribute struct {
	name     Attribute
	form     form
	implicit int64 // the value itself, where the form is formImplicitConst
}

// An abbreviation is the shape that many entries share.
type abbreviation struct {
	tag        Tag
	children   bool
	attributes []attribute
}

// abbreviations is a table of them (DWARF 5 §7.5.3). Compilers number them from 1 on without
// gaps; others are in sparse.
type abbreviations struct {
	dense  []abbreviation
	sparse map[uint64]abbreviation
}

func (t *abbreviations) at(code uint64) (abbreviation, bool) {
	if i := code - 1; i < uint64(len(t.dense)) {
		return t.dense[i], true
	}
	a, ok := t.sparse[code]
	return a, ok
}

func (t *abbreviations) add(code uint64, a abbreviation) {
	if code == uint64(len(t.dense))+1 {
		t.dense = append(t.dense, a)
		return
	}
	if t.sparse == nil {
		t.sparse = make(map[uint64]abbreviation)
	}
	t.sparse[code] = a
}

func (t *abbreviations) len() int { return len(t.dense) + len(t.sparse) }

// abbreviations returns the table at an offset of .debug_abbrev, nil where there is none that
// can be read. Every table is read once, and all together declare a bounded number of
// attributes, so that units that point into the middle of one another's tables gain nothing.
func (d *Data) abbreviations(offset int64) *abbreviations {
	if t, seen := d.tables[offset]; seen {
		return t
	}
	c := cursor.At(d.Abbrev, offset)
	t := d.readAbbreviations(&c)
	d.tables[offset] = t
	return t
}

func (d *Data) readAbbreviations(c *cursor.Cursor) *abbreviations {
	t := new(abbreviations)
	for t.len() < maxAbbreviations {
		code := c.ULEB()
		if code == 0 {
			break
		}
		a := abbreviation{tag: Tag(c.ULEB()), children: c.Uint8() != 0}
		for {
			at := attribute{name: Attribute(c.ULEB()), form: form(c.ULEB())}
			if at.form == formImplicitConst {
				at.implicit = c.SLEB()
			}
			if at.name == 0 && at.form == 0 {
				break
			}
			a.attributes = append(a.attributes, at)
			d.declared++
			if d.declared > maxDeclarations || len(a.attributes) > maxAttributes {
				return nil
			}
		}
		d.declared++
		t.add(code, a)
	}
	if c.Failed() {
		return nil
	}
	return t
}
