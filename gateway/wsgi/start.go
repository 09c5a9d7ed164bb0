package wsgi

import (
	"context"
	"errors"
)

var errClosed = errors.New("wsgi: the application was closed")

// supervisor returns the running supervisor, which it starts at the first call.
func (a *App) supervisor() (*supervisor, error) {
	a.begin.Do(func() {
		if a.setup = a.Check(); a.setup != nil {
			return
		}
		s := &supervisor{
			settings: a.settle(),
			events:   make(chan func(), 64),
			over:     make(chan struct{}),
			live:     make(map[*generation]bool),
			watched:  make(watched),
		}
		s.queue.most = s.maxWaiting
		s.restarts.most = 4 + 2*s.processes
		a.super = s
		go s.loop()
		s.post(s.balance)
		if s.maxMemory > 0 {
			s.post(s.weigh)
		}
		if s.reload {
			s.post(s.look)
		}
	})
	if a.super == nil && a.setup == nil {
		return nil, errClosed
	}
	return a.super, a.setup
}

// Start starts the workers and returns when the first can take requests, or why it cannot: an
// [*Exception] where importing the application failed. After an error workers are tried again all
// the same, until [App.Close]. ctx ends the waiting only. Without Start the first request starts
// them.
func (a *App) Start(ctx context.Context) error {
	s, err := a.supervisor()
	if err != nil {
		return err
	}
	o := s.queue.take(ctx, nil)
	if o.line != nil {
		s.giveBack(o.line)
		return nil
	}
	var b *brokenError
	if errors.As(o.err, &b) {
		return b.cause
	}
	return o.err
}

// Restart replaces all workers: new ones import the application, and when all of them can take
// requests the old ones finish what they do and end. If the new ones fail, it says why and the old
// ones stay. Several calls at once are one. ctx ends the waiting only.
func (a *App) Restart(ctx context.Context) error {
	s, err := a.supervisor()
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	s.post(func() { s.restart(done) })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-s.over:
		return errClosed
	}
}

// Shutdown ends the workers when they have answered the requests that they have, or when ctx is
// done. Requests that wait, and further ones, are answered 503.
func (a *App) Shutdown(ctx context.Context) error {
	s := a.end()
	if s == nil {
		return nil
	}
	s.post(s.shut)
	select {
	case <-s.over:
		return nil
	case <-ctx.Done():
	}
	s.post(s.kill)
	<-s.over
	return ctx.Err()
}

// Close ends the workers at once, whatever they do. It returns when they have ended.
func (a *App) Close() error {
	if s := a.end(); s != nil {
		s.post(s.kill)
		<-s.over
	}
	return nil
}

// end returns the supervisor, nil where there is none, and then there will be none.
func (a *App) end() *supervisor {
	a.begin.Do(func() {})
	return a.super
}
