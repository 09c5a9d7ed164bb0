package ajp_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/internal/apptest"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// reply is a packet of an answer.
func reply(content string) string { return "AB" + num(len(content)) + content }

// headers is the packet with the head of an answer.
func headers(status int, fields ...string) string {
	s := "\x04" + num(status) + str("Reason") + num(len(fields))
	for _, line := range fields {
		name, value, _ := strings.Cut(line, ": ")
		if name[0] == 0xa0 {
			s += name
		} else {
			s += str(name)
		}
		s += str(value)
	}
	return reply(s)
}

// part is a packet of an answer's body.
func part(text string) string { return reply("\x03" + num(len(text)) + text + "\x00") }

// asks is a packet by which the container asks for so much of the body.
func asks(n int) string { return reply("\x06" + num(n)) }

const (
	over    = "AB\x00\x02\x05\x01" // and the connection goes on
	closing = "AB\x00\x02\x05\x00"
)

// container plays one: script is called when the first packet of a request has come, with its number
// on the connection n.
func container(t testing.TB, script func(p *front13, i, n int) bool) (addr string) {
	return apptest.Listen(t, func(conn net.Conn, n int) {
		p := &front13{conn, bufio.NewReader(conn)}
		for i := 1; ; i++ {
			if _, err := p.packet(); err != nil || !script(p, i, n) {
				return
			}
		}
	})
}

// front13 is the server in front, as a container sees it.
type front13 struct {
	net.Conn
	r *bufio.Reader
}

// packet reads one.
func (f *front13) packet() (string, error) {
	h := make([]byte, 4)
	if _, err := io.ReadFull(f.r, h); err != nil {
		return "", err
	}
	b := make([]byte, int(h[2])<<8|int(h[3]))
	_, err := io.ReadFull(f.r, b)
	return string(b), err
}

