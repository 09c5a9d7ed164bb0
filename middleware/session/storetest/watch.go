package storetest

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// watch counts the calls of a store, and makes them fail while it is down.
type watch struct {
	calls atomic.Int64
	down  atomic.Bool
}

var errDown = errors.New("storetest: the store is down")

func (w *watch) call() error {
	w.calls.Add(1)
	if w.down.Load() {
		return errDown
	}
	return nil
}

type watchedBackend struct {
	session.Backend
	watch *watch
}

func (b *watchedBackend) Load(ctx context.Context, id session.ID) (session.Record, error) {
	if err := b.watch.call(); err != nil {
		return session.Record{}, err
	}
	return b.Backend.Load(ctx, id)
}

func (b *watchedBackend) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	if err := b.watch.call(); err != nil {
		return 0, err
	}
	return b.Backend.Save(ctx, id, r)
}

func (b *watchedBackend) Touch(ctx context.Context, id session.ID, expires time.Time) error {
	if err := b.watch.call(); err != nil {
		return err
	}
	return b.Backend.Touch(ctx, id, expires)
}

func (b *watchedBackend) Delete(ctx context.Context, id session.ID) error {
	if err := b.watch.call(); err != nil {
		return err
	}
	return b.Backend.Delete(ctx, id)
}

type watchedStore struct {
	sessions.Store
	watch *watch
}

func (s *watchedStore) New(r *http.Request, name string) (*sessions.Session, error) {
	if err := s.watch.call(); err != nil {
		return sessions.NewSession(s.Store, name), err
	}
	return s.Store.New(r, name)
}

func (s *watchedStore) Save(r *http.Request, w http.ResponseWriter, gs *sessions.Session) error {
	if err := s.watch.call(); err != nil {
		return err
	}
	return s.Store.Save(r, w, gs)
}
