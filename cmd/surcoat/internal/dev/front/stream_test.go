package front_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestUpgrade has a connection that becomes one of another protocol.
func TestUpgrade(t *testing.T) {
	f, addr := newFront(t, nil)
	p := program(t, func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(c, rw)
	})
	f.Forward(at(p))
	c := dial(t, addr)
	c.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	for range 4 {
		if line, err := c.in.ReadString('\n'); err != nil {
			t.Fatal(line, err)
		}
	}
	f.Hold() // takes no part in it
	if err := f.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"GET / HTTP/1.1\r\n\r\n", "\x16\x00\xff", "bye"} {
		c.send(s)
		b := make([]byte, len(s))
		if _, err := io.ReadFull(c.in, b); err != nil || string(b) != s {
			t.Fatalf("sent %q, got %q, %v", s, b, err)
		}
	}
	_ = c.CloseWrite()
	if b, err := io.ReadAll(c.in); err != nil || len(b) > 0 {
		t.Errorf("%q, %v", b, err)
	}
}

// TestEvents has a stream that never ends.
func TestEvents(t *testing.T) {
	f, addr := newFront(t, nil)
	more := make(chan string)
	ended := make(chan struct{})
	p := program(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for {
			select {
			case s := <-more:
				fmt.Fprintf(w, "data: %s\n\n", s)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	f.Forward(at(p))
	c := dial(t, addr)
	c.send(get)
	more <- "one"
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, len("data: one\n\n"))
	if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != "data: one\n\n" {
		t.Fatalf("%q, %v", b, err)
	}
	f.Hold()
	if err := f.Drain(t.Context()); err != nil { // does not wait for it
		t.Fatal(err)
	}
	more <- "two"
	if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != "data: two\n\n" {
		t.Fatalf("%q, %v", b, err)
	}
	p.CloseClientConnections()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the stream ended as if it were whole")
	}
	<-ended
}

func TestHTTP2(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Forward(at(program(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })))
	var h2 http.Protocols
	h2.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &h2}}
	defer client.CloseIdleConnections()
	in, out := io.Pipe()
	go func() {
		_, _ = io.WriteString(out, "both ways")
		_ = out.Close()
	}()
	resp, err := client.Post("http://"+addr, "text/plain", in)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "both ways" || resp.ProtoMajor != 2 {
		t.Errorf("HTTP/%d: %q, %v", resp.ProtoMajor, b, err)
	}
}

func TestTLS(t *testing.T) {
	f, addr := newFront(t, nil)
	p := httptest.NewUnstartedServer(says("sealed"))
	p.EnableHTTP2 = true
	p.StartTLS()
	t.Cleanup(p.Close)
	f.Forward(at(p))
	transport := p.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com"
	client := &http.Client{Transport: transport}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); string(b) != "sealed" || resp.ProtoMajor != 2 {
		t.Errorf("HTTP/%d: %q", resp.ProtoMajor, b)
	}
	// Who has no certificate says nothing, and quickly.
	f.Answer(says("no program"))
	if c, err := (&tls.Dialer{Config: transport.TLSClientConfig}).DialContext(t.Context(), "tcp", addr); err == nil {
		_ = c.Close()
		t.Error("TLS without a certificate")
	}
}

// TestPeer has a client on another machine, or what looks like one.
func TestPeer(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	f := newFrontAt(t, l)
	f.Forward(at(program(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })))
	for _, tt := range []struct {
		to       string
		loopback bool
	}{{"127.0.0.1", true}, {outside(t), false}} {
		c := dial(t, fmt.Sprintf("%s:%d", tt.to, port))
		c.send(get)
		_, peer := c.answer()
		host, _, _ := net.SplitHostPort(peer)
		if net.ParseIP(host).IsLoopback() != tt.loopback {
			t.Errorf("asked at %s, the program sees %s", tt.to, peer)
		}
	}
}

// outside returns an address of this machine that is no loopback address.
func outside(t *testing.T) string {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if ip := a.(*net.IPNet).IP; ip.To4() != nil && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			return ip.String()
		}
	}
	t.Skip("this machine has none but loopback addresses")
	return ""
}

// TestFlood changes programs under the hands of many clients: each request is answered,
// by a program that was there when it came or later.
func TestFlood(t *testing.T) {
	f, addr := newFront(t, nil)
	var answers, stop atomic.Int64
	var clients sync.WaitGroup
	for i := range 10 {
		clients.Go(func() {
			transport := &http.Transport{DisableKeepAlives: i%2 == 0}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport, Timeout: enough}
			for stop.Load() == 0 {
				body := &once{} // which the transport cannot send again
				resp, err := client.Post("http://"+addr, "text/plain", body)
				if err != nil {
					t.Error(err)
					return
				}
				b, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || string(b) != "0123456789" {
					t.Errorf("%q, %v", b, err)
				}
				answers.Add(1)
			}
		})
	}
	const programs = 20
	for i := range programs {
		p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for _, c := range "0123456789" {
				_, _ = io.WriteString(w, string(c))
				_ = http.NewResponseController(w).Flush()
			}
		}))
		before := answers.Load()
		f.Forward(at(p))
		for deadline := time.Now().Add(enough); answers.Load() < before+50 && !t.Failed(); {
			if time.Now().After(deadline) {
				t.Fatalf("program %d: nobody answers", i)
			}
			time.Sleep(time.Millisecond)
		}
		if i == programs-1 {
			stop.Store(1)
			clients.Wait()
		}
		f.Hold()
		if err := f.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.CloseClientConnections() // as an end without warning does
		p.Close()
	}
	t.Logf("%d answers from %d programs", answers.Load(), programs)
}

// once is a body of one byte.
type once struct{ read bool }

func (o *once) Read(b []byte) (int, error) {
	if o.read {
		return 0, io.EOF
	}
	o.read = true
	return copy(b, "x"), nil
}

// TestGone checks that a front that is closed leaves nothing behind.
func TestGone(t *testing.T) {
	f, addr := newFront(t, nil)
	p := program(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	f.Forward(at(p))
	busy, idle := dial(t, addr), dial(t, addr)
	busy.send(get)
	f.Hold()
	waiting := dial(t, addr)
	waiting.send(get)
	f.Close() // waits for its goroutines
	for _, c := range []*conn{busy, idle, waiting} {
		if _, err := c.in.ReadByte(); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("a connection is still open: %v", err)
		}
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("it still listens")
	}
}
