//go:build dev

package debuginfo

import (
	"strconv"
	"strings"
)

// typeName makes of the linker's name for a type the one in the source. Of a type that stands for
// all types of the same shape the shape is left: []go.shape.int is []int. The dots in the last
// element of an import path are dots again. A type declared within a function loses the number
// that tells it from its namesakes.
func typeName(linker string) string {
	name := spelling.Replace(linker)
	for {
		before, after, numbered := strings.Cut(name, "·")
		if !numbered {
			return name
		}
		name = before + strings.TrimLeft(after, "0123456789")
	}
}

var spelling = strings.NewReplacer("go.shape.", "", "%2e", ".")

// unescape undoes what the linker does to the last element of an import path: yaml%2ev3 is
// yaml.v3.
func unescape(path string) string {
	before, rest, escaped := strings.Cut(path, "%")
	for escaped {
		if len(rest) < 2 {
			return path
		}
		b, err := strconv.ParseUint(rest[:2], 16, 8)
		if err != nil {
			return path
		}
		before += string([]byte{byte(b)})
		var plain string
		plain, rest, escaped = strings.Cut(rest[2:], "%")
		before += plain
	}
	return before
}

// withoutArguments leaves out of a function's name all from the first bracket to the last, as the
// runtime does for generic functions and what is within them.
func withoutArguments(function string) string {
	first, last := strings.IndexByte(function, '['), strings.LastIndexByte(function, ']')
	if first < 0 || last < first {
		return function
	}
	return function[:first] + function[last+1:]
}
