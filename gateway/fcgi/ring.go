package fcgi

import "sync"

// ring holds bytes in the order in which they came, in memory from a pool: none while it was never
// used, 4 KiB at first, 64 KiB as soon as those are full.
type ring struct {
	small   *[smallRing]byte
	large   *[largeRing]byte
	from, n int // what is filled: n bytes from there, past the end at the beginning
}

const (
	smallRing = 4 << 10
	largeRing = 64 << 10
)

var (
	smallRings = sync.Pool{New: func() any { return new([smallRing]byte) }}
	largeRings = sync.Pool{New: func() any { return new([largeRing]byte) }}
)

func (r *ring) memory() []byte {
	switch {
	case r.large != nil:
		return r.large[:]
	case r.small != nil:
		return r.small[:]
	}
	return nil
}

// space returns where the next bytes go: at most n, some of them if there is room for any.
func (r *ring) space(n int) []byte {
	if r.n == len(r.memory()) {
		r.grow(n)
	}
	mem := r.memory()
	if r.n == len(mem) {
		return nil
	}
	at := (r.from + r.n) % len(mem)
	end := len(mem)
	if at < r.from {
		end = r.from
	}
	return mem[at:min(end, at+n)]
}

// grow gets more memory, if there is to be more, for n bytes at least.
func (r *ring) grow(n int) {
	switch {
	case r.large != nil:
	case r.small == nil && n <= smallRing:
		r.small = smallRings.Get().(*[smallRing]byte)
	default:
		large := largeRings.Get().(*[largeRing]byte)
		r.n = r.read(large[:])
		if r.small != nil {
			smallRings.Put(r.small)
		}
		r.small, r.large, r.from = nil, large, 0
	}
}

// add says that n bytes were put where space said.
func (r *ring) add(n int) { r.n += n }

func (r *ring) read(p []byte) (n int) {
	mem := r.memory()
	for r.n > 0 && n < len(p) {
		m := copy(p[n:], mem[r.from:min(r.from+r.n, len(mem))])
		n += m
		r.n -= m
		r.from = (r.from + m) % len(mem)
	}
	return n
}

// free hands the memory back.
func (r *ring) free() {
	if r.small != nil {
		smallRings.Put(r.small)
	}
	if r.large != nil {
		largeRings.Put(r.large)
	}
	*r = ring{}
}
