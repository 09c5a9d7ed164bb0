//go:build dev

package inspect

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// margin is how much of a string is read beyond what is shown of it: a secret that is cut in
// two is not known for one.
const margin = 1 << 10

// clip is how many bytes of a string so deep are shown.
func (p *printer) clip(depth int) int {
	if p.in.page.bytes <= 0 {
		return 64
	}
	return max(128, 2048>>depth)
}

// text shows v, a string.
func (p *printer) text(n *value.Node, v Value, depth int) {
	most := p.clip(depth)
	b, length, why := v.content(int64(most + margin))
	if why != "" {
		n.Note = string(why)
		if size, ok := v.Len(); ok {
			n.Note += fmt.Sprintf(", of %d bytes", size)
		}
		return
	}
	n.Text = p.quote(string(b), length, most)
}

// quote is the beginning of a string of so many bytes.
func (p *printer) quote(s string, length int64, most int) string {
	shown := p.in.redact.Text(s)
	if len(shown) <= most && int64(len(s)) == length {
		return strconv.Quote(shown)
	}
	if len(shown) > most {
		shown = shown[:most]
		for i := 0; i < utf8.UTFMax && len(shown) > 0 && !utf8.RuneStart(s[min(len(shown), len(s)-1)]); i++ {
			shown = shown[:len(shown)-1]
		}
	}
	return strconv.Quote(shown) + "… (" + strconv.FormatInt(length, 10) + " bytes)"
}

// slice shows v, a slice, with its length, and its capacity where that differs.
func (p *printer) slice(n *value.Node, v Value, depth int) {
	base, why := v.word(0)
	length, ok := v.Len()
	switch {
	case why != "" || !ok:
		if n.Note = string(why); n.Note == "" {
			_, why = v.word(wordSize)
			n.Note = string(why)
		}
		if n.Note == "" {
			n.Note = string(unreadable)
		}
		if ok {
			n.Note += fmt.Sprintf(", of length %d", length)
		}
		return
	case base == 0 && length == 0:
		n.Text = "nil"
		return
	}
	elem := v.typ.Elem()
	if elem != nil && elem.Kind == reflect.Uint8 {
		most := p.clip(depth)
		b, length, why := v.content(int64(most + margin))
		if n.Note = string(why); why == "" {
			n.Text = p.raw(b, length, most)
		}
		return
	}
	n.Text = fmt.Sprintf("[%d]", length)
	if capacity, ok := v.Cap(); ok && capacity != length {
		n.Text += fmt.Sprintf(", cap %d", capacity)
	}
	if elem == nil {
		n.Note = string(unknownType)
		return
	}
	all := Value{in: v.in, typ: v.typ, addr: base}
	// As much as is going to be shown is read at once.
	if run := min(length, int64(width(depth))) * elem.Size; run > 0 && run <= 4*maxLoaded && depth < maxDepth {
		if b, why := v.in.read(base, run); why == "" {
			all.data = b
		}
	}
	if p.runes(n, all, length) {
		return
	}
	p.elements(n, all, int(length), depth)
}

// array shows v, an array.
func (p *printer) array(n *value.Node, v Value, depth int) {
	elem := v.typ.Elem()
	if elem == nil {
		n.Note = string(unknownType)
		return
	}
	if elem.Kind == reflect.Uint8 {
		most := p.clip(depth)
		b, why := v.bytes(0, min(v.typ.Count, int64(most+margin)))
		if n.Note = string(why); why == "" {
			n.Text = p.raw(b, v.typ.Count, most)
		}
		return
	}
	n.Text = fmt.Sprintf("[%d]", v.typ.Count)
	p.elements(n, v, int(v.typ.Count), depth)
}

// elements shows what lies one after the other from v's beginning.
func (p *printer) elements(n *value.Node, v Value, length, depth int) {
	elem := v.typ.Elem()
	n.Kids, n.More = p.parts(length, width(depth), depth, func(i int) value.Node {
		return p.node(strconv.Itoa(i), v.part(int64(i)*elem.Size, elem), depth+1)
	})
}

// raw shows bytes: as text if they are some, in hexadecimal otherwise.
func (p *printer) raw(b []byte, length int64, most int) string {
	if isText(b, int64(len(b)) < length) {
		return p.quote(string(b), length, most)
	}
	if s := string(b); p.in.redact.Text(s) != s {
		return redact.Mask
	}
	if most /= 4; len(b) > most {
		b = b[:most]
	}
	s := "0x" + p.in.redact.Text(hex.EncodeToString(b))
	if int64(len(b)) < length {
		s += "… (" + strconv.FormatInt(length, 10) + " bytes)"
	}
	return s
}

// isText reports whether b reads as text. Where it was cut, its last character may
// have been too.
func isText(b []byte, cut bool) bool {
	for len(b) > 0 {
		c, size := utf8.DecodeRune(b)
		if c == utf8.RuneError && size == 1 {
			return cut && len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		if !unicode.IsPrint(c) && !unicode.IsSpace(c) {
			return false
		}
		b = b[size:]
	}
	return true
}

// runes masks a slice of characters that spells a secret.
func (p *printer) runes(n *value.Node, v Value, length int64) bool {
	if v.typ.Elem().Kind != reflect.Int32 || len(v.data) == 0 {
		return false
	}
	var b strings.Builder
	for i := int64(0); i+4 <= int64(len(v.data)); i += 4 {
		c, _ := v.number(i, 4)
		b.WriteRune(rune(c))
	}
	s := b.String()
	if p.in.redact.Text(s) == s {
		return false
	}
	n.Text, n.Masked = redact.Mask, true
	return true
}
