//go:build dev

package inspect

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"

// Lookup is what a map with string or integer keys has under key, a string, int64 or
// uint64. A key that is not there has no value; [Value.Has] tells that from a map that
// cannot be read.
func (v Value) Lookup(key any) (Value, bool) {
	return Value{}, false
}

// Has reports whether key, as of [Value.Lookup], is in a map.
func (v Value) Has(key any) (has, ok bool) {
	return false, false
}

var _ debuginfo.Type
