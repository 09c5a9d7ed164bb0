package fcgi_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/apptest"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// What applications that are torn or lie come to. Behind "…" the connection stays open; without, it
// is closed.
func TestClientLies(t *testing.T) {
	const head = "Content-Type: text/plain\r\n"
	out := func(s string) string { return record(stdout, 1, s) }
	over := record(end, 1, done)
	body := strings.Repeat("b", 60_000)
	for _, tt := range []struct{ name, sent, want string }{
		{"truth", out(head+"\r\nhello") + out("") + over, "200 hello"},
		{"no end of the output", out(head+"\r\nhello") + over, "200 hello"},
		{"padding", padded(stdout, 1, head+"\r\nhello", "\x01\x02\x03") + padded(end, 1, done, "pad"), "200 hello"},
		{"a byte at a time", strings.Join(each(head+"\r\nhello", out), "") + over, "200 hello"},
		{"status", out("Status: 404 Not Found\r\n\r\nno") + over, "404 no"},
		{"location", out("Location: /there\r\n\r\n") + over, "302 "},
		{"exit status", out(head+"\r\nhello") + record(end, 1, "\x00\x00\x00\xff\x00\x00\x00\x00"), "200 hello"},
		{"length", out(head+"Content-Length: 5\r\n\r\nhello") + over, "200 hello"},
		{"more than the length", out(head+"Content-Length: 5\r\n\r\nhello, and more") + over, "200 hello"},
		{"more than the length, later", out(head+"Content-Length: 5\r\n\r\nhello") + out(body) + out(body) + over, "200 hello"},
		{"length, no end …", out(head + "Content-Length: 5\r\n\r\nhello"), "200 hello"},
		{"length, closed", out(head + "Content-Length: 5\r\n\r\nhello"), "200 hello"},
		{"1 MB of complaints", strings.Repeat(record(stderr, 1, strings.Repeat("oh no\n", 10_000)), 17) + out(head+"\r\nhello") + over, "200 hello"},
		{"a complaint without end", strings.Repeat(record(stderr, 1, body), 17) + out(head+"\r\nhello") + over, "200 hello"},

		{"nothing", "", "502"},
		{"end without a head", over, "502"},
		{"end of the output without a head", out("") + over, "502"},
		{"half a head", out(head) + over, "502"},
		{"half a head, closed", out(head), "502"},
		{"head without end …", strings.Repeat(out("X-A: "+strings.Repeat("a", 60_000)+"\r\n"), 20), "502"},
		{"line without end …", strings.Repeat(out(body), 20), "502"},
		{"no head", out("<h1>hello</h1>") + over, "502"},
		{"bad status", out("Status: 099\r\n\r\nhello") + over, "502"},
		{"two lengths", out("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello") + over, "502"},
		{"HTTP …", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "502"},
		{"version 2 …", "\x02\x06\x00\x01\x00\x05\x00\x00hello", "502"},
		{"half a header", out(head + "\r\nhello")[:5], "502"},
		{"another id …", record(stdout, 2, head+"\r\nhello") + record(end, 2, done), "502"},
		{"id 0 …", record(stdout, 0, head+"\r\nhello"), "502"},
		{"values nobody asked for …", record(getValuesResult, 0, ""), "502"},
		{"unknown type …", record(99, 1, ""), "502"},
		{"data …", record(data, 1, "hello"), "502"},
		{"short end …", record(end, 1, "\x00"), "502"},
		{"long end …", record(end, 1, done+done), "502"},
		{"unknown role", record(end, 1, "\x00\x00\x00\x00\x03\x00\x00\x00"), "502"},
		{"unknown protocol status", record(end, 1, "\x00\x00\x00\x00\x77\x00\x00\x00"), "502"},
		{"overloaded", record(end, 1, "\x00\x00\x00\x00\x02\x00\x00\x00"), "503"},
		{"cannot multiplex", record(end, 1, "\x00\x00\x00\x00\x01\x00\x00\x00"), "503"},
		{"overloaded after a head", out(head+"\r\n") + record(end, 1, "\x00\x00\x00\x00\x02\x00\x00\x00"), "torn"},
		{"X-Sendfile, not allowed", out("X-Sendfile: /etc/passwd\r\n\r\n") + over, "502"},
		{"X-Accel-Redirect, not allowed", out("X-Accel-Redirect: /secret\r\n\r\n") + over, "502"},
		{"X-Accel-Buffering", out("X-Accel-Buffering: no\r\n\r\nhello") + over, "200 hello"},

		{"less than the length", out(head+"Content-Length: 6\r\n\r\nhello") + over, "torn"},
		{"less than the length, closed", out(head + "Content-Length: 6\r\n\r\nhello"), "torn"},
		{"closed in the body", out(head+"\r\nhello") + out(body), "torn"},
		{"closed in a record", out(head+"\r\nhello") + record(stdout, 1, body)[:30_000], "torn"},
		{"closed in padding", out(head+"\r\n"+body) + padded(stdout, 1, "x", "pad")[:10], "torn"},
		{"a record longer than what comes", out(head+"\r\n"+body) + "\x01\x06\x00\x01\xff\xff\x00\x00hello", "torn"},
		{"output after its end …", out(head+"\r\n"+body) + out("") + out("more") + over, "torn"},
		{"another id in the body …", out(head+"\r\n"+body) + record(stdout, 7, "secret of another"), "torn"},
		{"abort in the body …", out(head+"\r\n"+body) + record(abort, 1, ""), "torn"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			gone := make(chan struct{})
			addr := app(t, func(p *peer, _, _ int) bool {
				_, _ = io.WriteString(p, tt.sent)
				if !strings.HasSuffix(tt.name, "…") {
					return false
				}
				_, err := p.next() // the client's end of the connection
				if g, _ := err.(interface{ Timeout() bool }); g == nil || !g.Timeout() {
					close(gone)
				}
				return false
			})
			c := &fcgi.Client{Addresses: []string{addr}, Logger: paritytest.Silent, AnswerTimeout: 20 * time.Second}
			if got := apptest.Ask(t, c, paritytest.Request{}); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if strings.HasSuffix(tt.name, "…") {
				select {
				case <-gone:
				case <-time.After(10 * time.Second):
					t.Error("the connection stays open")
				}
			}
		})
	}
}

func each(s string, f func(string) string) (list []string) {
	for i := range len(s) {
		list = append(list, f(s[i:i+1]))
	}
	return list
}