// What containers that are torn or lie come to. Behind "…" the connection stays open.
func TestClientLies(t *testing.T) {
	head := headers(200, "Content-Type: text/plain")
	long := part(strings.Repeat("b", 8000))
	for _, tt := range []struct{ name, sent, want string }{
		{"truth", head + part("hello") + over, "200 hello"},
		{"in pieces", head + part("he") + part("") + part("llo") + over, "200 hello"},
		{"no NUL behind a part", head + reply("\x03\x00\x05hello") + over, "200 hello"},
		{"coded names", headers(404, "\xa0\x01: text/plain", "\xa0\x03: 2") + part("no") + over, "404 no"},
		{"a Status field", headers(200, "Status: 99 whatever", "\xa0\x0a: 500") + part("hello") + over, "200 hello"},
		{"interim", headers(103, "Link: </a>") + head + part("hello") + over, "200 hello"},
		{"length, no end …", headers(200, "Content-Length: 5") + part("hello"), "200 hello"},
		{"more than the length", headers(200, "Content-Length: 5") + part("hello, and more") + over, "200 hello"},
		{"asks though there is no body", asks(100) + head + part("hello") + over, "200 hello"},

		{"nothing", "", "502"},
		{"end without a head", over, "502"},
		{"body without a head …", part("hello"), "502"},
		{"HTTP …", "HTTP/1.1 200 OK\r\n\r\n", "502"},
		{"magic of a request …", "\x12\x34" + head[2:], "502"},
		{"half a packet", head[:10], "502"},
		{"empty packet …", "AB\x00\x00", "502"},
		{"huge packet", "AB\xff\xff\x04", "502"},
		{"unknown kind …", reply("\x63"), "502"},
		{"pong nobody asked for …", reply("\x09"), "502"},
		{"status 0 …", headers(0), "502"},
		{"status 99 …", headers(99), "502"},
		{"status 1000 …", headers(1000), "502"},
		{"status 101 …", headers(101), "502"},
		{"more fields than there are …", reply("\x04\x00\xc8" + str("OK") + "\xff\xff"), "502"},
		{"fewer fields than there are …", reply("\x04\x00\xc8" + str("OK") + "\x00\x00" + str("X-A") + str("b")), "502"},
		{"string longer than the packet …", reply("\x04\x00\xc8" + str("OK") + "\x00\x01\x7f\xffX"), "502"},
		{"string without NUL …", reply("\x04\x00\xc8\x00\x02OKx\x00\x00"), "502"},
		{"unknown code …", headers(200, "\xa0\x0c: x"), "502"},
		{"code 0 …", headers(200, "\xa0\x00: x"), "502"},
		{"line end in a value …", headers(200, "X-A: a\r\nSet-Cookie: evil=1"), "502"},
		{"blank in a name …", headers(200, "X A: b"), "502"},
		{"two lengths …", headers(200, "Content-Length: 5", "Content-Length: 6"), "502"},
		{"length is none …", headers(200, "Content-Length: five"), "502"},
		{"asks for nothing …", asks(0), "502"},
		{"short ask …", reply("\x06\x00"), "502"},
		{"endless interim …", strings.Repeat(headers(103), 50), "502"},
		{"X-Sendfile", headers(200, "X-Sendfile: /etc/passwd") + over, "502"},

		{"closed in the body", head + long, "torn"},
		{"closed in a packet", head + long[:100], "torn"},
		{"less than the length", headers(200, "Content-Length: 6") + part("hello") + over, "torn"},
		{"a second head …", head + long + head + over, "torn"},
		{"part longer than its packet …", head + long + reply("\x03\x00\xffhello"), "torn"},
		{"part shorter than its packet …", head + long + reply("\x03\x00\x01hello"), "torn"},
		{"part without a length …", head + long + reply("\x03"), "torn"},
		{"long end …", head + long + reply("\x05\x01\x01"), "torn"},
		{"short end …", head + long + reply("\x05"), "torn"},
		{"magic lost …", head + long + "hello, out of step", "torn"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := container(t, func(p *front13, _, _ int) bool {
				_, _ = io.WriteString(p, tt.sent)
				if strings.HasSuffix(tt.name, "…") {
					_, _ = io.Copy(io.Discard, p)
				}
				return false
			})
			c := &ajp.Client{Addresses: []string{addr}, AnswerTimeout: 20 * time.Second}
			if got := apptest.Ask(t, c, paritytest.Request{}); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// A connection is kept where the end of the answer says so, and nothing is left on it.
func TestClientKeeps(t *testing.T) {
	for end, want := range map[string]string{over: "200 1.2", closing: "200 2.1", over + part("x"): "200 2.1"} {
		c := &ajp.Client{Addresses: []string{numbered(t, end)}}
		first := apptest.Ask(t, c, paritytest.Request{})
		if got := apptest.Ask(t, c, paritytest.Request{}); first != "200 1.1" || got != want {
			t.Errorf("%q: %s, %s, want %s", end, first, got, want)
		}
		_ = c.Close()
	}
}

// numbered is a container that answers with the number of the connection and that of the request on
// it.
func numbered(t *testing.T, end string) (addr string) {
	return container(t, func(p *front13, i, n int) bool {
		_, _ = io.WriteString(p, headers(200)+part(fmt.Sprintf("%d.%d", n, i))+end)
		return true
	})
}

// A container that answers while the client has sent nothing of the body still has a packet of it to
// come, so that the connection cannot be used again.
func TestClientUnsentBody(t *testing.T) {
	c := &ajp.Client{Addresses: []string{numbered(t, over)}}
	defer c.Close()
	srv := httptest.NewServer(paritytest.Quiet(c))
	defer srv.Close()
	body, w := io.Pipe()
	r, _ := http.NewRequest("POST", srv.URL, body)
	r.ContentLength = 100
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	_ = w.Close()
	if string(got) != "1.1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got := apptest.Ask(t, c, paritytest.Request{}); got != "200 2.1" {
		t.Error(got)
	}
}

// A container that asks again for what it waits for is out of step.
func TestClientAskedTwice(t *testing.T) {
	addr := container(t, func(p *front13, _, _ int) bool {
		_, _ = io.WriteString(p, asks(100))
		_, _ = io.Copy(io.Discard, p)
		return false
	})
	c := &ajp.Client{Addresses: []string{addr}, AnswerTimeout: 20 * time.Second}
	defer c.Close()
	srv := httptest.NewServer(paritytest.Quiet(c))
	defer srv.Close()
	body, w := io.Pipe()
	defer w.Close()
	r, _ := http.NewRequest("POST", srv.URL, body)
	r.ContentLength = 100 // of which the first packet comes unasked
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadGateway {
		t.Error(resp.Status)
	}
}

// A client that goes away closes the connection, whichever of the two is waiting for the other.
func TestClientLeaves(t *testing.T) {
	for name, script := range map[string]string{
		"no answer": "", "in the answer": headers(200) + part("hello"), "asked for the body": asks(1000), "flushed": headers(200) + part(""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, gone := make(chan struct{}, 1), make(chan struct{}, 1)
			addr := container(t, func(p *front13, _, _ int) bool {
				_, _ = io.WriteString(p, script)
				asked <- struct{}{}
				_, _ = io.Copy(io.Discard, p)
				gone <- struct{}{}
				return false
			})
			c := &ajp.Client{Addresses: []string{addr}}
			srv := httptest.NewServer(paritytest.Quiet(c))
			defer srv.Close()
			body, w := io.Pipe()
			defer w.Close()
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-asked; cancel(); _ = w.CloseWithError(context.Canceled) }()
			r, _ := http.NewRequestWithContext(ctx, "POST", srv.URL, body)
			if resp, err := http.DefaultClient.Do(r); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			select {
			case <-gone:
			case <-time.After(10 * time.Second):
				t.Error("the connection stays open")
			}
		})
	}
}

