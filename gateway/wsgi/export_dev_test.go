//go:build dev

package wsgi

var WholeLines = wholeLines
