package pool_test

import "testing"

// For a connection that is not served, one that is kept is closed, or the next that would be.
func TestHungry(t *testing.T) {
	a := listen(t, "tcp", "127.0.0.1:0")
	p := newPool(t, a.Addr().String())
	kept := func(want int) {
		t.Helper()
		n := 0
		for c := get(t, p, false); c.Used; c = get(t, p, false) {
			n++
			defer c.Release()
		}
		if n != want {
			t.Errorf("%d are kept, want %d", n, want)
		}
	}
	one, two, waits := get(t, p, false), get(t, p, false), get(t, p, false)
	one.Release()
	waits.Hungry()
	kept(0)
	waits.Hungry() // nothing is kept: the next is closed
	waits.Hungry()
	two.Release()
	kept(0)

	three, other := get(t, p, true), get(t, p, true)
	waits.Hungry()
	waits.Fed()
	three.Release()
	other.Hungry()
	other.Discard()
	kept(0)
	used := get(t, p, true)
	used.Release()
	used = get(t, p, false)
	used.Hungry() // it was served before
	used.Release()
	kept(1)
}

// A place that has refused a request is asked last for a while.
func TestRefused(t *testing.T) {
	a, b := listen(t, "tcp", "127.0.0.1:0"), listen(t, "tcp", "127.0.0.1:0")
	p := newPool(t, a.Addr().String(), b.Addr().String())
	c := get(t, p, true)
	full := c.RemoteAddr().String()
	c.Refused()
	for range 4 {
		if c := get(t, p, true); c.RemoteAddr().String() == full {
			t.Error("it is asked again")
		}
	}
}
