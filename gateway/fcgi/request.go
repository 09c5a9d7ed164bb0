package fcgi

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// request is one request from its begin record until its handler has returned.
type request struct {
	conn   *conn
	id     uint16
	begun  time.Time
	ctx    exchange.Context
	body   body
	answer answer

	// Of whoever reads:
	head     *[]byte // its variables as they come, in records
	tooLong  int     // bytes of them that were dropped, as there were too many
	text     string  // once they are complete
	complete bool
	counted  bool // connserver was told of it
	aborted  bool // by the server in front

	spot spot // the lookout's

	// conn.mu guards them:
	left bool // it has no place on the connection any more
	torn bool // its answer broke off, and only the end of the connection can say it
}

var heads = sync.Pool{New: func() any {
	b := make([]byte, 0, 4<<10)
	return &b
}}

func newRequest(c *conn, id uint16) *request {
	q := &request{conn: c, id: id, begun: time.Now(), head: heads.Get().(*[]byte)}
	q.ctx.Init(c.Context(), c)
	q.body.init(c.server)
	return q
}

// dropHead hands the memory back.
func (q *request) dropHead() {
	if cap(*q.head) <= 64<<10 {
		*q.head = (*q.head)[:0]
		heads.Put(q.head)
	}
	q.head = nil
}

// cancel ends a request that nobody waits for.
func (q *request) cancel(err error) {
	q.body.end(err)
	q.ctx.Cancel()
}

// serve answers the request, in this goroutine.
func (q *request) serve() {
	c := q.conn
	s := c.server
	q.answer.init(q)
	if s.ReadTimeout > 0 {
		q.body.setDeadline(q.begun.Add(s.ReadTimeout))
	}
	if s.WriteTimeout > 0 {
		_ = q.answer.SetWriteDeadline(time.Now().Add(s.WriteTimeout))
	}
	defer c.finish(q)
	defer q.answer.release()
	defer q.body.close()
	if q.tooLong > 0 {
		q.refuse(&cgienv.Error{Status: http.StatusRequestHeaderFieldsTooLarge, Reason: "the variables are longer than MaxHeaderBytes"})
		return
	}
	r, err := q.parse()
	if err != nil {
		q.refuse(err)
		return
	}
	if r.ContentLength < 0 && len(r.TransferEncoding) == 0 && !q.body.await() {
		r.ContentLength = 0
	}
	exchange.Serve(s.Handler, r, &q.answer, exchange.Options{Context: &q.ctx, Body: &q.body, Logger: s.Logger})
}

// lists are for variables while a request is made of them.
var lists = sync.Pool{New: func() any { return new(cgienv.Vars) }}

// maxList is how long a list may have become to be used again.
const maxList = 256

func (q *request) parse() (*http.Request, error) {
	list := lists.Get().(*cgienv.Vars)
	*list = appendPairs((*list)[:0], q.text)
	r, err := cgienv.RequestOnce(&q.ctx, *list, q, q.conn.server.Mount)
	clear(*list) // values may be secret, and large
	if cap(*list) <= maxList {
		lists.Put(list)
	}
	return r, err
}

// Vars implements cgienv.Teller.
func (q *request) Vars() cgienv.Vars {
	vars, _ := pairs(q.text)
	return vars
}

// refuse answers a request that is FastCGI but no HTTP that net/http would let through.
func (q *request) refuse(err error) {
	q.conn.reject(err)
	var bad *cgienv.Error
	if errors.As(err, &bad) {
		_ = exchange.Refuse(&q.answer, bad.Status)
	}
}

var _ io.ReaderFrom = (*answer)(nil)
