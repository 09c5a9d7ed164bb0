//go:build dev

package inspect

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// A channel (runtime.hchan) is a header and a ring of dataqsiz elements, of which qcount
// wait to be received, from recvx onwards.

// channel shows v, a channel, and what waits in it.
func (p *printer) channel(n *value.Node, v Value, depth int) {
	if missing(n, v) {
		return
	}
	header := v.header().load()
	length, why := header.field("qcount").word(0)
	capacity, why2 := header.field("dataqsiz").word(0)
	closed, why3 := header.field("closed").number(0, 4)
	first, why4 := header.field("recvx").word(0)
	ring, why5 := header.field("buf").word(0)
	if why = cmp.Or(why, why2, why3, why4, why5); why != "" {
		n.Note = string(why)
		return
	}
	if length > capacity || first > capacity || capacity > maxLength {
		n.Note = string(unreadable)
		return
	}
	n.Text = "unbuffered"
	if capacity > 0 {
		n.Text = fmt.Sprintf("%d of %d", length, capacity)
	}
	if closed != 0 {
		n.Text += ", closed"
	}
	elem := v.typ.Elem()
	if elem == nil || length == 0 {
		return
	}
	n.Kids, n.More = p.parts(int(length), width(depth), depth, func(i int) value.Node {
		at := (first + uint64(i)) % capacity
		return p.node(strconv.Itoa(i), v.at(ring+at*uint64(elem.Size), elem), depth+1)
	})
}

// Closed reports whether v, a channel that is not nil, was closed.
func (v Value) Closed() (closed, ok bool) {
	if v.typ == nil || v.typ.Kind != reflect.Chan {
		return false, false
	}
	if isNil, ok := v.IsNil(); isNil || !ok {
		return false, false
	}
	n, lack := v.header().field("closed").number(0, 4)
	return n != 0, lack == ""
}
