package gzip

import "testing"

// Who repeats a request learns most from the shortest and the longest answers. Those are rare.
func TestPadding_ends(t *testing.T) {
	const most, draws = 300, 100_000
	shortest, longest, outer := most, 0, 0
	for range draws {
		n := paddingOf(most)
		shortest, longest = min(shortest, n), max(longest, n)
		if n < most/10 || n > most-most/10 {
			outer++
		}
	}
	// A fifth, if all were equally likely; a 25th as they are.
	if outer > draws/18 {
		t.Errorf("%d of %d are in the outer tenths", outer, draws)
	}
	if shortest > 5 || longest < most-5 || shortest < 0 || longest > most {
		t.Errorf("%d to %d", shortest, longest)
	}
	for range 100 {
		if n := paddingOf(1); n < 0 || n > 1 {
			t.Errorf("%d of at most 1", n)
		}
	}
}
