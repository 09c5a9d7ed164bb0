//go:build !unix

package dev

import "os"

// socket returns none: it cannot be passed here.
func (d *developer) socket() (*os.File, error) { return nil, nil }
