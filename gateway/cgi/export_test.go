package cgi

import (
	"io"
	"os"
)

// PipeOfEnded reads r as what a program writes to that has ended.
func PipeOfEnded(r *os.File) io.Reader {
	exited := make(chan struct{})
	close(exited)
	return &pipe{file: r, exited: exited}
}
