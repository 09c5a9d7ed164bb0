package fcgi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// What the record at the end of a request says: it was answered, or it was not.
const (
	wholeEnd = "\x00\x00\x00\x00\x00\x00\x00\x00"
	tornEnd  = "\x00\x00\x00\x01\x00\x00\x00\x00"
)

// waiting is a handler that waits for the end of its context: of GETs after it has asked once, of
// POSTs first for the body.
type waiting struct {
	begun, gone chan string
	release     chan bool
}

func newWaiting() *waiting {
	return &waiting{make(chan string, 100), make(chan string, 100), make(chan bool)}
}

func (h *waiting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.begun <- r.URL.Path
	switch r.URL.Path {
	case "/read":
		_, err := io.Copy(io.Discard, r.Body)
		h.gone <- fmt.Sprint(r.URL.Path, " ", err)
		<-r.Context().Done()
	case "/release":
		<-h.release
		_, err := io.WriteString(w, strings.Repeat("x", 100_000))
		h.gone <- fmt.Sprint(r.URL.Path, " ", r.Context().Err(), " ", err)
	case "/hello":
		_, _ = io.WriteString(w, "hello")
	default:
		<-r.Context().Done()
		h.gone <- r.URL.Path
	}
}

// spec: the end of the connection ends the contexts of all requests on it.
func TestClientGone(t *testing.T) {
	for _, n := range []int{1, 5} {
		h := newWaiting()
		addr := serve(t, &fcgi.Server{Handler: h})
		p := dial(t, addr)
		for id := 1; id <= n; id++ {
			p.send(request(id, true, "/ctx", ""))
			<-h.begun
		}
		_ = p.Close()
		for range n {
			<-h.gone
		}
	}
}

func TestClientGoneWithBody(t *testing.T) {
	h := newWaiting()
	p := dial(t, serve(t, &fcgi.Server{Handler: h}))
	p.send(beginning(1, true) + stream(params, 1, variables("/read", "body")) + record(stdin, 1, "bo"))
	<-h.begun
	_ = p.Close()
	if got := <-h.gone; got != "/read unexpected EOF" {
		t.Error(got)
	}
}

