//go:build dev

package explain_test

import (
	"os"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/explain"
)

// anything has a value for every name.
type anything struct{ vars }

func (anything) Local(name string, _ int, hidden bool) (explain.Value, bool) {
	var none *User
	var noKeys map[string]int
	var noCall func(int) *User
	var nothing any
	some := []any{none, noKeys, noCall, 0, -1, "text", []int{1}, [2]int{}, &[2]int{}, User{}, &User{Profile: &Profile{}}, map[string]any{"a": 1}, make(chan int), true, 2.5}
	n := len(name)
	for _, c := range name {
		n += int(c)
	}
	if n %= len(some) + 2; n >= len(some) {
		return vars{"x": iface{&nothing}}.value("x")
	}
	return vars{"x": some[n]}.value("x")
}

func (s anything) Global(_, name string) (explain.Value, bool) { return s.Local(name, 0, false) }

// Source of any kind is read without a panic, at any line.
func FuzzLine(f *testing.F) {
	for _, seed := range []struct {
		body, failure string
		vars          vars
	}{
		{"_ = u.Profile.Address + v", nilPointer, nil},
		{"return users[idx + total:][3]", index(4, 2), nil},
		{"switch k := v.(type) {\ndefault:\npanic(k) //!\n}", "x", nil},
		{"select {\ncase a <- b[c].(int) / d:\n}", "send on closed channel", nil},
		{"func() { defer func() { for i := range f(g) { h.i() } }() }()", nilPointer, nil},
		{"a, b[c] = 1 << d, make([]int, e)", "runtime error: makeslice: len out of range", nil},
	} {
		src, line := text(seed.body, seed.vars)
		f.Add(src, line, "main.f", seed.failure)
	}
	self, err := os.ReadFile("testdata/failures/rest.go")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(self), 135, "main.init.func61", "no")
	f.Add("package p; func f() { x[", 1, "p.f", nilPointer)
	f.Add("package p; const a = b; const b = a; var _ = func() { _ = a / a }", 1, "p.init.func1", "runtime error: integer divide by zero")
	f.Add("package p; type a b; type b a; func f() { _ = 1 / a(0) }", 1, "p.f", "runtime error: integer divide by zero")
	f.Fuzz(func(_ *testing.T, text string, line int, function, failure string) {
		explain.Of("", []byte(text), line, function, failure, anything{})
		explain.NamesOf([]byte(text), line)
	})
}