// The container gets of a body what it asks for, and an empty packet behind its end.
func TestClientBody(t *testing.T) {
	const length = 20_000
	var chunked atomic.Bool
	addr := container(t, func(p *front13, _, _ int) bool {
		var got []int
		read := func() int {
			s, err := p.packet()
			if err != nil || len(s) < 2 || int(s[0])<<8|int(s[1]) != len(s)-2 {
				t.Errorf("%q, %v", s, err)
				return 0
			}
			got = append(got, len(s)-2)
			return len(s) - 2
		}
		total := 0
		if !chunked.Load() {
			total = read()
		}
		for n := 1; n > 0; {
			_, _ = io.WriteString(p, asks(5000))
			n = read()
			total += n
		}
		_, _ = io.WriteString(p, headers(200)+part(fmt.Sprint(total, got[len(got)-1]))+over)
		return true
	})
	c := &ajp.Client{Addresses: []string{addr}}
	for range 2 {
		if got := apptest.Ask(t, c, paritytest.Request{Method: "POST", Body: strings.Repeat("b", length)}); got != "200 20000 0" {
			t.Error(got)
		}
	}
	chunked.Store(true)
	q := paritytest.Request{Method: "POST", Header: []string{"Transfer-Encoding: chunked"}, Body: "2710\r\n" + strings.Repeat("b", 10_000) + "\r\n0\r\n\r\n"}
	if got := apptest.Ask(t, chunkedOnly{c}, q); got != "200 10000 0" {
		t.Error(got)
	}
}

// chunkedOnly makes of a body with both lengths, which the test's request has, one without.
type chunkedOnly struct{ h http.Handler }

func (c chunkedOnly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.ContentLength = -1
	r.Header.Del("Content-Length")
	c.h.ServeHTTP(w, r)
}

// A kept connection that does not answer to a ping is not used, whatever the request is.
func TestClientPing(t *testing.T) {
	for _, pong := range []string{"AB\x00\x01\x09", "", "nonsense", over} {
		addr := apptest.Listen(t, func(conn net.Conn, n int) {
			p := &front13{conn, bufio.NewReader(conn)}
			for {
				s, err := p.packet()
				switch {
				case err != nil:
					return
				case s == "\x0a":
					_, _ = io.WriteString(p, pong)
				default:
					_, _ = io.WriteString(p, headers(200)+part(fmt.Sprint("on ", n))+over)
				}
			}
		})
		c := &ajp.Client{Addresses: []string{addr}, PingTimeout: 200 * time.Millisecond}
		want := "200 on 2"
		if pong == "AB\x00\x01\x09" {
			want = "200 on 1"
		}
		_ = apptest.Ask(t, c, paritytest.Request{})
		if got := apptest.Ask(t, c, paritytest.Request{Method: "POST"}); got != want {
			t.Errorf("%q: %s, want %s", pong, got, want)
		}
		_ = c.Close()
	}
}

// A container that waits for the client's body, or for nothing, ends by the times and by the client.
func TestClientTimeouts(t *testing.T) {
	hang := func(p *front13, _, _ int) bool { _, _ = io.Copy(io.Discard, p); return false }
	c := &ajp.Client{Addresses: []string{container(t, hang)}, AnswerTimeout: 150 * time.Millisecond}
	for _, q := range []paritytest.Request{{}, {Method: "POST", Body: "body"}, {Method: "POST", Body: strings.Repeat("b", 1<<20)}} {
		if got := apptest.Ask(t, c, q); got != "504" {
			t.Errorf("%s: %s", q.Method, got)
		}
	}
}

// A head that is longer than a packet is refused before anything is sent.
func TestClientTooLong(t *testing.T) {
	c := &ajp.Client{Addresses: []string{"127.0.0.1:1"}}
	if got := apptest.Ask(t, c, paritytest.Request{Header: []string{"X-A: " + strings.Repeat("a", 8200)}}); got != "431" {
		t.Error(got)
	}
}

// A path that a container resolves is not sent to it.
func TestClientClimbs(t *testing.T) {
	c := &ajp.Client{Addresses: []string{"127.0.0.1:1"}}
	for target, want := range map[string]string{
		"/a/../b": "400", "/a/..;x/b": "400", "/a/%2e./b": "400", "/a/.%2e%3Bx=y/b": "400", "/a/..%2fb": "400", "/a/..%5cb": "400", "/./a": "400", "/a/..": "400",
		"/a;../b": "503", "/...": "503", "/a..b/": "503", "/a?b=/../": "503",
	} {
		if got := apptest.Ask(t, c, paritytest.Request{Target: target}); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}