// spec: an abort ends the request and its context. Others go on.
func TestAbort(t *testing.T) {
	h := newWaiting()
	p := dial(t, serve(t, &fcgi.Server{Handler: h}))
	aborted := func(id int) {
		t.Helper()
		p.send(record(abort, id, ""))
		if got, want := p.mustNext(), (got{end, id, tornEnd}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	t.Run("waiting", func(t *testing.T) {
		p.send(request(1, true, "/ctx", ""))
		<-h.begun
		aborted(1)
		<-h.gone
	})
	t.Run("reading", func(t *testing.T) {
		p.send(beginning(1, true) + stream(params, 1, variables("/read", "body")))
		<-h.begun
		aborted(1)
		if got := <-h.gone; got != "/read unexpected EOF" {
			t.Error(got)
		}
	})
	t.Run("not begun", func(t *testing.T) {
		p.send(beginning(1, true) + record(params, 1, variables("/ctx", "")[:5]))
		aborted(1)
		p.send(record(params, 1, "is dropped") + record(params, 1, "") + stream(stdin, 1, "too"))
	})
	t.Run("in the same write", func(t *testing.T) {
		p.send(request(1, true, "/ctx", "") + record(abort, 1, ""))
		if got, want := p.mustNext(), (got{end, 1, tornEnd}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if len(h.begun) > 0 {
			t.Error("the handler has run")
		}
	})
	t.Run("answered later", func(t *testing.T) { // on an id that has another request
		p.send(request(1, true, "/release", ""))
		<-h.begun
		aborted(1)
		p.send(request(1, true, "/hello", ""))
		<-h.begun
		if got := p.answer(1); got != "hello" {
			t.Errorf("got %q", got)
		}
		h.release <- true
		if got := <-h.gone; !strings.HasPrefix(got, "/release context canceled fcgi: the request was aborted") {
			t.Error(got)
		}
		p.send(request(1, true, "/hello", ""))
		<-h.begun
		if got := p.answer(1); got != "hello" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("the last", func(t *testing.T) {
		p.send(request(1, false, "/ctx", ""))
		<-h.begun
		aborted(1)
		<-h.gone
		p.closes()
	})
}

// Handlers of aborted requests count as long as they run.
func TestAbortFlood(t *testing.T) {
	h := newWaiting()
	p := dial(t, serve(t, &fcgi.Server{Handler: h, MaxRequests: 3}))
	for id := 1; id <= 10; id++ {
		p.send(request(id, true, "/release", ""))
		if id <= 3 {
			<-h.begun
			p.send(record(abort, id, ""))
		}
		a := p.answers(1)[id]
		if id <= 3 && a.ended != tornEnd || id > 3 && !strings.HasPrefix(a.out, "Status: 503 ") {
			t.Errorf("answer %+v", a)
		}
	}
	if len(h.begun) > 0 {
		t.Error("more handlers run")
	}
	for range 3 {
		h.release <- true
		<-h.gone
	}
}

// spec: an answer that breaks off never looks whole.
func TestTorn(t *testing.T) {
	t.Parallel()
	release := make(chan bool)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		switch r.URL.Path {
		case "/begun":
			_, _ = io.WriteString(w, "hello")
			_ = rc.Flush()
		case "/length":
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "hello")
			return
		case "/length begun":
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "hello")
			_ = rc.Flush()
			return
		case "/goexit":
			runtime.Goexit()
		case "/hole": // an error that the handler does not care about
			_, _ = io.WriteString(w, "hello")
			_ = rc.Flush()
			_ = rc.SetWriteDeadline(time.Unix(1, 0))
			_, _ = io.Copy(w, struct{ io.Reader }{strings.NewReader(strings.Repeat("x", 10_000))})
			_ = rc.SetWriteDeadline(time.Time{})
			_, _ = io.WriteString(w, "bye")
			return
		case "/whole":
			_, _ = io.WriteString(w, "whole")
			return
		case "/wait":
			<-release
			_, _ = io.WriteString(w, "whole")
			return
		}
		panic("oops")
	})
	addr := serve(t, &fcgi.Server{Handler: h})
	for _, path := range []string{"/", "/begun", "/length", "/length%20begun", "/goexit", "/hole"} {
		t.Run("alone "+path, func(t *testing.T) {
			p := dial(t, addr)
			p.send(request(7, true, path, ""))
			for _, g := range p.rest() {
				if g.kind == end || g.kind == stdout && g.content == "" {
					t.Errorf("a clean end: %+v", g)
				}
			}
		})
		t.Run("with others "+path, func(t *testing.T) {
			p := dial(t, addr)
			p.send(request(1, true, "/wait", "") + request(2, true, path, "") + request(3, true, "/whole", ""))
			begun := strings.HasSuffix(path, "begun") || path == "/hole"
			answers := make(map[int]string)
			for answers[3] == "" || !begun && answers[2] == "" {
				for id, a := range p.answers(1) {
					answers[id] = a.out + a.ended
				}
			}
			if a := answers[2]; !begun && (!strings.HasPrefix(a, "Status: 502 ") || !strings.HasSuffix(a, tornEnd)) {
				t.Errorf("answer %q", a)
			}
			p.send(request(4, true, "/whole", ""))
			p.answer(4)
			release <- true
			if got := p.answer(1); got != "whole" {
				t.Errorf("got %q", got)
			}
			if !begun {
				p.send(request(2, true, "/whole", ""))
				p.answer(2)
				return
			}
			for _, g := range p.rest() {
				if g.kind != abort && (g.kind != stdout || g.id != 2 || g.content == "") {
					t.Errorf("got %+v", g)
				}
			}
		})
	}
	t.Run("aborted then", func(t *testing.T) {
		p := dial(t, addr)
		p.send(request(1, true, "/wait", "") + request(2, true, "/begun", ""))
		if g := p.mustNext(); g.id != 2 || g.kind != stdout {
			t.Errorf("got %+v", g)
		}
		time.Sleep(10 * time.Millisecond)
		p.send(record(abort, 2, ""))
		if got, want := p.mustNext(), (got{end, 2, tornEnd}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		p.send(request(3, true, "/whole", "")) // the connection is as good as before
		p.answer(3)
		release <- true
		p.answer(1)
		p.send(request(2, true, "/whole", ""))
		p.answer(2)
	})
}

// A handler that ends its goroutine ends one request.
func TestGoexitKept(t *testing.T) {
	addr := serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { runtime.Goexit() })})
	for range 10 {
		p := dial(t, addr)
		p.send(request(1, true, "/", ""))
		p.closes()
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	h := newWaiting()
	s := &fcgi.Server{Handler: h, Logger: paritytest.Silent}
	addr := serve(t, s)
	idle, busy, fresh := dial(t, addr), dial(t, addr), dial(t, addr)
	idle.send(request(1, true, "/hello", ""))
	idle.answer(1)
	busy.send(request(1, true, "/release", ""))
	for range 2 {
		<-h.begun
	}
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	idle.closes()
	fresh.closes()
	busy.send(request(2, true, "/hello", ""))
	busy.answer(2)
	h.release <- true
	if got := busy.answer(1); len(got) != 100_000 {
		t.Errorf("got %d bytes", len(got))
	}
	busy.closes()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("unix", addr); err == nil {
		t.Error("still accepts")
	}
	if err := s.Serve(listen(t)); !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// A connection that is never idle does not keep the server up.
func TestShutdownBusy(t *testing.T) {
	t.Parallel()
	s := &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(20 * time.Millisecond)
		_, _ = io.WriteString(w, "hello")
	})}
	p := dial(t, serve(t, s))
	go func() {
		for id := 1; ; id++ {
			if _, err := io.WriteString(p, request(id%1000+1, true, "/", "")); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	go func() { _, _ = io.Copy(io.Discard, p.r) }()
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	h := newWaiting()
	s := &fcgi.Server{Handler: h}
	p := dial(t, serve(t, s))
	p.send(request(1, true, "/ctx", ""))
	<-h.begun
	_ = s.Close()
	<-h.gone
	p.closes()
}
