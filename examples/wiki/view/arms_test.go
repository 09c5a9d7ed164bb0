package view

import (
	"fmt"
	"strings"
	"testing"
)

// The rule of tincture: colour on metal, metal on colour, and so readable.
func TestTinctures(t *testing.T) {
	metal := map[string]bool{"or": true, "argent": true}
	seen := map[string]bool{}
	for i := range 2000 {
		b := blazonOf(fmt.Sprint("Page ", i))
		field, on, charge := b.tinctures()
		if metal[field] == metal[on] || metal[charge] == metal[on] {
			t.Fatalf("%s breaks the rule", b)
		}
		seen[b.String()] = true
	}
	if len(seen) < 500 {
		t.Errorf("2000 names have only %d arms", len(seen))
	}
}

func TestArmsAreStable(t *testing.T) {
	if Arms("Anna") != Arms("anna") || Arms("Anna") == Arms("Ben") {
		t.Error("arms do not go with the name")
	}
	if got := blazonOf("Welcome").String(); got != "Or, a saltire vert" {
		t.Errorf("Welcome bears %q: every page would change its arms", got)
	}
	if strings.Contains(string(NamedArms("<script>")), "script") {
		t.Error("the name is in the drawing")
	}
}
