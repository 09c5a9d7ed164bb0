package fcgi

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A ring is a queue, whatever is put in and taken out.
func TestRing(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	source := make([]byte, 300_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(source)
	for range 50 {
		var r ring
		var want []byte
		most := 1 + rnd.IntN(100_000)
		for range 200 {
			space := r.space(1 + rnd.IntN(most))
			copy(space, source[rnd.IntN(len(source)-len(space)):])
			n := rnd.IntN(len(space) + 1)
			want = append(want, space[:n]...)
			r.add(n)
			got := make([]byte, rnd.IntN(most))
			n = r.read(got)
			if n != min(len(got), len(want)) || !bytes.Equal(got[:n], want[:n]) {
				t.Fatalf("read %d bytes of %d", n, len(want))
			}
			want = want[n:]
			if r.n != len(want) || r.n > largeRing {
				t.Fatalf("%d bytes are in it, want %d", r.n, len(want))
			}
		}
		r.free()
		if r.memory() != nil || r.n != 0 {
			t.Error("not free")
		}
	}
}

func TestRingFull(t *testing.T) {
	var r ring
	r.add(len(r.space(100)))
	if got := len(r.memory()); got != smallRing {
		t.Errorf("%d bytes for a small body", got)
	}
	for n := 100; n < largeRing; {
		space := r.space(1 << 20)
		if space == nil {
			t.Fatalf("no room for more than %d bytes", n)
		}
		r.add(len(space))
		n += len(space)
	}
	if r.space(1) != nil {
		t.Error("room in a full ring")
	}
	r.read(make([]byte, 1))
	if got := len(r.space(10)); got != 1 {
		t.Errorf("room for %d bytes", got)
	}
}
