package cgi

import (
	"io"
	"log/slog"
	"os"
)

// Complain logs what a program writes to its standard error in these pieces, and returns what of it
// is kept for a page.
func Complain(log *slog.Logger, pieces ...[]byte) (excerpt string) {
	c := &complaints{log: log, done: make(chan struct{})}
	for _, p := range pieces {
		c.add(p)
	}
	c.over()
	close(c.done)
	return c.text()
}

// PipeOfEnded reads r as what a program writes to that has ended.
func PipeOfEnded(r *os.File) io.Reader {
	exited := make(chan struct{})
	close(exited)
	return &pipe{file: r, exited: exited}
}
