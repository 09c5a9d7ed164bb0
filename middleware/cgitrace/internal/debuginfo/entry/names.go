//go:build dev

package entry

// Tag says what an entry describes (DWARF 5 §7.5.3, table 7.3).
type Tag uint32

const (
	ArrayType         Tag = 0x01 // an array
	FormalParameter   Tag = 0x05 // an argument or result
	LexicalBlock      Tag = 0x0b // a block with variables of its own
	Member            Tag = 0x0d // a field of a struct
	PointerType       Tag = 0x0f // a pointer
	CompileUnit       Tag = 0x11 // a package
	StructureType     Tag = 0x13 // a struct, string, slice or interface
	SubroutineType    Tag = 0x15 // a function type
	Typedef           Tag = 0x16 // another name for a type
	InlinedSubroutine Tag = 0x1d // a call in whose place the called function is
	SubrangeType      Tag = 0x21 // how many elements an array has
	BaseType          Tag = 0x24 // a number or bool
	ConstantName      Tag = 0x27 // a constant
	Subprogram        Tag = 0x2e // a function
	Variable          Tag = 0x34 // a variable
)

// Attribute names a property of what is described (DWARF 5 §7.5.4, table 7.5). The last ones are
// Go's (cmd/internal/dwarf).
type Attribute uint32

const (
	Location           Attribute = 0x02 // where a variable is
	Name               Attribute = 0x03 // what it is called
	ByteSize           Attribute = 0x0b // of a value
	LowPC              Attribute = 0x11 // address of the first instruction
	HighPC             Attribute = 0x12 // that of the first one after it, or how far that is
	Language           Attribute = 0x13 // in which the unit is written
	ConstValue         Attribute = 0x1c // of a constant
	Producer           Attribute = 0x25 // the compiler, and its flags
	AbstractOrigin     Attribute = 0x31 // what this is a copy of
	Count              Attribute = 0x37 // of elements
	DataMemberLocation Attribute = 0x38 // a field's offset in its struct
	DeclLine           Attribute = 0x3b // on which it is declared
	FrameBase          Attribute = 0x40 // from where places in the frame count
	Type               Attribute = 0x49 // of a variable, or to which a type refers
	VariableParameter  Attribute = 0x4b // a result
	Ranges             Attribute = 0x55 // where code lies that is not in one piece
	StrOffsetsBase     Attribute = 0x72 // where the unit's part of .debug_str_offsets begins
	AddrBase           Attribute = 0x73 // and that of .debug_addr

	GoKind          Attribute = 0x2900 // reflect.Kind, with flags above its five bits
	GoKey           Attribute = 0x2901 // the type of a map's keys
	GoElem          Attribute = 0x2902 // the type of the elements
	GoEmbeddedField Attribute = 0x2903 // of a field
	GoRuntimeType   Attribute = 0x2904 // where the type's descriptor is, from the beginning of all of them
	GoDictIndex     Attribute = 0x2906 // where a generic function's dictionary has the type
	GoClosureOffset Attribute = 0x2907 // where a closure has the captured variable
)

// LanguageGo is the [Language] of Go.
const LanguageGo = 0x16
