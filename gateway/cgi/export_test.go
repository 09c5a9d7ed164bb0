package cgi

import "log/slog"

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
