//go:build dev

package inspect

import (
	"cmp"
	"time"
)

// What one variable may cost. A map whose header is garbage would otherwise be walked for
// seconds.
const (
	maxReads = 3000
	maxTime  = 50 * time.Millisecond
	maxRead  = 1 << 20 // bytes at once
)

// What all variables of a page may have together. At some 150 bytes of markup for each
// node, and with what escaping adds, a page stays below a megabyte.
const (
	maxPageNodes = 3000
	maxPageBytes = 192 << 10 // of names, types and texts
)

// page is what is left of the page.
type page struct{ nodes, bytes int }

// full reports whether the page has no room for parts; variables themselves are still shown.
func (p *page) full() bool { return p.nodes <= 0 || p.bytes <= 0 }

// renew begins a variable. Its time begins with the first read.
func (in *Inspector) renew() { in.fresh = true }

// read returns n bytes of memory, which must not be changed.
func (in *Inspector) read(addr uint64, n int64) ([]byte, lack) {
	switch {
	case n == 0:
		return []byte{}, ""
	case n < 0, n > maxRead, addr+uint64(n) < addr:
		return nil, unreadable
	}
	if in.fresh {
		in.fresh = false
		in.memory.Allow(maxReads, time.Now().Add(cmp.Or(in.Time, maxTime)))
	}
	addr, why := in.spans.today(addr)
	if why != "" {
		return nil, why
	}
	b, ok := in.memory.Bytes(addr, int(n))
	switch {
	case ok:
		return b, ""
	case in.memory.Spent():
		return nil, tooMuch
	}
	return nil, unreadable
}

// spent reports whether nothing more can be read for the variable at hand.
func (in *Inspector) spent() bool { return !in.fresh && in.memory.Spent() }
