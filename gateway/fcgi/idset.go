package fcgi

// idSet is a set of request ids. Most connections use a few low ones, for which it needs no
// memory; for the others it takes 8 KiB.
type idSet struct {
	n    int // how many are in it
	low  uint64
	high *[1 << 16 / 64]uint64
}

func (s *idSet) add(id uint16) {
	if s.has(id) {
		return
	}
	if id >= 64 && s.high == nil {
		s.high = new([1 << 16 / 64]uint64)
	}
	*s.word(id) |= 1 << (id % 64)
	s.n++
}

func (s *idSet) remove(id uint16) {
	if s.has(id) {
		*s.word(id) &^= 1 << (id % 64)
		s.n--
	}
}

func (s *idSet) has(id uint16) bool {
	if id >= 64 && s.high == nil {
		return false
	}
	return *s.word(id)&(1<<(id%64)) != 0
}

func (s *idSet) word(id uint16) *uint64 {
	if id < 64 {
		return &s.low
	}
	return &s.high[id/64]
}
