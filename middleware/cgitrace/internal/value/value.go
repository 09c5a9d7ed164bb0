// Package value takes a Go value apart so that it can be shown: bounded in depth,
// width and length, with secrets masked by the names and the types of fields.
//
// It reads, by reflection, and never calls a method of the value: what runs after a
// panic must not panic, block or change anything.
package value

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// Limits of what is shown of one value.
const (
	maxDepth  = 4
	maxWidth  = 24   // fields or elements of one node
	maxNodes  = 400  // of the whole value
	maxLength = 2048 // bytes of one string
)

// secretTypes are shown by none of their parts.
var secretTypes = map[string]bool{
	"rsa.PrivateKey": true, "ecdsa.PrivateKey": true, "ecdh.PrivateKey": true, "ed25519.PrivateKey": true,
	"dsa.PrivateKey": true, "tls.Certificate": true, "url.Userinfo": true, "http.Cookie": true,
}

// SecretType reports whether values of a type are secrets, whatever goes by their name. The
// type is written as reflect does: "*tls.Certificate", for the pointer and slices too.
func SecretType(name string) bool {
	return secretTypes[strings.TrimLeft(name, "*[]")]
}

// Of takes v apart. What red calls a secret is masked.
func Of(v any, red *redact.Redactor) Node {
	w := walker{red: red, left: maxNodes}
	return w.node("", reflect.ValueOf(v), 0)
}

type walker struct {
	red  *redact.Redactor
	left int
}

func (w *walker) node(name string, v reflect.Value, depth int) Node {
	w.left--
	if !v.IsValid() {
		return Node{Name: name, Text: "nil"}
	}
	n := Node{Name: name, Type: v.Type().String()}
	if SecretType(n.Type) || name != "" && w.red.Secret(name, scalar(v)) && !v.IsZero() {
		n.Text, n.Masked = redact.Mask, true
		return n
	}
	if s := scalar(v); s != "" {
		n.Text = w.red.Text(s)
		return n
	}
	switch v.Kind() {
	case reflect.String:
		n.Text = w.quote(v.String())
	case reflect.Interface:
		if v.IsNil() {
			n.Text = "nil"
			return n
		}
		return w.node(name, v.Elem(), depth)
	case reflect.Pointer:
		w.pointer(&n, v, depth)
	case reflect.Struct:
		w.structure(&n, v, depth)
	case reflect.Slice, reflect.Array:
		w.list(&n, v, depth)
	case reflect.Map:
		w.dictionary(&n, v, depth)
	default: // functions, channels, unsafe pointers
		n.Text = "nil"
		if !v.IsZero() {
			n.Text = "…"
		}
	}
	return n
}

// scalar is a number or boolean in Go's notation, "" for any other kind.
func scalar(v reflect.Value) string {
	switch {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.CanFloat():
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case v.CanComplex():
		return strconv.FormatComplex(v.Complex(), 'g', -1, 128)
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return ""
}

func (w *walker) quote(s string) string {
	if len(s) > maxLength {
		cut := strings.ToValidUTF8(s[:maxLength], "")
		return strconv.Quote(w.red.Beginning(cut)) + "… (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return strconv.Quote(w.red.Text(s))
}

// pointer shows what v points to in v's place. A ring of structs ends at maxDepth,
// one of nothing but pointers at maxNodes.
func (w *walker) pointer(n *Node, v reflect.Value, depth int) {
	if v.IsNil() {
		n.Text = "nil"
		return
	}
	if depth >= maxDepth || w.left <= 0 {
		n.Text = "…"
		return
	}
	to := w.node(n.Name, v.Elem(), depth)
	n.Text, n.Kids, n.More, n.Masked = "&"+to.Text, to.Kids, to.More, to.Masked
}

func (w *walker) structure(n *Node, v reflect.Value, depth int) {
	n.Text = "{}"
	if v.NumField() == 0 {
		return
	}
	n.Text = "{…}"
	n.Kids, n.More = w.parts(v.NumField(), depth, func(i int) Node {
		return w.node(v.Type().Field(i).Name, v.Field(i), depth+1)
	})
}

func (w *walker) list(n *Node, v reflect.Value, depth int) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		n.Text = "nil"
		return
	}
	if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
		b := v.Bytes()
		n.Text = w.quote(string(b[:min(len(b), maxLength+1)]))
		return
	}
	n.Text = fmt.Sprintf("[%d]", v.Len())
	n.Kids, n.More = w.parts(v.Len(), depth, func(i int) Node {
		return w.node(strconv.Itoa(i), v.Index(i), depth+1)
	})
}

// dictionary shows the entries of a map only where the panic was given that very
// map. Of one further in, another goroutine may be writing to it just now, and the runtime
// ends a process that reads it then.
func (w *walker) dictionary(n *Node, v reflect.Value, depth int) {
	n.Text = fmt.Sprintf("map of %d", v.Len())
	if depth > 0 {
		return
	}
	entries := v.MapRange()
	n.Kids, n.More = w.parts(v.Len(), depth, func(int) Node {
		if !entries.Next() {
			return Node{Text: "gone"}
		}
		key := w.node("", entries.Key(), maxDepth)
		return w.node(strings.Trim(key.Text, `"`), entries.Value(), depth+1)
	})
}

// parts returns the first of n parts, and how many are left out.
func (w *walker) parts(n, depth int, part func(i int) Node) (kids []Node, more int) {
	if depth >= maxDepth {
		return nil, n
	}
	for i := range min(n, maxWidth) {
		if w.left <= 0 {
			break
		}
		kids = append(kids, part(i))
	}
	return kids, n - len(kids)
}
