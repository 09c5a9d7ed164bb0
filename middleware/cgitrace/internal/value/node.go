package value

import (
	"fmt"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// Node is a value, or a part of one, as every format of a report shows it.
type Node struct {
	Name string `json:"name,omitempty"` // of the variable or field, or the key or index; "" at the root
	Type string `json:"type,omitempty"`

	// Text is the value itself, or what holds its parts together. "": there is no value,
	// and Note says why.
	Text string `json:"text"`

	// Note is what a reader has to know of the value: "optimized out", "not yet assigned",
	// "a nil pointer in an interface that is not nil". "": nothing.
	Note string `json:"note,omitempty"`

	Masked bool   `json:"masked,omitempty"`   // it is a secret; Text is the mask
	Folded bool   `json:"folded,omitempty"`   // Kids are seldom of interest: text has none of them, HTML on demand
	Kids   []Node `json:"parts,omitempty"`    // fields, elements, entries
	More   int    `json:"left_out,omitempty"` // parts that are not among Kids
}

// Absent is a node that has no value, for the reason given.
func Absent(name, typ, why string) Node {
	return Node{Name: name, Type: typ, Note: why}
}

// Redact masks what red has learned to be a secret since n was made.
func (n *Node) Redact(red *redact.Redactor) {
	n.Name, n.Text, n.Note = red.Text(n.Name), red.Text(n.Text), red.Text(n.Note)
	for i := range n.Kids {
		n.Kids[i].Redact(red)
	}
}

// Size is the number of nodes in n, itself included.
func (n Node) Size() int {
	size := 1
	for _, kid := range n.Kids {
		size += kid.Size()
	}
	return size
}

// String is n in one line of Go's notation, as near as makes no difference. Where there
// is no value it is the reason: ‹optimized out›.
func (n Node) String() string {
	var b strings.Builder
	n.line(&b, true)
	return b.String()
}

func (n Node) line(b *strings.Builder, typed bool) {
	switch {
	case n.Text == "" && n.Note != "":
		b.WriteString("‹" + n.Note + "›")
		return
	case n.Folded, len(n.Kids) == 0 && n.More == 0, !n.container():
		if typed && n.Type != "" && n.Type != "string" {
			b.WriteString(n.Type + "(" + n.Text + ")")
			return
		}
		b.WriteString(n.Text)
		return
	}
	b.WriteString(n.Type + "{")
	list := strings.HasPrefix(strings.TrimLeft(n.Text, "&"), "[")
	for i, kid := range n.Kids {
		if i > 0 {
			b.WriteString(", ")
		}
		if !list {
			b.WriteString(kid.Name + ": ")
		}
		kid.line(b, false)
	}
	if n.More > 0 {
		fmt.Fprintf(b, ", and %d more", n.More)
	}
	b.WriteString("}")
}

// container reports whether n's Text says no more than that it has parts: {…}, [3], map of 3.
func (n Node) container() bool {
	text := strings.TrimLeft(n.Text, "&")
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") || strings.HasPrefix(text, "map of ")
}
