package cgi

import (
	"io"

	"github.com/surcoat/surcoat/gateway/internal/complaint"
)

// listen has log take what comes from p, a program's standard error, until its end. silent is
// closed when all of it is logged.
func listen(p *pipe, log *complaint.Log) (silent <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer log.Close()
		defer p.close()
		_, _ = io.CopyBuffer(log, p, make([]byte, 4<<10))
	}()
	return done
}
