package front_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/front"
)

// enough is more than anything here takes.
const enough = 30 * time.Second

func newFront(t *testing.T, before func()) (f *front.Front, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f = front.New(l.(*net.TCPListener), before)
	t.Cleanup(f.Close)
	return f, l.Addr().String()
}

func newFrontAt(t *testing.T, l net.Listener) *front.Front {
	t.Helper()
	f := front.New(l.(*net.TCPListener), nil)
	t.Cleanup(f.Close)
	return f
}

// program serves h, unencrypted HTTP/2 too, until the test ends.
func program(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	p := httptest.NewUnstartedServer(h)
	p.Config.Protocols = new(http.Protocols)
	p.Config.Protocols.SetHTTP1(true)
	p.Config.Protocols.SetUnencryptedHTTP2(true)
	p.Start()
	t.Cleanup(func() {
		p.CloseClientConnections()
		p.Close()
	})
	return p
}

func says(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
}

func at(p *httptest.Server) string { return p.Listener.Addr().String() }

// conn is a client's connection, written and read by hand.
type conn struct {
	t *testing.T
	*net.TCPConn
	in *bufio.Reader
}

func dial(t *testing.T, addr string) *conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(enough))
	return &conn{t, c.(*net.TCPConn), bufio.NewReader(c)}
}

func (c *conn) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		c.t.Fatal(err)
	}
}

// answer reads a response.
func (c *conn) answer() (*http.Response, string) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, string(b)
}

func (c *conn) wantAnswer(want string) {
	c.t.Helper()
	if resp, got := c.answer(); got != want {
		c.t.Errorf("answered %d %q, want %q", resp.StatusCode, got, want)
	}
}

const get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

// TestNextProgram checks that a connection outlives the program.
func TestNextProgram(t *testing.T) {
	f, addr := newFront(t, nil)
	one, two := program(t, says("one")), program(t, says("two"))
	f.Forward(at(one))
	c := dial(t, addr)
	c.send(get)
	c.wantAnswer("one")
	f.Hold()
	if err := f.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	one.Close() // ends when its connections have
	c.send(get)
	f.Forward(at(two))
	c.wantAnswer("two")
	c.send(get)
	c.wantAnswer("two")
}

// TestHeld checks that what comes while nothing is there waits.
func TestHeld(t *testing.T) {
	f, addr := newFront(t, nil)
	var answers sync.WaitGroup
	for range 20 {
		c := dial(t, addr)
		c.send(get)
		answers.Go(func() { c.wantAnswer("here") })
	}
	for deadline := time.Now().Add(enough); !f.Waiting(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody waits")
		}
	}
	f.Forward(at(program(t, says("here"))))
	answers.Wait()
}

func TestDrain(t *testing.T) {
	f, addr := newFront(t, nil)
	begun, finish := make(chan struct{}), make(chan struct{})
	f.Forward(at(program(t, func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-finish
		says("slow")(w, r)
	})))
	c := dial(t, addr)
	c.send(get)
	<-begun
	f.Hold()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := f.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("drained in the middle of a request: %v", err)
	}
	close(finish)
	if err := f.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.wantAnswer("slow")
}

// TestDetached checks that connections at rest are taken away from a program that is to
// end, and from one that ends an exchange meanwhile: it must not close them with a request
// on its way.
func TestDetached(t *testing.T) {
	f, addr := newFront(t, nil)
	closed := make(chan struct{}, 2)
	begun, finish := make(chan struct{}), make(chan struct{})
	p := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-finish
		}
		says("old")(w, r)
	}))
	p.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			closed <- struct{}{}
		}
	}
	p.Start()
	t.Cleanup(p.Close)
	f.Forward(at(p))
	idle, busy := dial(t, addr), dial(t, addr)
	idle.send(get)
	idle.wantAnswer("old")
	busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-begun
	f.Hold()
	wait(t, closed)
	close(finish)
	busy.wantAnswer("old")
	wait(t, closed)
	f.Forward(at(program(t, says("new"))))
	for _, c := range []*conn{idle, busy} {
		c.send(get)
		c.wantAnswer("new")
	}
}

func wait(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(enough):
		t.Fatal("it does not come")
	}
}

