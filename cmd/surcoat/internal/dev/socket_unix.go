//go:build unix

package dev

import "os"

// socket returns the listening socket to pass to the program. Its caller closes it.
func (d *developer) socket() (*os.File, error) { return d.listener.File() }
