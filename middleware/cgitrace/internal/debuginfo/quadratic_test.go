//go:build dev

package debuginfo_test

import (
	"slices"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// Parts of a small file that refer to large ones, or to themselves, are not followed for ever.
func TestQuadratic(t *testing.T) {
	const many = 50_000
	call := slices.Concat([]byte{3}, reference(12), code())
	wide := slices.Concat([]byte("\x04\x10"), slices.Repeat(slices.Concat([]byte{5}, reference(below)), many))
	variable := func(of int) []byte { return handVariable("v", of) }
	array := slices.Concat([]byte{7}, reference(below), []byte("\x10\x00"))
	alias := func(of int) []byte { return slices.Concat([]byte{8}, reference(of)) }
	var aliases []byte
	for n := range many {
		aliases = append(aliases, alias(below+5*(n+1))...)
	}
	for name, body := range map[string][]byte{
		"calls inlined into one another that all are the unit": slices.Concat(function, slices.Repeat(call, many)),
		"a struct of itself":                 slices.Concat(wide, []byte{0}, function, variable(below)),
		"structs within structs":             slices.Concat(slices.Repeat([]byte("\x04\x10"), many), slices.Repeat([]byte{0}, many), function, variable(below)),
		"a member of each struct before":     slices.Concat(slices.Repeat(slices.Concat([]byte("\x04\x10\x05"), reference(below+7)), many), slices.Repeat([]byte{0}, many), function, variable(below)),
		"an array of itself":                 slices.Concat(array, function, variable(below)),
		"another name for itself":            slices.Concat(alias(below), function, variable(below)),
		"names for names for names":          slices.Concat(aliases, array, function, variable(below)),
		"variables without end":              slices.Concat(function, slices.Repeat(variable(below), many)),
		"a variable whose type is not there": slices.Concat(function, variable(1<<30)),
	} {
		begun := time.Now()
		info := handmade(t, body)
		f, err := info.Function(0x1234)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seen := make(map[*debuginfo.Type]bool)
		scopes := f.Scopes(0x1234)
		if len(scopes) > 512 {
			t.Errorf("%s: %d scopes", name, len(scopes))
		}
		for _, s := range scopes {
			for _, v := range s.Visible(0) {
				useType(t, v.Type, seen)
			}
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		} else if testing.Verbose() {
			t.Logf("%s: %v", name, took)
		}
	}
}
