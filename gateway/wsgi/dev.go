//go:build dev

package wsgi

const dev = true
