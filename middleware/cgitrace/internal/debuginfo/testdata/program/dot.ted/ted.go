// Package ted has an import path that the linker writes otherwise.
package ted

// Page is a type.
type Page struct{ N int }

// Pages is a variable.
var Pages int
