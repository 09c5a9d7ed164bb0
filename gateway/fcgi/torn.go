package fcgi

import (
	"net/http"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgiresponse"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// tear ends a request whose answer is not whole. The protocol has no way to say so. What the
// servers make of the ways that there are (Apache 2.4, nginx 1.22, lighttpd 1.4.69, haproxy 2.6):
//
//   - An end without an answer is an empty 200 to Apache, and haproxy waits for its timeout. The
//     end of the connection without an answer is a 503, 502, 500 and 502.
//   - An end after a part of the answer is good to all of them, whatever the status in it says,
//     but where a Content-Length says otherwise; to Apache even there.
//   - The end of the connection after a part of the answer is good to nginx where it does not keep
//     connections, or does not buffer, and the connection was not reset, which over a Unix socket
//     it cannot be. A record of a kind that no application sends is an error to it always.
//   - lighttpd takes everything that came before it began to send for the whole answer, unless
//     there is a Content-Length. That cannot be helped.
//
// So the connection ends, after such a record. Where it carries others too, it ends when those are
// answered, and the torn one is not ended until then; or if nothing of it was sent, it gets an
// answer that says what a server would have made of none.
func (c *conn) tear(q *request, began bool) {
	c.mu.Lock()
	alone := c.open-c.torn == 1
	if !alone && began {
		q.torn = true
		c.torn++
	}
	c.mu.Unlock()
	switch {
	case alone && began:
		c.out.tear(q.id)
	case alone:
		c.Reset()
	case !began:
		c.forget(q, true)
		_ = c.out.post(appendRefusal(nil, q.id, http.StatusBadGateway, 1, statusDone))
	}
}

// mend ends a torn request as the server in front wants. It reports false if it was not torn.
func (c *conn) mend(q *request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !q.torn {
		return false
	}
	q.torn, q.left = false, true
	c.torn--
	c.open--
	return true
}

// onlyTorn reports whether only torn requests are left.
func (c *conn) onlyTorn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.torn > 0 && c.open == c.torn
}

// tear ends the connection so that the server in front takes it for an error.
func (s *sender) tear(id uint16) {
	s.turn.Lock()
	defer s.turn.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = s.conn.Write(appendRecord(nil, abortRequest, id)) // only servers send it
	s.conn.Reset()
}

// appendRefusal appends an answer of a status and nothing else: to an end without an answer not
// all servers give a status of their own.
func appendRefusal(b []byte, id uint16, httpStatus int, app uint32, status byte) []byte {
	head := cgiresponse.AppendHead(nil, cgiresponse.Status, httpStatus, []exchange.Field{{Name: "Content-Length", Value: "0"}})
	b = appendRecord(b, stdout, id, head...)
	b = appendRecord(b, stdout, id)
	return appendEnd(b, id, app, status)
}
