package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway"
)

// keeper is a client of HTTP/1.1 that keeps its connection.
type keeper struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func keep(t *testing.T, addr net.Addr) *keeper {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return &keeper{t, c, bufio.NewReader(c)}
}

// get sends a request and returns the answer's body, or the error.
func (k *keeper) get(target string) string {
	k.t.Helper()
	if _, err := io.WriteString(k, "GET "+target+" HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		return err.Error()
	}
	return k.answer()
}

func (k *keeper) answer() string {
	resp, err := http.ReadResponse(k.r, nil)
	if err != nil {
		return err.Error()
	}
	b, err := io.ReadAll(resp.Body)
	return string(b) + fmt.Sprint(err)
}

// closed sees that the server has closed the connection.
func (k *keeper) closed() {
	k.t.Helper()
	var netErr net.Error
	if _, err := k.r.ReadByte(); err == nil || errors.As(err, &netErr) && netErr.Timeout() {
		k.t.Errorf("the connection is open: %v", err)
	}
}

// Over HTTP too MaxConns holds, and the connections that are needed least make room: the one that
// is idle for longest, then a slow one, never one that is being answered or was hijacked.
func TestMaxConnsOverHTTP(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	h := http.NewServeMux()
	h.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here ") })
	h.HandleFunc("/wait", func(w http.ResponseWriter, _ *http.Request) {
		entered <- true
		<-leave
		_, _ = io.WriteString(w, "waited ")
	})
	h.HandleFunc("/hijack", func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			defer c.Close()
			_, _ = io.Copy(c, rw)
		}()
	})
	addr := serve(t, &gateway.Server{Handler: h, MaxConns: 4, Logger: quiet}, "http")
	begun := time.Now()
	slow, busy, hijacked, first, second := keep(t, addr), keep(t, addr), keep(t, addr), keep(t, addr), keep(t, addr)
	_, _ = io.WriteString(slow, "GET / HTT")
	_, _ = io.WriteString(busy, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
	<-entered
	_, _ = io.WriteString(hijacked, "GET /hijack HTTP/1.1\r\nHost: h\r\n\r\n")
	echoes := func() {
		t.Helper()
		_, _ = io.WriteString(hijacked, "x")
		if c, err := hijacked.r.ReadByte(); c != 'x' || err != nil {
			t.Fatalf("%q, %v", c, err)
		}
	}
	echoes()
	if got := first.get("/"); got != "here <nil>" {
		t.Fatal(got)
	}
	if got := second.get("/"); got != "here <nil>" { // in the place of first
		t.Fatal(got)
	}
	first.closed()
	time.Sleep(time.Until(begun.Add(1100 * time.Millisecond))) // now slow is
	third := keep(t, addr)
	if got := third.get("/"); got != "here <nil>" { // in that of second
		t.Fatal(got)
	}
	second.closed()
	_, _ = io.WriteString(third, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
	<-entered
	if got := keep(t, addr).get("/"); got != "here <nil>" { // in that of slow
		t.Fatal(got)
	}
	slow.closed()
	echoes()
	close(leave)
	for _, k := range []*keeper{busy, third} {
		if got := k.answer(); got != "waited <nil>" {
			t.Error(got)
		}
	}
}

// At a port for all protocols, those who say nothing are bounded by themselves.
func TestMaxConnsBeforeTheFirstByte(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	counting := &countingListener{Listener: l}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	s := &gateway.Server{URL: "any:", MaxConns: 3, Logger: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "here")
	})}
	go func() { done <- s.ServeListener(ctx, counting) }()
	for range 6 {
		keep(t, l.Addr())
	}
	if got := mustAsk(t, l.Addr(), "scgi", "/"); got != "here" {
		t.Error(got)
	}
	if n := counting.most.Load(); n > 4+1 { // one accepted and waiting, and the good one being answered
		t.Errorf("%d connections at once", n)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A server that is full, with nobody who could go, ends when it is told to.
func TestShutdownWhenFull(t *testing.T) {
	for _, protocol := range []string{"http", "any", "ajp", "fcgi"} {
		entered, leave := make(chan bool, 1), make(chan bool)
		s := &gateway.Server{URL: protocol + ":", MaxConns: 1, Logger: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			entered <- true
			<-leave
			_, _ = io.WriteString(w, "whole")
		})}
		l, err := gateway.Listen(t.Context(), "any://127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.ServeListener(ctx, l) }()
		speaks := protocol
		if protocol == "any" {
			speaks = "scgi"
		}
		answer := make(chan string, 1)
		go func() {
			body, err := ask(l.Addr(), speaks, "/")
			answer <- fmt.Sprint(body, " ", err)
		}()
		<-entered
		waiting := keep(t, l.Addr())
		_, _ = io.WriteString(waiting, wires[speaks].request("/"))
		stop()
		close(leave)
		if got := <-answer; got != "whole <nil>" {
			t.Errorf("%s: %s", protocol, got)
		}
		if err := <-done; err != nil {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}

// spec: the secret of AJP comes from a file or the environment. Any other request is refused, on
// a socket of its own as on one that speaks everything.
func TestSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })
	for _, protocol := range []string{"ajp", "any"} {
		for _, tt := range []struct{ name, file, env, sent, want string }{
			{"none", "", "", "", "here"},
			{"none, one is sent", "", "", "hush", "here"},
			{"file", file, "", "hush", "here"},
			{"file, none is sent", file, "", "", "403 Forbidden"},
			{"file, wrong", file, "", "hush\n", "403 Forbidden"},
			{"environment", "", "hush", "hush", "here"},
			{"environment, wrong", "", "hush", "no", "403 Forbidden"},
			{"both", file, "no", "hush", "here"},
		} {
			t.Run(protocol+", "+tt.name, func(t *testing.T) {
				t.Setenv("AJP_SECRET", tt.env)
				addr := serve(t, &gateway.Server{Handler: h, SecretFile: tt.file, Logger: quiet}, protocol)
				c := keep(t, addr)
				request := wires["ajp"].request("/")
				if tt.sent != "" {
					s := strings.TrimSuffix(request[4:], "\xff") + "\x0c" + ajpString(tt.sent) + "\xff"
					request = fmt.Sprintf("\x12\x34\x00%c%s", len(s), s)
				}
				_, _ = io.WriteString(c, request)
				got, err := wires["ajp"].body(c)
				if got != tt.want {
					t.Errorf("%q, %v", got, err)
				}
			})
		}
	}
}

// A secret of AJP's does not let other protocols be spoken where others can.
func TestAnyIsLocal(t *testing.T) {
	t.Setenv("AJP_SECRET", "hush")
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &gateway.Server{URL: "any:", Handler: http.NotFoundHandler(), Logger: quiet}
	if err := s.ServeListener(t.Context(), l); err == nil || !strings.Contains(err.Error(), "set Server.URL") {
		t.Error(err)
	}
	s.URL = "ajp:"
	if l, err = net.Listen("tcp", "0.0.0.0:0"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.ServeListener(ctx, l); err != nil {
		t.Error(err)
	}
}
