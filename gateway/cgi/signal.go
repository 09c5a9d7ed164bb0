package cgi

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// onSignal calls cancel when the web server tells the program to end, and ends it when Grace is
// over. It also keeps an answer that nobody takes any more from ending the program at once
// (SIGPIPE): the handler gets an error, and can clean up.
func (s *Server) onSignal(cancel func()) (stop func()) {
	grace := s.Grace
	if grace == 0 {
		grace = 2 * time.Second
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGPIPE)
	stopped := make(chan struct{})
	go func() {
		var over <-chan time.Time
		for {
			select {
			case sig := <-signals:
				cancel()
				if sig == syscall.SIGTERM && grace > 0 && over == nil {
					over = time.After(grace)
				}
			case <-over:
				end()
			case <-stopped:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(stopped)
	}
}

// end ends the program as the signal would have.
func end() {
	signal.Reset(syscall.SIGTERM)
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(syscall.SIGTERM) == nil {
		time.Sleep(time.Second)
	}
	os.Exit(1)
}
