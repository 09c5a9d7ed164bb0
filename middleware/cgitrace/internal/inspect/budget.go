//go:build dev

package inspect

import "time"

// What one variable may cost. A map whose header is garbage would otherwise be walked for
// seconds.
const (
	maxReads = 3000
	maxTime  = 50 * time.Millisecond
	maxRead  = 1 << 20 // bytes at once
)

// What all variables of a page may have together: at some 150 bytes for each node beside
// its text, a page stays below a megabyte.
const (
	maxPageNodes = 3000
	maxPageBytes = 128 << 10 // of Text
)

// A budget is what may still be read for the variable at hand. Its time begins with the
// first read.
type budget struct {
	reads int
	until time.Time
}

// page is what is left of the page.
type page struct{ nodes, bytes int }

// renew begins a variable.
func (in *Inspector) renew() {
	in.budget = budget{reads: maxReads}
}

// read returns n bytes of memory.
func (in *Inspector) read(addr uint64, n int64) ([]byte, lack) {
	switch {
	case n == 0:
		return []byte{}, ""
	case n < 0, n > maxRead, addr+uint64(n) < addr:
		return nil, unreadable
	}
	if in.budget.until.IsZero() {
		in.budget.until = time.Now().Add(maxTime)
		in.memory.Allow(in.budget.reads, in.budget.until)
	}
	in.budget.reads--
	if in.budget.reads < 0 {
		return nil, tooMuch
	}
	b, ok := in.memory.Bytes(addr, int(n))
	switch {
	case ok:
		return b, ""
	case in.budget.reads == 0, time.Now().After(in.budget.until):
		return nil, tooMuch
	}
	return nil, unreadable
}

// spent reports whether nothing more can be read for the variable at hand.
func (in *Inspector) spent() bool {
	return in.budget.reads <= 0 || !in.budget.until.IsZero() && time.Now().After(in.budget.until)
}
