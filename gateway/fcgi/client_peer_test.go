package fcgi_test

import (
	"bufio"
	"net"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/apptest"
)

// app plays an application: script is called when a request has come whole, with its number on
// the connection n, and reports whether the connection goes on.
func app(t testing.TB, script func(p *peer, id, n int) bool) (addr string) {
	return apptest.Listen(t, func(conn net.Conn, n int) {
		p := &peer{t, conn, bufio.NewReader(conn)}
		for {
			id, ok := p.question()
			if !ok || !script(p, id, n) {
				return
			}
		}
	})
}

// question reads a request. It is not ok where the connection ends before.
func (p *peer) question() (id int, ok bool) {
	for {
		g, err := p.next()
		if err != nil || g.kind == abort {
			return 0, false
		}
		if g.kind == stdin && g.content == "" {
			return g.id, true
		}
	}
}

// The end of a request that is done.
const done = "\x00\x00\x00\x00\x00\x00\x00\x00"

// page is the answer of an application that says no more than the truth.
func page(id int, text string) string {
	return record(stdout, id, "Content-Type: text/plain\r\n\r\n"+text) + record(stdout, id, "") + record(end, id, done)
}
