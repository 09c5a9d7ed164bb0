package gzip_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// crowd asks for one body many times at once, until all have been answered or wait.
type crowd struct {
	t       *testing.T
	h       http.Handler
	cancel  context.CancelFunc // of all but the first
	right   atomic.Int64       // answers with the right body
	panics  atomic.Int64
	waiting sync.WaitGroup
}

const crowdSize = 64

func gather(t *testing.T, h http.Handler, target string) *crowd {
	c := &crowd{t: t, h: h}
	ctx := context.Background()
	c.ask(asking(target))
	synctest.Wait() // so that it is known who is first
	ctx, c.cancel = context.WithCancel(ctx)
	for range crowdSize - 1 {
		c.ask(asking(target).WithContext(ctx))
	}
	synctest.Wait()
	return c
}

func (c *crowd) ask(r *http.Request) {
	c.waiting.Go(func() {
		defer func() {
			if v := recover(); v != nil {
				c.panics.Add(1)
			}
		}()
		if got, err := answered(c.h, r); err != nil || got != prose {
			c.t.Errorf("%d bytes, %v", len(got), err)
			return
		}
		c.right.Add(1)
	})
}

// gate is an Encoding whose first call of one name waits until the gate is opened, with its error.
func gate(call string) (w *watched, open func(error)) {
	var waits atomic.Bool
	through := make(chan error)
	w = &watched{Encoding: gzip.Gzip{}, fail: func(c string) error {
		if c == call && waits.CompareAndSwap(false, true) {
			return <-through
		}
		return nil
	}}
	return w, func(err error) { through <- err }
}

// between returns a handler whose Compressor has one Encoding, and its Cache another.
func between(own, better gzip.Encoding) http.Handler {
	return (&gzip.Compressor{
		Encodings: []gzip.Encoding{own},
		Cache:     &gzip.Cache{Encodings: []gzip.Encoding{better}},
	}).Wrap(public())
}

func asksAgain(t *testing.T, h http.Handler, target string) {
	t.Helper()
	if got, err := ask(h, target); err != nil || got != prose {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// Must show: concurrent first requests compress once.
func TestCache_concurrentFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, open := gate("Close")
		better := &watched{Encoding: gzip.Gzip{}}
		h := between(own, better)
		c := gather(t, h, "/")
		if n := c.right.Load(); n != 0 {
			t.Errorf("%d answered before the body was encoded", n)
		}
		open(nil)
		c.waiting.Wait()
		if n := c.right.Load(); n != crowdSize || own.ended() != 1 || better.ended() != 0 {
			t.Errorf("%d right answers, %d bodies encoded, %d better", n, own.ended(), better.ended())
		}
		for range 3 {
			asksAgain(t, h, "/")
		}
		if own.ended() != 1 || better.ended() != 1 {
			t.Errorf("%d bodies encoded, %d better", own.ended(), better.ended())
		}
	})
}

// The same over a network, where nobody knows who is first.
func TestCache_concurrentServed(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		own, better := &watched{Encoding: gzip.Gzip{}}, &watched{Encoding: gzip.Gzip{}}
		s := serveHandler(t, proto, between(own, better))
		var all sync.WaitGroup
		for range crowdSize {
			all.Go(func() { s.get(takesGzip).is("gzip", prose) })
		}
		all.Wait()
		if own.ended() != 1 || better.ended() > 1 {
			t.Errorf("%d bodies encoded, %d better", own.ended(), better.ended())
		}
	})
}

// Those who wait for another's encoder leave when nobody waits for them any more. What they send is
// whole nevertheless: a context may end for other reasons than a client who has gone.
func TestCache_followersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, open := gate("Close")
		h := between(own, gzip.Gzip{})
		c := gather(t, h, "/")
		c.cancel()
		synctest.Wait()
		if n := c.right.Load(); n != crowdSize-1 {
			t.Errorf("%d have left", n)
		}
		open(nil)
		c.waiting.Wait()
		before := own.ended()
		asksAgain(t, h, "/")
		if n := c.right.Load(); n != crowdSize || own.ended() != before {
			t.Errorf("%d right answers", n)
		}
	})
}

// If the first one's encoder fails, he is answered by another try, and the others each encode for
// themselves. The next one's is kept.
func TestCache_encoderFails(t *testing.T) {
	for _, call := range []string{"Write", "Close"} {
		t.Run(call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				own, open := gate(call)
				h := between(own, gzip.Gzip{})
				c := gather(t, h, "/")
				open(errors.New("seeded"))
				c.waiting.Wait()
				own.settled(t)
				if n := c.right.Load(); n != crowdSize {
					t.Errorf("%d right answers", n)
				}
				before := own.ended()
				for range 3 {
					asksAgain(t, h, "/")
				}
				if n := own.ended() - before; n != 1 {
					t.Errorf("%d bodies encoded afterwards", n)
				}
			})
		})
	}
}

