//go:build dev

package debuginfo_test

import (
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

func TestNames(t *testing.T) {
	for linker, want := range map[string]string{
		"main.T":                           "main.T",
		"map[go.shape.int]go.shape.string": "map[int]string",
		"gopkg.in/yaml%2ev3.Node":          "gopkg.in/yaml.v3.Node",
		"main.T·1":                         "main.T",
		"main.P[main.T·12,[]main.U·3]":     "main.P[main.T,[]main.U]",
		"·":                                "",
		"":                                 "",
	} {
		if got := debuginfo.TypeName(linker); got != want {
			t.Errorf("type %q is %q, want %q", linker, got, want)
		}
	}
	for path, want := range map[string]string{
		"main": "main", "a/b": "a/b", "gopkg.in/yaml%2ev3": "gopkg.in/yaml.v3", "a%2eb%2ec": "a.b.c", "a%25b": "a%b", "%2e": ".",
		"": "", "%": "%", "%2": "%2", "a%zz": "a%zz", "a%2eb%": "a%2eb%",
	} {
		if got := debuginfo.Unescape(path); got != want {
			t.Errorf("path %q is %q, want %q", path, got, want)
		}
	}
}
