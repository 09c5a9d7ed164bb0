//go:build dev

package entry

// Tag says what an entry describes (DWARF 5 §7.5.3, table 7.3).
type Tag uint32

const (
	ArrayType         Tag = 0x01
	FormalParameter   Tag = 0x05
	LexicalBlock      Tag = 0x0b
	Member            Tag = 0x0d
	PointerType       Tag = 0x0f
	CompileUnit       Tag = 0x11
	StructureType     Tag = 0x13
	SubroutineType    Tag = 0x15
	Typedef           Tag = 0x16
	InlinedSubroutine Tag = 0x1d
	SubrangeType      Tag = 0x21
	BaseType          Tag = 0x24
	ConstantName      Tag = 0x27
	Subprogram        Tag = 0x2e
	Variable          Tag = 0x34
)

// Attribute names a property of what is described (DWARF 5 §7.5.4, table 7.5). The last ones are
// Go's (cmd/internal/dwarf).
type Attribute uint32

const (
	Location           Attribute = 0x02
	Name               Attribute = 0x03
	ByteSize           Attribute = 0x0b
	LowPC              Attribute = 0x11
	HighPC             Attribute = 0x12
	Language           Attribute = 0x13
	ConstValue         Attribute = 0x1c
	Producer           Attribute = 0x25
	AbstractOrigin     Attribute = 0x31
	Count              Attribute = 0x37
	DataMemberLocation Attribute = 0x38
	DeclLine           Attribute = 0x3b
	FrameBase          Attribute = 0x40
	Type               Attribute = 0x49
	VariableParameter  Attribute = 0x4b
	Ranges             Attribute = 0x55
	StrOffsetsBase     Attribute = 0x72
	AddrBase           Attribute = 0x73

	GoKind          Attribute = 0x2900 // reflect.Kind, with flags above its five bits
	GoKey           Attribute = 0x2901 // the type of a map's keys
	GoElem          Attribute = 0x2902 // the type of the elements
	GoEmbeddedField Attribute = 0x2903
	GoRuntimeType   Attribute = 0x2904 // where the type's descriptor is, from the beginning of all of them
	GoDictIndex     Attribute = 0x2906 // where a generic function's dictionary has the type
	GoClosureOffset Attribute = 0x2907 // where a closure has the captured variable
)

// LanguageGo is the [Language] of Go.
const LanguageGo = 0x16
