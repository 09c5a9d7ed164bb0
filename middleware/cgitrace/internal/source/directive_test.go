//go:build dev

package source_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
)

func TestDirectives(t *testing.T) {
	for _, tt := range []struct {
		text, name string
		want       []string
	}{
		{"module example.com/shop\n", "module", []string{"example.com/shop"}},
		{"// module x\n module   \"example.com/shop\" // y\r\n", "module", []string{"example.com/shop"}},
		{"module (\n\texample.com/shop\n)\n", "module", []string{"example.com/shop"}},
		{"go 1.26\nuse ./a\nuse (\n\t./b\n\t// ./c\n\t`./d e`\n)\nreplace x => ./y\nuse ./f", "use", []string{"./a", "./b", "./d e", "./f"}},
		{"replace (\n\tuse => ./x\n)", "use", nil},
		{"use \"./x", "use", nil},
		{"modules x\nmodule", "module", nil},
	} {
		if got := source.Directives(tt.text, tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("%q has %s %q, not %q", tt.text, tt.name, got, tt.want)
		}
	}
}

func FuzzDirectives(f *testing.F) {
	f.Add("module x\nuse (\n./a\n\"b c\"\n)\n")
	f.Add("use `\nuse \"")
	f.Fuzz(func(t *testing.T, text string) {
		if n, lines := len(source.Directives(text, "use")), strings.Count(text, "\n")+1; n > lines {
			t.Errorf("%q has %d arguments in %d lines", text, n, lines)
		}
	})
}
