package fcgi_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/apptest"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/internal/testserver"
)

// client returns one that says nothing.
func client(t testing.TB, addresses ...string) *fcgi.Client {
	c := &fcgi.Client{Addresses: addresses, Logger: paritytest.Silent}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// A connection carries one request after the other, each with another id.
func TestClientKeeps(t *testing.T) {
	addr := app(t, func(p *peer, id, n int) bool {
		_, _ = io.WriteString(p, page(id, fmt.Sprintf("%d on %d", id, n)))
		return true
	})
	c := client(t, addr)
	for i := range 250 {
		if got, want := apptest.Ask(t, c, paritytest.Request{}), fmt.Sprintf("200 %d on 1", i%100+1); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// An end that comes behind a body of known length is waited for, beside the next request, and more
// than a little is not.
func TestClientDrains(t *testing.T) {
	var late atomic.Int32
	addr := app(t, func(p *peer, id, n int) bool {
		_, _ = io.WriteString(p, record(stdout, id, fmt.Sprintf("Content-Length: 1\r\n\r\n%d", n)))
		time.Sleep(50 * time.Millisecond)
		_, _ = io.WriteString(p, strings.Repeat(record(stdout, id, strings.Repeat("x", 60_000)), int(late.Load()))+record(end, id, done))
		return true
	})
	c := client(t, addr)
	ask := func(want string) {
		t.Helper()
		if got := apptest.Ask(t, c, paritytest.Request{}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		time.Sleep(200 * time.Millisecond)
	}
	ask("200 1")
	ask("200 1")
	late.Store(10)
	ask("200 1")
	ask("200 2")
}

// An application that closes a kept connection in the moment of the next request is asked again,
// where the request can be repeated.
func TestClientAsksAgain(t *testing.T) {
	for _, tt := range []struct {
		q     paritytest.Request
		heard string // what comes back before the end
		want  string
	}{
		{paritytest.Request{}, "", "200 on 2"},
		{paritytest.Request{Method: "DELETE"}, "", "200 on 2"},
		{paritytest.Request{Method: "POST"}, "", "502"},
		{paritytest.Request{Method: "PATCH"}, "", "502"},
		{paritytest.Request{Method: "PUT", Body: "body"}, "", "502"},
		{paritytest.Request{}, "\x01", "502"},
	} {
		addr := apptest.Listen(t, func(conn net.Conn, n int) {
			p := newPeer(t, conn)
			for i := 1; ; i++ {
				id, ok := p.question()
				switch {
				case !ok:
					return
				case n == 1 && i == 2:
					_, _ = io.WriteString(p, tt.heard)
					return
				}
				_, _ = io.WriteString(p, page(id, fmt.Sprint("on ", n)))
			}
		})
		c := client(t, addr)
		if got := apptest.Ask(t, c, paritytest.Request{}); got != "200 on 1" {
			t.Errorf("%v, first: %s", tt.q, got)
		}
		if got := apptest.Ask(t, c, tt.q); got != tt.want {
			t.Errorf("%v after %q: %s, want %s", tt.q, tt.heard, got, tt.want)
		}
	}
}

// A new connection that ends is a fault, after which nobody is asked again.
func TestClientAsksOnce(t *testing.T) {
	var asked atomic.Int32
	addr := app(t, func(*peer, int, int) bool { asked.Add(1); return false })
	if got := apptest.Ask(t, client(t, addr), paritytest.Request{}); got != "502" || asked.Load() != 1 {
		t.Errorf("%s, asked %d times", got, asked.Load())
	}
}

// Places that cannot be reached, or are full, are passed over.
func TestClientAddresses(t *testing.T) {
	const full = "\x00\x00\x00\x00\x02\x00\x00\x00"
	good := app(t, func(p *peer, id, _ int) bool { _, _ = io.WriteString(p, page(id, "good")); return true })
	busy := app(t, func(p *peer, id, _ int) bool { _, _ = io.WriteString(p, record(end, id, full)); return true })
	nowhere := testserver.Nowhere(t)
	post := paritytest.Request{Method: "POST"}
	body := paritytest.Request{Method: "POST", Body: "body"}
	for _, tt := range []struct {
		addresses []string
		q         paritytest.Request
		want      []string // for requests one after the other
	}{
		{[]string{nowhere}, paritytest.Request{}, []string{"503", "503"}},
		{[]string{nowhere, good}, body, []string{"200 good", "200 good", "200 good"}},
		{[]string{busy}, paritytest.Request{}, []string{"503", "503"}},
		{[]string{busy, busy, busy}, paritytest.Request{}, []string{"503", "503"}},
		{[]string{good, busy}, post, []string{"200 good", "200 good", "200 good"}},
		{[]string{good, busy}, body, []string{"503", "200 good", "200 good"}},
	} {
		c := client(t, tt.addresses...)
		for i, want := range tt.want {
			if got := apptest.Ask(t, c, tt.q); got != want {
				t.Errorf("%v, request %d: %s, want %s", tt.addresses, i, got, want)
			}
		}
	}
}

// With few processes, each of which has one connection until its end, all requests are answered,
// however many connections are kept.
func TestClientFewProcesses(t *testing.T) {
	process := make(chan struct{}, 2)
	addr := apptest.Listen(t, func(conn net.Conn, n int) {
		process <- struct{}{} // until then the kernel has the connection, not the process
		defer func() { <-process }()
		p := newPeer(t, conn)
		for {
			id, ok := p.question()
			if !ok {
				return
			}
			_, _ = io.WriteString(p, page(id, "hello"))
		}
	})
	c := client(t, addr)
	begun := time.Now()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if got := apptest.Ask(t, c, paritytest.Request{}); got != "200 hello" {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
	if d := time.Since(begun); d > 15*time.Second { // IdleTimeout is 30 s
		t.Errorf("%v for 40 requests", d)
	}
}

// Each time that is over ends the connection and becomes a 504, or tears the answer.
func TestClientTimeouts(t *testing.T) {
	hang := func(*peer, int, int) bool { return true }
	half := func(p *peer, id, _ int) bool { _, _ = io.WriteString(p, record(stdout, id, "X-A: b\r\n")); return true }
	begun := func(p *peer, id, _ int) bool {
		_, _ = io.WriteString(p, record(stdout, id, "X-A: b\r\n\r\nhello"))
		return true
	}
	slow := func(p *peer, id, _ int) bool {
		_, _ = io.WriteString(p, record(stdout, id, "X-A: b\r\n\r\nhello "))
		time.Sleep(400 * time.Millisecond)
		_, _ = io.WriteString(p, record(stdout, id, "there")+record(end, id, done))
		return true
	}
	const soon = 150 * time.Millisecond
	body := paritytest.Request{Method: "POST", Body: "body"}
	for name, tt := range map[string]struct {
		script func(*peer, int, int) bool
		c      *fcgi.Client
		q      paritytest.Request
		want   string
	}{
		"no answer":                {hang, &fcgi.Client{AnswerTimeout: soon}, paritytest.Request{}, "504"},
		"no answer to a body":      {hang, &fcgi.Client{AnswerTimeout: soon}, body, "504"},
		"half a head":              {half, &fcgi.Client{AnswerTimeout: soon}, paritytest.Request{}, "504"},
		"no answer in all":         {hang, &fcgi.Client{Timeout: soon}, paritytest.Request{}, "504"},
		"no end in all":            {begun, &fcgi.Client{Timeout: soon}, paritytest.Request{}, "torn"},
		"slow, but begun in time":  {slow, &fcgi.Client{AnswerTimeout: soon}, paritytest.Request{}, "200 hello there"},
		"slow, and no bound at it": {slow, &fcgi.Client{AnswerTimeout: -1}, paritytest.Request{}, "200 hello there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.c.Addresses, tt.c.Logger = []string{app(t, tt.script)}, paritytest.Silent
			if got := apptest.Ask(t, tt.c, tt.q); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// A client that sends its body slowly is not the application's fault; an application that does not
// read is.
func TestClientBodyTimes(t *testing.T) {
	t.Run("slow client", func(t *testing.T) {
		t.Parallel()
		c := client(t, app(t, func(p *peer, id, _ int) bool { _, _ = io.WriteString(p, page(id, "got it")); return true }))
		c.AnswerTimeout = 150 * time.Millisecond
		srv := httptest.NewServer(paritytest.Quiet(c))
		defer srv.Close()
		body, w := io.Pipe()
		go func() {
			for range 3 {
				time.Sleep(400 * time.Millisecond)
				_, _ = io.WriteString(w, "body")
			}
			_ = w.Close()
		}()
		r, _ := http.NewRequest("POST", srv.URL, body)
		r.ContentLength = 12
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Error(resp.Status)
		}
	})
	t.Run("application that does not read", func(t *testing.T) {
		t.Parallel()
		c := client(t, apptest.Listen(t, func(net.Conn, int) { <-t.Context().Done() }))
		c.AnswerTimeout = 300 * time.Millisecond
		if got := apptest.Ask(t, c, paritytest.Request{Method: "POST", Body: strings.Repeat("b", 50<<20)}); got != "504" {
			t.Error(got)
		}
	})
}

// A client that goes away ends the request at the application, at once and by its word for that.
func TestClientLeaves(t *testing.T) {
	for name, part := range map[string]string{"before the answer": "", "in the answer": "X-A: b\r\n\r\nhello"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, told := make(chan struct{}), make(chan got, 1)
			c := client(t, app(t, func(p *peer, id, _ int) bool {
				if part != "" {
					_, _ = io.WriteString(p, record(stdout, id, part))
				}
				close(asked)
				g, err := p.next()
				if err == nil {
					if _, err := p.next(); err == nil {
						g.content = "and more"
					}
				}
				told <- g
				return false
			}))
			srv := httptest.NewServer(paritytest.Quiet(c))
			defer srv.Close()
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-asked; time.Sleep(50 * time.Millisecond); cancel() }()
			r, _ := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
			if resp, err := http.DefaultClient.Do(r); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			select {
			case g := <-told:
				if g.kind != abort || g.content != "" {
					t.Errorf("told %+v", g)
				}
			case <-time.After(10 * time.Second):
				t.Error("the application was not told")
			}
		})
	}
}

// An application that answers without reading the body is heard, and its connection not used again.
func TestClientUnreadBody(t *testing.T) {
	addr := apptest.Listen(t, func(conn net.Conn, n int) {
		p := newPeer(t, conn)
		g, err := p.next()
		if err != nil {
			return
		}
		_, _ = io.WriteString(p, page(g.id, fmt.Sprint("no, thank you, ", n)))
		_, _ = io.Copy(io.Discard, conn)
	})
	c := client(t, addr)
	for n := 1; n < 3; n++ {
		q := paritytest.Request{Method: "POST", Body: strings.Repeat("b", 20<<20)}
		if got, want := apptest.Ask(t, c, q), fmt.Sprint("200 no, thank you, ", n); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
