package fcgi_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/internal/servertest"
)

// The types of records (FastCGI 1.0 §8).
const (
	begin = 1 + iota
	abort
	end
	params
	stdin
	stdout
	stderr
	data
	getValues
	getValuesResult
	unknownType
)

// record makes a record without padding.
func record(kind byte, id int, content string) string {
	return padded(kind, id, content, "")
}

func padded(kind byte, id int, content, padding string) string {
	h := []byte{1, kind, byte(id >> 8), byte(id), byte(len(content) >> 8), byte(len(content)), byte(len(padding)), 0}
	return string(h) + content + padding
}

// beginning begins a request as a responder.
func beginning(id int, keep bool) string {
	if keep {
		return record(begin, id, "\x00\x01\x01\x00\x00\x00\x00\x00")
	}
	return record(begin, id, "\x00\x01\x00\x00\x00\x00\x00\x00")
}

// pairs encodes names and values, with long lengths only where they must be.
func pairs(vars ...[2]string) string {
	var b []byte
	for _, v := range vars {
		for _, s := range v {
			if len(s) < 128 {
				b = append(b, byte(len(s)))
			} else {
				b = binary.BigEndian.AppendUint32(b, uint32(len(s))|1<<31)
			}
		}
		b = append(append(b, v[0]...), v[1]...)
	}
	return string(b)
}

// stream makes the records of a stream and its end.
func stream(kind byte, id int, content string) string {
	return records(kind, id, content) + record(kind, id, "")
}

func records(kind byte, id int, content string) (s string) {
	for len(content) > 65535 {
		s += record(kind, id, content[:65535])
		content = content[65535:]
	}
	if content != "" {
		s += record(kind, id, content)
	}
	return s
}

// variables are those of a GET, or of a POST if there is a body.
func variables(target, body string) string {
	method, length := "GET", ""
	if body != "" {
		method, length = "POST", fmt.Sprint(len(body))
	}
	return pairs([2]string{"REQUEST_METHOD", method}, [2]string{"REQUEST_URI", target},
		[2]string{"SERVER_PROTOCOL", "HTTP/1.1"}, [2]string{"CONTENT_LENGTH", length}, [2]string{"HTTP_HOST", "h"})
}

// request is a whole request.
func request(id int, keep bool, target, body string) string {
	return beginning(id, keep) + stream(params, id, variables(target, body)) + stream(stdin, id, body)
}

// peer is a server in front.
type peer struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *peer {
	t.Helper()
	network := "tcp"
	if addr[0] == '/' {
		network = "unix"
	}
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return newPeer(t, conn)
}

func newPeer(t testing.TB, conn net.Conn) *peer { return &peer{t, conn, bufio.NewReader(conn)} }

func (p *peer) send(s string) {
	p.t.Helper()
	if _, err := io.WriteString(p, s); err != nil {
		p.t.Fatal(err)
	}
}

// got is a record that came.
type got struct {
	kind    byte
	id      int
	content string
}

func (p *peer) next() (got, error) {
	h := make([]byte, 8)
	if _, err := io.ReadFull(p.r, h); err != nil {
		return got{}, err
	}
	if h[0] != 1 || h[7] != 0 {
		return got{}, fmt.Errorf("header % x", h)
	}
	content := make([]byte, int(binary.BigEndian.Uint16(h[4:]))+int(h[6]))
	if _, err := io.ReadFull(p.r, content); err != nil {
		return got{}, err
	}
	return got{h[1], int(binary.BigEndian.Uint16(h[2:])), string(content[:len(content)-int(h[6])])}, nil
}

func (p *peer) mustNext() got {
	p.t.Helper()
	g, err := p.next()
	if err != nil {
		p.t.Fatal(err)
	}
	return g
}

// answer is one request's answer.
type answer struct {
	id     int
	out    string
	ended  string // what the record at its end has
	closed bool   // stdout was
}

// answers reads until that many requests have ended.
func (p *peer) answers(n int) map[int]answer {
	p.t.Helper()
	all := make(map[int]answer)
	for ended := 0; ended < n; {
		g := p.mustNext()
		a := all[g.id]
		a.id = g.id
		switch g.kind {
		case stdout:
			if a.closed || a.ended != "" {
				p.t.Fatalf("stdout of %d after its end", g.id)
			}
			a.out += g.content
			a.closed = g.content == ""
		case end:
			a.ended = g.content
			ended++
		default:
			p.t.Fatalf("a record of type %d, %q", g.kind, g.content)
		}
		all[g.id] = a
	}
	return all
}

// answer reads the answer to one request, and returns its body.
func (p *peer) answer(id int) string {
	p.t.Helper()
	a, ok := p.answers(1)[id]
	if !ok || a.ended != "\x00\x00\x00\x00\x00\x00\x00\x00" || !a.closed {
		p.t.Fatalf("answer %+v", a)
	}
	for i := range a.out {
		if len(a.out) >= i+4 && a.out[i:i+4] == "\r\n\r\n" {
			return a.out[i+4:]
		}
	}
	p.t.Fatalf("answer %q", a.out)
	return ""
}

// rest reads until the connection ends.
func (p *peer) rest() (all []got) {
	p.t.Helper()
	for {
		g, err := p.next()
		var netErr net.Error
		switch {
		case errors.As(err, &netErr) && netErr.Timeout():
			p.t.Error("the connection does not end")
			return all
		case err != nil:
			return all
		}
		all = append(all, g)
	}
}

// closes reports whether the connection ends, without a record before.
func (p *peer) closes() {
	p.t.Helper()
	g, err := p.next()
	var netErr net.Error
	if err == nil || errors.As(err, &netErr) && netErr.Timeout() {
		p.t.Errorf("the connection goes on with %v, %v", g, err)
	}
}

// serve starts s at a Unix socket until the test ends, and sees that it leaves no goroutine.
func serve(t testing.TB, s *fcgi.Server) (addr string) {
	t.Helper()
	l := listen(t)
	serveAt(t, s, l)
	return l.Addr().String()
}

func serveAt(t testing.TB, s *fcgi.Server, l net.Listener) {
	t.Helper()
	if s.Logger == nil {
		s.Logger = paritytest.Silent
	}
	servertest.ServeAt(t, s, l)
}
