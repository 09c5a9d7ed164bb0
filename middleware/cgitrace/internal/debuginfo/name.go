//go:build dev

package debuginfo

import (
	"net/url"
	"strings"
)

// typeName makes a name in the source of the linker's. Of a type that stands for all types of the same
// shape the shape is left: []go.shape.int is []int.
func typeName(linker string) string {
	return strings.ReplaceAll(linker, "go.shape.", "")
}

// unescape undoes what the linker does to the last element of an import path: yaml%2ev3 is
// yaml.v3.
func unescape(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}
