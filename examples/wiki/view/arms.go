package view

import (
	"fmt"
	"hash/fnv"
	"html/template"
	"strings"
)

// Arms draws the coat of arms that belongs to a name: always the same one, so that a
// page or a person is recognised at a glance in a list. It keeps heraldry's rule of
// tincture (metal on colour, colour on metal), which is also what makes it readable.
func Arms(name string) template.HTML { return blazonOf(name).svg(false) }

// NamedArms is [Arms] with its description in words, for where it stands alone.
func NamedArms(name string) template.HTML { return blazonOf(name).svg(true) }

// blazon is a coat of arms: a field, an ordinary on it, and a charge or none.
type blazon struct{ field, ordinary, charge, tincture int }

var (
	colours  = []string{"azure", "gules", "vert", "purpure", "sable"}
	metals   = []string{"or", "argent"}
	ordinary = []struct{ name, path string }{
		{"a chief", "M4 4H60V22H4Z"},
		{"a fess", "M4 24H60V42H4Z"},
		{"a pale", "M23 4H41V76H23Z"},
		{"a bend", "M4 4H18L60 50V66H54L4 18Z"},
		{"a bend sinister", "M60 4H46L4 50V66H10L60 18Z"},
		{"a chevron", "M32 22L64 54V72L32 40L0 72V54Z"},
		{"a cross", "M25 4H39V28H60V42H39V76H25V42H4V28H25Z"},
		{"a saltire", "M4 4H15L32 25L49 4H60V14L41 36L60 60V70H54L32 47L10 70H4V60L23 36L4 14V4Z"},
		{"a pile", "M8 4H56L32 62Z"},
		{"a pall", "M4 4H16L32 24L48 4H60V14L39 39V76H25V39L4 14Z"},
		{"three bars", "M4 14H60V22H4ZM4 32H60V40H4ZM4 50H60V58H4Z"},
		{"two pallets", "M16 4H26V76H16ZM38 4H48V76H38Z"},
		{"per pale", "M32 4H60V76H32Z"},
		{"per bend", "M4 4H60V66Z"},
		{"quarterly", "M32 4H60V36H32ZM4 36H32V76H4Z"},
		{"a bordure", "M4 4H60V76H4ZM13 13V40C13 53 21 61 32 67C43 61 51 53 51 40V13Z"},
	}
	charges = []struct{ name, path string }{
		{"", ""},
		{"a roundel", "M32 22a12 12 0 1 0 .01 0Z"},
		{"a lozenge", "M32 18L44 34L32 50L20 34Z"},
		{"a mullet", "M32 20L35.5 30H46L37.6 36.2L40.8 46.4L32 40.2L23.2 46.4L26.4 36.2L18 30H28.5Z"},
		{"a billet", "M24 21H40V47H24Z"},
		{"a crescent", "M22 27A12 12 0 1 0 42 27A10.5 10.5 0 1 1 22 27Z"},
	}
)

func blazonOf(name string) blazon {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.ToLower(name)))
	n := h.Sum64()
	n ^= n >> 31 // FNV's low bits alone are poorly mixed for short names
	take := func(of int) int {
		v := int(n % uint64(of))
		n /= uint64(of)
		return v
	}
	return blazon{field: take(len(colours) * len(metals) * 2), ordinary: take(len(ordinary)), charge: take(len(charges)), tincture: take(len(colours))}
}

// tinctures returns those of the field, the ordinary and the charge.
func (b blazon) tinctures() (field, on, charge string) {
	colour, metal := colours[b.field%len(colours)], metals[b.field/len(colours)%len(metals)]
	other := colours[b.tincture]
	if b.field >= len(colours)*len(metals) {
		return metal, colour, metals[b.tincture%len(metals)]
	}
	if other == colour {
		other = colours[(b.tincture+1)%len(colours)]
	}
	return colour, metal, other
}

// String is the blazon in words: "Azure, a chevron or, charged with a mullet gules".
func (b blazon) String() string {
	field, on, charge := b.tinctures()
	o, c := ordinary[b.ordinary].name, charges[b.charge].name
	words := fmt.Sprintf("%s, %s %s", field, o, on)
	if o == "quarterly" || strings.HasPrefix(o, "per ") {
		words = fmt.Sprintf("%s %s and %s", o, field, on)
	}
	if c != "" && b.charged() {
		words += ", charged with " + c + " " + charge
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// charged reports whether the ordinary has room in the middle for a charge.
func (b blazon) charged() bool {
	switch ordinary[b.ordinary].name {
	case "a fess", "a pale", "a cross", "a saltire", "a pile", "a pall":
		return b.charge > 0
	}
	return false
}

const shield = "M4 4H60V40C60 58 48 68 32 76C16 68 4 58 4 40Z"

func (b blazon) svg(named bool) template.HTML {
	field, on, charge := b.tinctures()
	var s strings.Builder
	if named {
		fmt.Fprintf(&s, `<svg class="arms" viewBox="0 0 64 80" role="img"><title>%s</title>`, b)
	} else {
		s.WriteString(`<svg class="arms" viewBox="0 0 64 80" aria-hidden="true">`)
	}
	// Every layout defines the clip path once, in its template "shield".
	fmt.Fprintf(&s, `<g clip-path="url(#shield)"><path class="t-%s" d="%s"/><path class="t-%s" fill-rule="evenodd" d="%s"/>`, field, shield, on, ordinary[b.ordinary].path)
	if b.charged() {
		fmt.Fprintf(&s, `<path class="t-%s" d="%s"/>`, charge, charges[b.charge].path)
	}
	s.WriteString("</g>")
	fmt.Fprintf(&s, `<path class="edge" d="%s"/></svg>`, shield)
	return template.HTML(s.String())
}
