package errpage

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"sync/atomic"
	"time"
)

// What the templates of sites may take. They may call functions of the site, and these
// may wait for the very thing whose failure is to be told.
const (
	maxPage  = 1 << 20 // bytes
	patience = 2 * time.Second
	maxAtOne = 64 // executions at one time, among them those that were given up and go on
)

var (
	errHuge = errors.New("it wrote more than 1 MiB")
	errSlow = errors.New("it took more than 2 s")
	errBusy = errors.New("64 of its kind are at work")
	errQuit = errors.New("it ended its goroutine")
)

// executing counts the executions of templates.
var executing atomic.Int32

// execute runs a site's template within these bounds.
func execute(t *template.Template, d Data) ([]byte, error) {
	if executing.Add(1) > maxAtOne {
		executing.Add(-1)
		return nil, errBusy
	}
	type outcome struct {
		page []byte
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		var page bounded
		err := errQuit
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("it panicked with a %T", v)
			}
			executing.Add(-1)
			done <- outcome{page.b.Bytes(), err}
		}()
		err = t.Execute(&page, d)
	}()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case o := <-done:
		return o.page, o.err
	case <-timeout.C:
		return nil, errSlow
	}
}

// bounded is a buffer that takes no more than maxPage.
type bounded struct{ b bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.b.Len()+len(p) > maxPage {
		return 0, errHuge
	}
	return b.b.Write(p)
}
