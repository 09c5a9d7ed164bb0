//go:build dev && !(linux && (amd64 || arm64))

package memorytest

import "errors"

// Refuse fails: there is no call that could be refused.
func Refuse() error { return errors.New("memorytest: memory is not read by the kernel here") }
