//go:build dev

package inspect

import (
	"encoding/binary"
	"reflect"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// assemble makes of pieces the value of so many bytes that they are one after the other.
func assemble(v Value, pieces []location.Piece, size int64) Value {
	if len(pieces) == 1 && (pieces[0].Size == 0 || pieces[0].Size == size) && pieces[0].Kind == location.Memory {
		v.addr = pieces[0].Value
		return v
	}
	a := newAssembly(size, word{0, size})
	at := int64(0)
	for _, piece := range pieces {
		if piece.Size == 0 {
			piece.Size = size - at
		}
		a.put(v.in, at, piece)
		at += piece.Size
	}
	return a.value(v)
}

// A compiler that optimises takes small variables apart, and describes of each what is left
// ([debuginfo.Variable.Decomposed]): of struct{a int8; b int64} with a in one register
// and b in another, one byte and eight, without the seven between them; of a string whose
// length alone is used again, the place of the length, as if it were the string's. So the pieces are laid
// over the words that the type is made of, and where they are not all of these, nothing
// can be told.

// reassemble makes of the pieces of a decomposed variable its value.
func reassemble(v Value, pieces []location.Piece) Value {
	words, decomposes := wordsOf(v.typ, maxWordsOf)
	if !decomposes || len(words) <= 1 && len(pieces) == 1 {
		return assemble(v, pieces, v.typ.Size)
	}
	a := newAssembly(v.typ.Size, words...)
	for _, piece := range pieces {
		if len(words) == 0 {
			return v.without(optimizedOut)
		}
		at := words[0].offset
		end := at + piece.Size
		// A piece can be several words that lie together, but not a part of one.
		for len(words) > 0 && words[0].offset < end {
			if words[0].offset+words[0].size > end {
				return v.without(optimizedOut)
			}
			words = words[1:]
		}
		if piece.Size == 0 {
			return v.without(optimizedOut)
		}
		a.put(v.in, at, piece)
	}
	if len(words) > 0 {
		return v.without(optimizedOut)
	}
	return a.value(v)
}

// word is one of those that a variable is made of.
type word struct{ offset, size int64 }

// Limits up to which the compiler takes a variable apart (cmd/compile/internal/ssa.CanSSA).
const (
	maxDecomposed = 4 * wordSize
	maxWordsOf    = 4 // fields of a struct
)

// wordsOf returns the words of t in the order of their offsets. decomposes is false for a type that
// is always kept in one piece.
func wordsOf(t *debuginfo.Type, depth int) (words []word, decomposes bool) {
	if t == nil || t.Size > maxDecomposed || depth < 0 {
		return nil, false
	}
	within := func(offset int64, t *debuginfo.Type) bool {
		inner, ok := wordsOf(t, depth-1)
		for _, w := range inner {
			words = append(words, word{offset + w.offset, w.size})
		}
		return ok
	}
	switch t.Kind {
	case reflect.String, reflect.Slice, reflect.Interface:
		for at := int64(0); at < t.Size; at += wordSize {
			words = append(words, word{at, wordSize})
		}
	case reflect.Complex64, reflect.Complex128:
		words = []word{{0, t.Size / 2}, {t.Size / 2, t.Size / 2}}
	case reflect.Array:
		if t.Count > 1 || t.Count == 1 && !within(0, t.Elem()) {
			return nil, false
		}
	case reflect.Struct:
		if len(t.Fields) > maxWordsOf {
			return nil, false
		}
		for _, f := range t.Fields {
			if !within(f.Offset, f.Type()) {
				return nil, false
			}
		}
	default:
		words = []word{{0, t.Size}}
	}
	return words, true
}

// assembly is a value that is put together.
type assembly struct {
	data  []byte
	gaps  []bool
	known bool // there is something in it
}

// newAssembly begins a value with nothing known of these words.
func newAssembly(size int64, words ...word) *assembly {
	a := &assembly{data: make([]byte, size), gaps: make([]bool, size)}
	for _, w := range words {
		for i := range w.size {
			a.gaps[w.offset+i] = true
		}
	}
	return a
}

// put puts a piece at an offset.
func (a *assembly) put(in *Inspector, offset int64, piece location.Piece) {
	n := min(piece.Size, int64(len(a.data))-offset)
	if n <= 0 {
		return
	}
	var b []byte
	switch {
	case piece.Kind == location.Memory:
		var why lack
		if b, why = in.read(piece.Value, n); why != "" {
			return
		}
	case piece.Kind == location.Value && n <= wordSize:
		b = binary.LittleEndian.AppendUint64(nil, piece.Value)
	default:
		return
	}
	copy(a.data[offset:offset+n], b)
	for i := range n {
		a.gaps[offset+i] = false
	}
	a.known = true
}

// value is v with what was put together.
func (a *assembly) value(v Value) Value {
	if !a.known && len(a.data) > 0 {
		return v.without(optimizedOut)
	}
	v.data, v.gaps = a.data, a.gaps
	return v
}
