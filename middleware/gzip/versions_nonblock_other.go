//go:build !unix

package gzip

// openNonblock is not needed: there are no FIFOs in directories.
const openNonblock = 0
