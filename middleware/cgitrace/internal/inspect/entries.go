//go:build dev

package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// maxSorted is the size up to which a map is shown in the order of its keys. Of a larger one
// the entries shown are those that come first in memory.
const maxSorted = 500

// entry is one of a map.
type entry struct {
	key, elem Value
	name      string // the key as it is shown
	plain     string // a string's own characters
	number    float64
}

// entries shows v, a map.
func (p *printer) entries(n *value.Node, v Value, depth int) {
	if missing(n, v) {
		return
	}
	length, ok := v.Len()
	if !ok {
		n.Note = string(unreadable)
		if v.in.spent() {
			n.Note = string(tooMuch)
		}
		return
	}
	n.Text = fmt.Sprintf("map of %d", length)
	if writing, why := v.header().field("writing").number(0, 1); why == "" && writing != 0 {
		n.Note = "it is being written to"
	}
	if depth >= maxDepth || p.left <= 0 {
		n.More = int(length)
		return
	}
	sorted := length <= maxSorted
	entries, why := p.collect(v, depth, sorted)
	if why != "" && n.Note == "" {
		n.Note = string(why)
	}
	if sorted {
		slices.SortStableFunc(entries, func(a, b entry) int {
			return cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.plain, b.plain))
		})
	}
	header := v.typ.Name == "net/http.Header"
	n.Kids, _ = p.parts(len(entries), width(depth), depth, func(i int) value.Node {
		e := entries[i]
		if p.in.redact.Secret(e.plain, "") || header && redact.Header(e.plain) {
			return p.mask(e.name, e.elem)
		}
		kid := p.node(e.plain, e.elem, depth+1)
		kid.Name = e.name
		return kid
	})
	n.More = max(0, int(length)-len(n.Kids))
}

// collect reads the entries of v: all, or as many as are shown.
func (p *printer) collect(v Value, depth int, all bool) (entries []entry, why lack) {
	why = v.entries(func(key, elem Value) bool {
		e := entry{key: key, elem: elem}
		e.name = p.key(key)
		e.plain = e.name
		if s, err := strconv.Unquote(e.name); err == nil {
			e.plain, e.name = s, e.name[1:len(e.name)-1]
		} else if number, err := strconv.ParseFloat(e.name, 64); err == nil {
			e.number = number
		}
		entries = append(entries, e)
		return len(entries) < maxSorted && (all || len(entries) < width(depth))
	})
	return entries, why
}

// key shows the key of a map, or of a value in a context.
func (p *printer) key(v Value) string {
	left, nodes := p.left, p.in.page.nodes
	n := p.node("", v, maxDepth-1)
	p.left, p.in.page.nodes = left, nodes // they are not among those of the page
	if n.Text != "" && (len(n.Kids) == 0 || n.Folded) {
		return n.Text
	}
	return strings.TrimPrefix(n.String(), n.Type)
}
