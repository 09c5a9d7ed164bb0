package fieldlist_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/fieldlist"
)

func TestHas(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"no-store"}, true},
		{[]string{"No-Store"}, true},
		{[]string{"private, \tno-store ,max-age=0"}, true},
		{[]string{"private", "no-cache, no-store"}, true},
		{[]string{`no-store="x"`}, true},
		{[]string{"no-storeroom, xno-store, no-store2"}, false},
		{[]string{"no store", ",,", "="}, false},
	} {
		if got := fieldlist.Has(c.lines, "no-store"); got != c.want {
			t.Errorf("%q: %v, want %v", c.lines, got, c.want)
		}
	}
	lines := []string{"private, max-age=0", "no-cache, no-store"}
	if n := testing.AllocsPerRun(10, func() { fieldlist.Has(lines, "no-store") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzHas compares the scan with one that takes the list apart.
func FuzzHas(f *testing.F) {
	f.Add("private, no-store", "a=b")
	f.Add(",=,", " NO-STORE\t=")
	f.Fuzz(func(t *testing.T, one, two string) {
		want := slices.ContainsFunc(strings.Split(one+","+two, ","), func(m string) bool {
			return strings.EqualFold(strings.Trim(strings.SplitN(m, "=", 2)[0], " \t"), "no-store")
		})
		if got := fieldlist.Has([]string{one, two}, "no-store"); got != want {
			t.Errorf("%q, %q: %v, want %v", one, two, got, want)
		}
	})
}