// TestUntouched compares a request's and a response's bytes at both ends.
func TestUntouched(t *testing.T) {
	request := "POST /a%2Fb?q=%zz HTTP/1.1\r\nhOST: LocalHost:1\r\nX-Odd:  spaces \r\nX-Odd: twice\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n3;ext=1\r\nabc\r\n0\r\nTrailer: t\r\n\r\n"
	response := "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 200 Fine\r\nsERVER: odd\r\nTrailer: Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nSum: 1\r\n\r\n"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 2)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for range 2 {
			b := make([]byte, len(request))
			_, _ = io.ReadFull(c, b)
			got <- string(b)
			_, _ = io.WriteString(c, response)
		}
	}()
	f, addr := newFront(t, nil)
	f.Forward(l.Addr().String())
	c := dial(t, addr)
	for range 2 { // the second on the same connection
		c.send(request)
		if s := <-got; s != request {
			t.Errorf("the program got\n%q, sent was\n%q", s, request)
		}
		b := make([]byte, len(response))
		if _, err := io.ReadFull(c.in, b); err != nil || string(b) != response {
			t.Errorf("the client got\n%q, %v; sent was\n%q", b, err, response)
		}
	}
}

func TestPipelining(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Forward(at(program(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) })))
	c := dial(t, addr)
	c.send(strings.Replace(get, "/", "/1", 1) + strings.Replace(get, "/", "/2", 1))
	c.wantAnswer("/1")
	c.wantAnswer("/2")
}

func TestExpectContinue(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Forward(at(program(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })))
	c := dial(t, addr)
	c.send("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
	if line, err := c.in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	_, _ = c.in.ReadString('\n')
	c.send("body")
	c.wantAnswer("body")
	c.send(get)
	c.wantAnswer("")
}

// TestEarlyAnswer has a program that does not read what it refuses.
func TestEarlyAnswer(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Forward(at(program(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	})))
	resp, err := http.Post("http://"+addr, "text/plain", bytes.NewReader(make([]byte, 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestClose(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Forward(at(program(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/length" {
			w.Header().Set("Connection", "close")
		}
		says("bye")(w, r)
	})))
	for _, request := range []string{"GET /length HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"} {
		c := dial(t, addr)
		c.send(request)
		b, err := io.ReadAll(c.in)
		if err != nil || !strings.HasSuffix(string(b), "bye") {
			t.Errorf("%q: %q, %v", request, b, err)
		}
	}
}

func TestAnswer(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Answer(says("no program"))
	c := dial(t, addr)
	c.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc")
	resp, body := c.answer()
	if body != "no program" || !resp.Close {
		t.Errorf("%q, close %t", body, resp.Close)
	}

	var h2 http.Protocols
	h2.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &h2}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "no program" || resp.ProtoMajor != 2 {
		t.Errorf("HTTP/%d: %q, %v", resp.ProtoMajor, b, err)
	}
}

// TestIdleAcrossAnswer has a browser's idle connection live through a report.
func TestIdleAcrossAnswer(t *testing.T) {
	f, addr := newFront(t, nil)
	p := program(t, says("program"))
	f.Forward(at(p))
	c := dial(t, addr)
	c.send(get)
	c.wantAnswer("program")
	f.Answer(says("report"))
	f.Hold()
	f.Forward(at(p))
	c.send(get)
	c.wantAnswer("program")
	f.Answer(says("report"))
	c.send(get)
	c.wantAnswer("report")
}

// TestBefore holds an exchange that is about to be forwarded.
func TestBefore(t *testing.T) {
	var stale atomic.Bool
	var f *front.Front
	held := make(chan struct{})
	f, addr := newFront(t, func() {
		if stale.CompareAndSwap(true, false) {
			f.Hold()
			close(held)
		}
	})
	f.Forward(at(program(t, says("old"))))
	c := dial(t, addr)
	c.send(get)
	c.wantAnswer("old")
	stale.Store(true)
	c.send(get)
	<-held
	f.Forward(at(program(t, says("new"))))
	c.wantAnswer("new")
}

// BenchmarkForward tells what the front costs a request on an open connection.
func BenchmarkForward(b *testing.B) {
	p := httptest.NewServer(says("hello"))
	defer p.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	f := front.New(l.(*net.TCPListener), nil)
	defer f.Close()
	f.Forward(at(p))
	for name, addr := range map[string]string{"direct": at(p), "front": l.Addr().String()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				resp, err := http.Get("http://" + addr)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}
