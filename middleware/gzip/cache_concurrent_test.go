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

// gate lets the calls of one name through when it is opened.
func gate(call string) (w *watched, open func(error)) {
	through := make(chan error)
	w = &watched{Encoding: gzip.Gzip{}, fail: func(c string) error {
		if c == call {
			return <-through
		}
		return nil
	}}
	return w, func(err error) { through <- err }
}

// Must show: concurrent first requests compress once.
func TestCache_concurrentFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := &watched{Encoding: gzip.Gzip{}}
		better, open := gate("Close")
		h := (&gzip.Compressor{Encodings: []gzip.Encoding{own}, Cache: &gzip.Cache{Encodings: []gzip.Encoding{better}}}).Wrap(public())
		c := gather(t, h, "/")
		if n := c.right.Load(); n != 0 {
			t.Errorf("%d answered before the body was encoded", n)
		}
		open(nil)
		c.waiting.Wait()
		if n := c.right.Load(); n != crowdSize || better.ended() != 1 || own.settled(t) != 0 {
			t.Errorf("%d right answers, %d bodies encoded", n, better.ended())
		}
	})
}

// The same over a network, where nobody knows who is first.
func TestCache_concurrentServed(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		own, better := &watched{Encoding: gzip.Gzip{}}, &watched{Encoding: gzip.Gzip{}}
		s := serveWith(t, proto, &gzip.Compressor{Encodings: []gzip.Encoding{own}, Cache: &gzip.Cache{Encodings: []gzip.Encoding{better}}}, public())
		var all sync.WaitGroup
		for range crowdSize {
			all.Go(func() { s.get(takesGzip).is("gzip", prose) })
		}
		all.Wait()
		if better.ended() != 1 || own.settled(t) != 0 {
			t.Errorf("%d bodies encoded, and others as usual", better.ended())
		}
	})
}

// Those who wait for another's encoder leave when nobody waits for them any more. What they send is
// whole nevertheless: a context may end for other reasons than a client who has gone.
func TestCache_followersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		better, open := gate("Close")
		c := gather(t, caching(better).Wrap(public()), "/")
		c.cancel()
		synctest.Wait()
		if n := c.right.Load(); n != crowdSize-1 {
			t.Errorf("%d have left", n)
		}
		open(nil)
		c.waiting.Wait()
		if n := c.right.Load(); n != crowdSize || better.ended() != 1 {
			t.Errorf("%d right answers, %d bodies encoded", n, better.ended())
		}
	})
}

// An encoder that fails is made up for by the Compressor's own, once for all. One that panics
// takes its request with it, and no other. Neither is kept from being used for the next body.
func TestCache_encoderFails(t *testing.T) {
	for _, call := range []string{"Write", "Close"} {
		t.Run(call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				own := &watched{Encoding: gzip.Gzip{}}
				better, open := gate(call)
				h := (&gzip.Compressor{Encodings: []gzip.Encoding{own}, Cache: &gzip.Cache{Encodings: []gzip.Encoding{better}}}).Wrap(public())
				c := gather(t, h, "/")
				open(errors.New("seeded"))
				c.waiting.Wait()
				if n := c.right.Load(); n != crowdSize || own.ended() != 1 || better.settled(t) != 1 {
					t.Errorf("%d right answers, %d encoded by the Compressor's own", n, own.ended())
				}
				better.fail = nil
				for range 2 {
					if got, err := ask(h, "/"); err != nil || got != prose {
						t.Errorf("afterwards: %d bytes, %v", len(got), err)
					}
				}
				before := better.ended()
				if got, err := ask(h, "/other"); err != nil || got != prose || better.ended() != before+1 || own.ended() != 1 {
					t.Errorf("another: %d bytes, %v; %d encoded", len(got), err, better.ended())
				}
			})
		})
	}
}

func TestCache_encoderPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		through, armed := make(chan struct{}), true
		better := &watched{Encoding: gzip.Gzip{}, fail: func(call string) error {
			if armed && call == "Close" {
				<-through
				panic("seeded")
			}
			return nil
		}}
		h := caching(better).Wrap(public())
		c := gather(t, h, "/")
		through <- struct{}{}
		c.waiting.Wait()
		if n := c.right.Load(); n != crowdSize-1 || c.panics.Load() != 1 {
			t.Errorf("%d right answers, %d panics", n, c.panics.Load())
		}
		armed = false
		before := better.ended()
		for range 3 {
			if got, err := ask(h, "/"); err != nil || got != prose {
				t.Errorf("afterwards: %d bytes, %v", len(got), err)
			}
		}
		if n := better.ended() - before; n != 1 {
			t.Errorf("%d bodies encoded afterwards", n)
		}
	})
}

// When neither encoder works, everybody learns of it as without a Cache, and nothing is kept.
func TestCache_allEncodersFail(t *testing.T) {
	said, armed := listen(t), true
	seeded := func(call string) error {
		if armed && call == "Close" {
			return errors.New("seeded")
		}
		return nil
	}
	own, better := &watched{Encoding: gzip.Gzip{}, fail: seeded}, &watched{Encoding: gzip.Gzip{}, fail: seeded}
	h := (&gzip.Compressor{Encodings: []gzip.Encoding{own}, Cache: &gzip.Cache{Encodings: []gzip.Encoding{better}}}).Wrap(public("Set-X: 1"))
	for range 2 {
		rec := httptest.NewRecorder()
		func() {
			defer func() { _ = recover() }() // more had left than can be taken back
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
	if got, err := ask(h, "/"); err != nil || got != prose {
		t.Errorf("afterwards: %d bytes, %v", len(got), err)
	}
}

// While the better encoder is taken, another body is encoded as usual, also once for all who ask, and
// better when somebody asks for it later.
func TestCache_busy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := &watched{Encoding: gzip.Gzip{Level: 1}}
		better, open := gate("Close")
		h := (&gzip.Compressor{Encodings: []gzip.Encoding{own}, Cache: &gzip.Cache{Encodings: []gzip.Encoding{better}}}).Wrap(public())
		first := gather(t, h, "/first")
		second := gather(t, h, "/second")
		second.waiting.Wait()
		if n := second.right.Load(); n != crowdSize || own.ended() != 1 || first.right.Load() != 0 {
			t.Errorf("%d right answers, %d bodies encoded as usual", n, own.ended())
		}
		open(nil)
		first.waiting.Wait()

		third := gather(t, h, "/second") // the first of them encodes it, the others need not wait
		if n := third.right.Load(); n != crowdSize-1 {
			t.Errorf("%d of those who ask later are answered", n)
		}
		open(nil)
		third.waiting.Wait()
		if got, err := ask(h, "/second"); err != nil || got != prose || better.ended() != 2 || own.ended() != 1 {
			t.Errorf("%d bytes, %v; %d and %d bodies encoded", len(got), err, better.ended(), own.ended())
		}
	})
}
