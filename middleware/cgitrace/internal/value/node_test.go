package value_test

import (
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

func TestNodeLine(t *testing.T) {
	kids := []value.Node{{Name: "X", Type: "int", Text: "1"}, value.Absent("Y", "int", "optimized out")}
	tests := []struct {
		in   value.Node
		want string
	}{
		{value.Absent("x", "int", "not yet assigned"), "‹not yet assigned›"},
		{value.Node{Type: "main.P", Text: "{…}", Kids: kids, More: 2}, "main.P{X: 1, Y: ‹optimized out›, and 2 more}"},
		{value.Node{Type: "http.Request", Text: "GET /", Kids: kids, Folded: true}, "http.Request(GET /)"},
		{value.Node{Type: "map[int]int", Text: "map of 1", Kids: []value.Node{{Name: "7", Type: "int", Text: "8"}}}, "map[int]int{7: 8}"},
		{value.Node{Type: "main.Err", Text: `"said"`, Kids: kids}, `main.Err("said")`},
		{value.Node{Type: "error", Text: "nil", Note: "of no interest"}, "error(nil)"},
	}
	for _, tt := range tests {
		if got := tt.in.String(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if n := tests[1].in.Size(); n != 3 {
		t.Errorf("a struct of two fields has %d nodes", n)
	}
}
