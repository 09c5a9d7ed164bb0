//go:build dev

// Package entry reads the entries of .debug_info, the section in which a compiler describes a
// program (DWARF 5 §2, §7.5; DWARF 4 likewise).
//
// The section is a sequence of units, one for each Go package, and a unit is a tree of entries: a
// package has functions, a function has variables and blocks, a block has variables again.
//
//	CompileUnit         Name "main"
//	  Subprogram        Name "main.add", LowPC 0x4921a0, HighPC 57
//	    FormalParameter Name "a", Type 0x3d0f5, Location: a list
//	    LexicalBlock    LowPC 0x4921b0, HighPC 20
//	      Variable      Name "sum", Type 0x3d0f5, Location: frame - 24
//	CompileUnit         Name "runtime"
//	  BaseType          Name "int", ByteSize 8                          (at 0x3d0f5)
//
// An entry is a tag, which says what it describes, and attributes: a name, a type, a place. To save
// space an entry only carries the attributes' values. Which attributes these are, and in which
// form each is written, stands in a table in .debug_abbrev: the entry begins with the number of a
// row there, its abbreviation. The entries of the tree follow one another without lengths, children
// after their parent and a zero after the last child, so that one has to be read to get at
// the next.
//
// The standard library's debug/dwarf does the same, and says that it is not hardened against
// damaged input. Here it must be: a panic or an endless loop while a panic is shown would
// take the developer's program with it. Nothing here can panic, as all bytes come through
// package cursor; nothing loops, as each step through a section passes at least one of
// its bytes and each table is read once; and what an entry may cost is bounded by the limits
// below. An attribute is decoded when asked for, so that passing an entry costs no memory.
package entry

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"

// Limits of what is read, some hundred times more than what compilers write.
const (
	maxUnits         = 1 << 17
	maxDeclarations  = 1 << 20 // attributes in all tables of abbreviations together
	maxAttributes    = 128     // of one entry
	maxAbbreviations = 1 << 16 // of one table
	maxName          = 1 << 14 // bytes
)

// An Entry is one description. The zero value has no attributes.
type Entry struct {
	Offset   int64 // in .debug_info
	Tag      Tag
	Children bool // its children follow
	Unit     *Unit

	attributes []attribute
	values     cursor.Cursor
}

// Class says what the value of an attribute is (DWARF 5 §7.5.5).
type Class uint8

const (
	None        Class = iota // there is no such attribute
	Address                  // in the program's file
	Constant                 // Number, signed or not as it was written
	Flag                     // Number is 0 or 1
	Block                    // Bytes: an expression, or a constant
	Reference                // Number is the Offset of another entry
	List                     // Number is an offset into a section of lists, or of something else
	Text                     // Bytes
	Unsupported              // refers to another file, or in a way that Go's compiler does not use
)

// A Value is what an attribute says.
type Value struct {
	Class  Class
	Number uint64
	Bytes  []byte // the section's own: not to be changed
}

// Value returns an attribute's value.
func (e Entry) Value(name Attribute) Value {
	c := e.values
	for _, a := range e.attributes {
		v := e.Unit.decode(a, &c)
		if a.name == name && !c.Failed() {
			return e.Unit.resolve(a.form, v)
		}
	}
	return Value{}
}

// Text returns an attribute's text, "" where it has none.
func (e Entry) Text(name Attribute) string {
	v := e.Value(name)
	if v.Class != Text || len(v.Bytes) > maxName {
		return ""
	}
	return string(v.Bytes)
}

// Constant returns an attribute's number.
func (e Entry) Constant(name Attribute) (int64, bool) {
	v := e.Value(name)
	return int64(v.Number), v.Class == Constant
}

// Flag reports whether an attribute is there and set.
func (e Entry) Flag(name Attribute) bool {
	v := e.Value(name)
	return v.Class == Flag && v.Number != 0
}

// Address returns an attribute's address.
func (e Entry) Address(name Attribute) (uint64, bool) {
	v := e.Value(name)
	return v.Number, v.Class == Address
}

// Reference returns the offset of the entry to which an attribute refers.
func (e Entry) Reference(name Attribute) (int64, bool) {
	v := e.Value(name)
	return int64(v.Number), v.Class == Reference && int64(v.Number) > 0
}
