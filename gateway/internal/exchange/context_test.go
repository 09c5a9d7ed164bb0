package exchange_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// watcher counts, and lets the client go.
type watcher struct {
	watched, ended atomic.Int32
	gone           atomic.Pointer[func()]
}

func (w *watcher) Watch(gone func()) {
	w.watched.Add(1)
	w.gone.Store(&gone)
}

func (w *watcher) Unwatch() { w.ended.Add(1) }

func (w *watcher) leave() { (*w.gone.Load())() }

// closeNotifier is http.CloseNotifier, which is deprecated and which frameworks assert.
type closeNotifier interface{ CloseNotify() <-chan bool }

// in runs h with a context that asks w.
func in(w *watcher, r *http.Request, body io.Reader, h http.HandlerFunc) {
	ctx := exchange.NewContext(context.Background(), w)
	exchange.Serve(h, r.WithContext(ctx), new(recorder), quiet(exchange.Options{Context: ctx, Body: body}))
}

func TestWatched(t *testing.T) {
	read := func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	for _, row := range []struct {
		name string
		h    http.HandlerFunc
		r    *http.Request
		want int32
	}{
		{"nobody asks", read, post(5), 0},
		{"asked, no body", func(_ http.ResponseWriter, r *http.Request) { r.Context().Done() }, get(context.Background()), 1},
		{"asked for the error", func(_ http.ResponseWriter, r *http.Request) { _ = r.Context().Err() }, get(context.Background()), 1},
		{"asked twice", func(_ http.ResponseWriter, r *http.Request) { r.Context().Done(); r.Context().Done() }, get(context.Background()), 1},
		{"a context within", func(_ http.ResponseWriter, r *http.Request) {
			_, cancel := context.WithTimeout(r.Context(), time.Hour)
			cancel()
		}, get(context.Background()), 1},
		{"asked, body not read", func(_ http.ResponseWriter, r *http.Request) { r.Context().Done() }, post(5), 0},
		{"asked, then read", func(w http.ResponseWriter, r *http.Request) { r.Context().Done(); read(w, r) }, post(5), 1},
		{"read, then asked", func(w http.ResponseWriter, r *http.Request) { read(w, r); r.Context().Done() }, post(5), 1},
		{"read for the handler", func(w http.ResponseWriter, r *http.Request) { r.Context().Done(); w.(http.Flusher).Flush() }, post(5), 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := new(watcher)
			in(w, row.r, strings.NewReader("hello"), row.h)
			if w.watched.Load() != row.want || w.ended.Load() != row.want {
				t.Errorf("watched %d, ended %d", w.watched.Load(), w.ended.Load())
			}
		})
	}
}

func TestClientGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := new(watcher)
		in(w, get(context.Background()), nil, func(rw http.ResponseWriter, r *http.Request) {
			notify := rw.(closeNotifier).CloseNotify()
			child, cancel := context.WithCancel(r.Context())
			defer cancel()
			time.AfterFunc(time.Second, w.leave)
			<-child.Done()
			<-r.Context().Done()
			if !<-notify || !errors.Is(r.Context().Err(), context.Canceled) {
				t.Error(r.Context().Err())
			}
		})
	})
}

// The context ends when the handler has returned, and CloseNotify does not take that for the
// client's going.
func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ctx, unasked context.Context
		var notify <-chan bool
		in(new(watcher), get(context.Background()), nil, func(rw http.ResponseWriter, r *http.Request) {
			ctx = r.Context()
			ctx.Done()
			notify = rw.(closeNotifier).CloseNotify()
		})
		in(new(watcher), get(context.Background()), nil, func(_ http.ResponseWriter, r *http.Request) { unasked = r.Context() })
		<-ctx.Done()
		<-unasked.Done()
		if ctx.Err() == nil || unasked.Err() == nil {
			t.Error("no error")
		}
		synctest.Wait()
		select {
		case <-notify:
			t.Error("notified")
		default:
		}
	})
}

func TestContextAround(t *testing.T) {
	type key struct{}
	parent, cancel := context.WithTimeout(context.WithValue(context.Background(), key{}, 1), time.Hour)
	ctx := exchange.NewContext(parent, nil)
	if _, ok := ctx.Deadline(); !ok || ctx.Value(key{}) != 1 {
		t.Error("nothing of the context around")
	}
	before := runtime.NumGoroutine()
	child, stop := context.WithCancel(ctx)
	defer stop()
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("a context within costs %d goroutines", now-before)
	}
	if ctx.Err() != nil || ctx.Value(key{}) != 1 {
		t.Error(ctx.Err())
	}
	cancel()
	<-ctx.Done()
	<-child.Done()
	ctx.Cancel()
	ctx.Cancel()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(ctx.Err())
	}
}

func TestCancelBeforeAsked(t *testing.T) {
	w := new(watcher)
	ctx := exchange.NewContext(context.Background(), w)
	ctx.Cancel()
	<-ctx.Done()
	if w.watched.Load() != 0 {
		t.Error("a client that is gone is watched")
	}
}
