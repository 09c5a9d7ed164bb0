package matrix_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a client waits for anything.
const patience = 12 * time.Second

// request is one as it goes over the wire.
type request struct {
	method string   // "": GET
	target string   // "": /
	do     string   // what the program is asked to do; "": to say what it sees
	header []string // lines, without Host and Content-Length
	host   string   // "": the address
	body   string
	chunks int    // the body goes in that many; 0: with a Content-Length
	length bool   // Content-Length: 0 without a body
	then   string // lines after the last chunk
}

// trip is a case on one path.
type trip struct {
	address string // of the server
	prefix  string // before every target
	dir     string // where the program leaves its notes
	id      string
}

// head is the head of q.
func (at trip) head(q request) string {
	var b strings.Builder
	method, target, host := q.method, q.target, q.host
	if method == "" {
		method = http.MethodGet
	}
	if target == "" {
		target = "/"
	}
	if host == "" {
		host = at.address
	}
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\r\nHost: %s\r\nX-Id: %s\r\n", method, at.prefix, target, host, at.id)
	if q.do != "" {
		fmt.Fprintf(&b, "X-Do: %s\r\n", q.do)
	}
	for _, line := range q.header {
		b.WriteString(line + "\r\n")
	}
	switch {
	case q.chunks > 0:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case q.body != "" || q.length:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(q.body))
	}
	b.WriteString("\r\n")
	return b.String()
}

func (q request) wireBody() string {
	if q.chunks == 0 {
		return q.body
	}
	var b strings.Builder
	size := (len(q.body) + q.chunks - 1) / q.chunks
	for rest := q.body; rest != ""; {
		n := min(size, len(rest))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	return b.String() + "0\r\n" + q.then + "\r\n"
}

// conn is a client's connection.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func (at trip) dial() (*conn, error) {
	c, err := net.DialTimeout("tcp", at.address, patience)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	return &conn{c, bufio.NewReader(c)}, nil
}

// answer reads the head of one, with those that inform before it.
func (c *conn) answer(method string) (resp *http.Response, before []*http.Response, err error) {
	for {
		resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
		if err != nil || resp.StatusCode >= 200 {
			return resp, before, err
		}
		before = append(before, resp)
	}
}

// ask sends q on a connection and writes down what came of it.
func (at trip) ask(c *conn, q request) string {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(c, at.head(q)+q.wireBody())
	}()
	resp, before, err := c.answer(q.method)
	o := outcome{at: at, client: c.LocalAddr().String()}
	for _, r := range before {
		if r.StatusCode != http.StatusContinue {
			o.line("before it: %d with Link %q", r.StatusCode, r.Header.Get("Link"))
		}
	}
	if err != nil {
		o.line("no answer: %s", how(err))
		return o.String()
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "torn: " + how(err)
	}
	o.answer(resp, body)
	return o.String()
}

// visit is ask on a connection of its own.
func (at trip) visit(q request) string {
	c, err := at.dial()
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	return at.ask(c, q)
}

// how tells kinds of errors apart that mean the same on every system.
func how(err error) string {
	if e, ok := err.(net.Error); ok && e.Timeout() {
		return "nothing comes"
	}
	return "closed"
}

// say leaves a word for the program.
func (at trip) say(word string) {
	_ = os.WriteFile(filepath.Join(at.dir, at.id+"."+word), nil, 0o644)
}

// said waits for a word of the program's.
func (at trip) said(word string, within time.Duration) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(at.dir, at.id+"."+word)); err == nil {
			return true
		}
	}
	return false
}

// noted is what the program noted of the request, within a time.
func (at trip) noted(within time.Duration) string {
	deadline := time.Now().Add(within)
	for {
		b, err := os.ReadFile(filepath.Join(at.dir, at.id))
		if err == nil {
			return string(b)
		}
		if time.Now().After(deadline) {
			return "nothing noted"
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// openFolder is a folder that servers of another user may write to.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "echo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}