// If it panics, it takes its request with it, and no other.
func TestCache_encoderPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits atomic.Bool
		through := make(chan struct{})
		own := &watched{Encoding: gzip.Gzip{}, fail: func(call string) error {
			if call == "Close" && waits.CompareAndSwap(false, true) {
				<-through
				panic("seeded")
			}
			return nil
		}}
		h := between(own, gzip.Gzip{})
		c := gather(t, h, "/")
		through <- struct{}{}
		c.waiting.Wait()
		if n := c.right.Load(); n != crowdSize-1 || c.panics.Load() != 1 {
			t.Errorf("%d right answers, %d panics", n, c.panics.Load())
		}
		before := own.ended()
		for range 3 {
			asksAgain(t, h, "/")
		}
		if n := own.ended() - before; n != 1 {
			t.Errorf("%d bodies encoded afterwards", n)
		}
	})
}

// The better encoder is dispensable. One that fails is not asked for the same body again.
func TestCache_betterFails(t *testing.T) {
	for _, call := range []string{"Write", "Close", "panic", "larger"} {
		t.Run(call, func(t *testing.T) {
			own, tries, armed := &watched{Encoding: gzip.Gzip{}}, 0, true
			better := &watched{Encoding: gzip.Gzip{}, fail: func(c string) error {
				if c == "Write" {
					tries++
				}
				switch {
				case !armed:
				case c == call:
					return errors.New("seeded")
				case call == "panic" && c == "Write":
					panic("seeded")
				}
				return nil
			}}
			h := between(own, better)
			asksAgain(t, h, "/")
			func() {
				defer func() {
					if v := recover(); v != nil && call != "panic" {
						t.Errorf("panic: %v", v)
					}
				}()
				asksAgain(t, h, "/")
			}()
			armed = false
			for range 3 {
				asksAgain(t, h, "/")
			}
			if own.ended() != 1 || tries != 1 {
				t.Errorf("%d bodies encoded, and %d tries", own.ended(), tries)
			}
			for range 3 {
				asksAgain(t, h, "/another")
			}
			if own.ended() != 2 || tries != 2 {
				t.Errorf("another: %d bodies encoded, and %d tries", own.ended(), tries)
			}
		})
	}
}

// While one body is encoded better, everybody else gets that and others as they are.
func TestCache_busy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := &watched{Encoding: gzip.Gzip{}}
		better, open := gate("Close")
		h := between(own, better)
		asksAgain(t, h, "/first")
		c := gather(t, h, "/first")
		if n := c.right.Load(); n != crowdSize-1 {
			t.Errorf("%d of %d do not wait", n, crowdSize-1)
		}
		for range 3 {
			asksAgain(t, h, "/second")
		}
		if n := better.ended(); n != 1 {
			t.Errorf("%d bodies are encoded better at the same time", n)
		}
		open(nil)
		c.waiting.Wait()
		for range 3 {
			asksAgain(t, h, "/first")
			asksAgain(t, h, "/second")
		}
		if own.ended() != 2 || better.ended() != 2 {
			t.Errorf("%d bodies encoded, %d better", own.ended(), better.ended())
		}
	})
}

// When no encoder works, everybody learns of it as without a Cache, and nothing is kept.
func TestCache_allEncodersFail(t *testing.T) {
	said, armed := listen(t), true
	own := &watched{Encoding: gzip.Gzip{}, fail: func(call string) error {
		if armed && call == "Close" {
			return errors.New("seeded")
		}
		return nil
	}}
	h := between(own, gzip.Gzip{})
	for range 3 {
		rec := httptest.NewRecorder()
		func() {
			defer func() { _ = recover() }() // of ErrAbortHandler, if something had left
			h.ServeHTTP(rec, asking("/"))
		}()
		if body, err := decode(rec.Header().Get("Content-Encoding"), rec.Body.Bytes()); rec.Code == http.StatusOK && err == nil {
			t.Errorf("a whole answer of %d bytes", len(body))
		}
	}
	if !strings.Contains(said.String(), "seeded") {
		t.Errorf("the log says %q", said)
	}
	armed = false
	asksAgain(t, h, "/")
	asksAgain(t, h, "/")
	if n := own.ended(); n != 3*2+1 { // in vain: for the Cache and then as usual
		t.Errorf("%d bodies encoded", n)
	}
}
