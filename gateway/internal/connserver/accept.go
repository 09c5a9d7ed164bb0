package connserver

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Accept gives each connection that l accepts to take, one after another. Where accepting fails and
// can work again, it says so in the log and tries again, after 5 ms at first and a second at most.
// It returns the error of l that is for good, or http.ErrServerClosed, once done is closed and so
// is l, which whoever closes done has to do.
func Accept(l net.Listener, done <-chan struct{}, log *slog.Logger, take func(net.Conn)) error {
	var pause time.Duration
	for {
		c, err := l.Accept()
		if err == nil {
			pause = 0
			take(c)
			continue
		}
		select {
		case <-done:
			return http.ErrServerClosed
		default:
		}
		if !temporary(err) {
			return err
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		log.Error("connserver: accept failed", "error", err, "retry", pause)
		select {
		case <-time.After(pause):
		case <-done:
		}
	}
}

// temporary reports whether accepting can work again: too many open files, a client that left
// while it waited. net calls only such errors temporary.
func temporary(err error) bool {
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && e.Temporary()
}
