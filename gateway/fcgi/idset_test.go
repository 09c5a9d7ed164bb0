package fcgi

import (
	"math/rand/v2"
	"testing"
)

func TestIDSet(t *testing.T) {
	var s idSet
	want := make(map[uint16]bool)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 100_000 {
		id := uint16(rnd.Uint32() >> (i % 16))
		if i < 1000 {
			id %= 64
		}
		if i == 999 && s.high != nil {
			t.Error("memory for low ids")
		}
		if rnd.IntN(3) > 0 {
			s.add(id)
			want[id] = true
		} else {
			s.remove(id)
			delete(want, id)
		}
		if s.n != len(want) || s.has(id) != want[id] {
			t.Fatalf("after %d: %d ids, want %d", i, s.n, len(want))
		}
	}
	for id := range 1 << 16 {
		if s.has(uint16(id)) != want[uint16(id)] {
			t.Errorf("%d: %v", id, s.has(uint16(id)))
		}
	}
}
