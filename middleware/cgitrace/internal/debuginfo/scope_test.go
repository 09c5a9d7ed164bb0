//go:build dev

package debuginfo_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// everyWay is how the programs are built where a test holds for all of them.
var everyWay = map[string][]string{
	"for development": forDevelopment, "optimised": optimised,
	"inlining only": {"-tags=dev", "-gcflags=./...=-N"}, "no inlining only": {"-tags=dev", "-gcflags=./...=-l"},
}

// optimises reports whether such a build may lose variables.
func optimises(how string) bool { return how == "optimised" || how == "no inlining only" }

// What a statement can name at each place of the program: role, &name of what was moved to the heap,
// type, and a ' for each block.
func TestVariables(t *testing.T) {
	path := build(t, "program", forDevelopment...)
	info, places := open(t, path), run(t, path)
	for _, c := range []struct{ place, want string }{
		{"results", "arg text string, result n int, result err error"},
		{"unnamed", "arg n int"},
		{"shadow outside", "arg x int"},
		{"shadow inside", "x string'"},
		{"shadow deep", "x int''"},
		{"shadow after", "arg x int, late int"},
		{"siblings left", "arg n int, left int'"},
		{"closures inside", "arg k int, captured &total int, captured step int"},
		{"closures outside", "arg n int, step int, total int, add func(int)"},
		{"boxed", "arg &n int, &there int"},
		{"boxed result", "result &n int, result err error"},
		{"pointer receiver", "arg l *main.list, arg n int"},
		{"value receiver", "arg l main.list, arg n int"},
		{"loops", "arg n int, i int', k string'', v int''"},
		{"overFunction", "arg i int"},
		{"middle", "arg b int, m int"},
		{"sum", "arg all []main.celsius, arg by float64, total float64, pairs map[string][]main.celsius, each func(float64)"},
		{"sum closure", "arg v float64"},
		{"open", "arg b main.box[string,*uint8], arg n int"},
		{"close", "arg b *main.box[int,interface { Error() string }], held main.box[int,interface { Error() string }]"},
		{"composed", "anonymous []struct { Name string; In struct { Deep [2]*int } }"},
		{"constants", ""},
	} {
		at := places[c.place]
		scopes := scopesAt(t, info, at.pc)
		if len(scopes) != 1 {
			t.Errorf("%s: %d scopes", c.place, len(scopes))
		}
		var got []string
		for _, v := range scopes[0].Visible(at.line) {
			got = append(got, described(v))
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.place, got, c.want)
		}
	}
}

// Scopes are the functions that the runtime has for the instruction, however the program is built.
func TestScopesAgreeWithRuntime(t *testing.T) {
	inlined := 0
	for how, flags := range everyWay {
		path := build(t, "program", flags...)
		info := open(t, path)
		for name, at := range run(t, path) {
			scopes := scopesAt(t, info, at.pc)
			var got []string
			for _, s := range scopes {
				got = append(got, withoutArguments(s.Function))
			}
			want := slices.Clone(at.functions)
			for i := range want {
				want[i] = withoutArguments(want[i])
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q, want %q", how, name, got, want)
			}
			inlined += len(scopes) - 1
		}
	}
	if inlined < 5 {
		t.Errorf("%d inlined calls: the program shows none", inlined)
	}
}

// withoutArguments leaves the type arguments out of a function's name, which the runtime
// does not have.
func withoutArguments(name string) string {
	before, _, generic := strings.Cut(name, "[")
	if !generic {
		return name
	}
	return before + name[strings.LastIndex(name, "]")+1:]
}

// Optimised, a function has what the compiler kept, in as many scopes as it has functions.
func TestInlinedVariables(t *testing.T) {
	path := build(t, "program", optimised...)
	info, places := open(t, path), run(t, path)
	for _, c := range []struct{ place, want string }{
		{"overFunction", "arg i int | arg yield func(int) bool, i int | arg n int"},
		{"innermost", "arg c int, i int | arg b int, m int"},
		{"results", "arg text string, result n int, result err error"},
	} {
		var got []string
		for _, s := range scopesAt(t, info, places[c.place].pc) {
			var names []string
			for _, v := range s.Visible(0) {
				names = append(names, described(v))
			}
			got = append(got, strings.Join(names, ", "))
		}
		if got := strings.Join(got, " | "); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.place, got, c.want)
		}
	}
}

// The places of a function's variables are as far apart as the variables' addresses, which the
// program printed. Optimised, a variable may be nowhere, but not elsewhere.
func TestLocate(t *testing.T) {
	for how, flags := range everyWay {
		path := build(t, "program", flags...)
		info := open(t, path)
		located := 0
		for name, at := range run(t, path) {
			var cfa uint64
			visible := scopesAt(t, info, at.pc)[0].Visible(at.line)
			for variable, address := range at.addresses {
				n := slices.IndexFunc(visible, func(v debuginfo.Variable) bool { return v.Name == variable })
				if n < 0 {
					continue // a package variable
				}
				pieces, constant, err := visible[n].Locate(location.Machine{}, at.pc)
				if len(pieces) == 0 && err == nil && optimises(how) {
					continue
				}
				located++
				if err != nil || constant != nil || len(pieces) != 1 || pieces[0].Kind != location.Memory || pieces[0].Size != 0 {
					t.Errorf("%s, %s: %s is at %v, %v, %v", how, name, variable, pieces, constant, err)
					continue
				}
				frame := address - pieces[0].Value
				if cfa != 0 && frame != cfa {
					t.Errorf("%s, %s: %s counts from %#x, another variable from %#x", how, name, variable, frame, cfa)
				}
				cfa = frame
			}
		}
		if located == 0 {
			t.Errorf("%s: no variable is anywhere", how)
		}
	}
}

func TestGlobal(t *testing.T) {
	for how, flags := range everyWay {
		path := build(t, "program", flags...)
		info, touch := open(t, path), run(t, path)["touch"]
		for name, kind := range map[string]string{"counter": "int", "registry": "map[string]*main.list"} {
			v, ok := info.Global("main", name)
			if !ok || v.Role != debuginfo.Package || v.Type.Name != kind {
				t.Fatalf("%s: %s: %+v, %v", how, name, v, ok)
			}
			pieces, _, err := v.Locate(location.Machine{}, 0)
			if err != nil || len(pieces) != 1 || pieces[0].Value != touch.addresses[name] {
				t.Errorf("%s: %s is at %v, %v, want %#x", how, name, pieces, err, touch.addresses[name])
			}
		}
		for _, pkg := range []string{dotted, strings.Replace(dotted, "dot.ted", "dot%2eted", 1)} {
			v, ok := info.Global(pkg, "Pages")
			if pieces, _, _ := v.Locate(location.Machine{}, 0); !ok || v.Name != "Pages" || len(pieces) != 1 || pieces[0].Value != touch.addresses["Pages"] {
				t.Errorf("%s: %s.Pages is %v at %v", how, pkg, ok, pieces)
			}
		}
		v, ok := info.Global("main", "limit")
		if _, value, err := v.Locate(location.Machine{}, 0); !ok || err != nil || len(value) == 0 || value[0] != 42 {
			t.Errorf("%s: limit: %v, %v, %v", how, value, err, ok)
		}
		if v, ok := info.Global("runtime", "allm"); !ok || v.Type.Name != "*runtime.m" {
			t.Errorf("%s: runtime.allm: %+v, %v", how, v, ok)
		}
		for _, no := range [][2]string{{"main", "nothing"}, {"nothing", "counter"}, {"", ""}, {"main", ""}} {
			if v, ok := info.Global(no[0], no[1]); ok {
				t.Errorf("%s: %q is %+v", how, no, v)
			}
		}
	}
}

func TestVisible(t *testing.T) {
	declared := func(name string, line, depth int) debuginfo.Variable {
		return debuginfo.Variable{Name: name, Line: line, Depth: depth}
	}
	argument := debuginfo.Variable{Name: "x", Line: 1, Role: debuginfo.Argument}
	later := debuginfo.Variable{Name: "c", Line: 90, Role: debuginfo.Captured}
	s := debuginfo.Scope{Variables: []debuginfo.Variable{argument, later, declared("x", 3, 1), declared("y", 4, 1), declared("x", 5, 2), declared("y", 6, 1)}}
	for _, c := range []struct {
		line int
		want string
	}{
		{2, "x1 c90"}, {3, "c90 x3"}, {4, "c90 x3 y4"}, {5, "c90 y4 x5"}, {6, "c90 x5 y6"}, {0, "c90 x5 y6"},
	} {
		var got []string
		for _, v := range s.Visible(c.line) {
			got = append(got, v.Name+strconv.Itoa(v.Line))
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("line %d: %s, want %s", c.line, got, c.want)
		}
	}
}

func scopesAt(t testing.TB, info *debuginfo.Info, pc uint64) []debuginfo.Scope {
	t.Helper()
	f, err := info.Function(pc)
	if err != nil {
		t.Fatal(err)
	}
	if pc < f.Entry || pc >= f.End {
		t.Fatalf("%#x is not in %+v", pc, f)
	}
	return f.Scopes(pc)
}

// The flags of the compiler tell what of the debug information can be relied on.
func TestOptimised(t *testing.T) {
	for how, flags := range everyWay {
		path := build(t, "program", flags...)
		info, places := open(t, path), run(t, path)
		decomposed := 0
		for _, at := range places {
			for _, v := range scopesAt(t, info, at.pc)[0].Variables {
				if v.Optimised() != optimises(how) {
					t.Fatalf("%s: %s is optimised: %v", how, v.Name, v.Optimised())
				}
				if v.Decomposed() {
					decomposed++
				}
			}
		}
		if (decomposed > 0) != optimises(how) {
			t.Errorf("%s: %d variables are taken apart", how, decomposed)
		}
		if v, ok := info.Global("runtime", "allm"); !ok || !v.Optimised() || v.Decomposed() {
			t.Errorf("%s: runtime.allm is %v", how, v.Optimised())
		}
	}
	if (debuginfo.Variable{}).Optimised() {
		t.Error("no variable is optimised")
	}
}
