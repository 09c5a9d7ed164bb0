package lint

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/surcoat/surcoat/internal/respond"
)

// response watches one exchange. The handler's calls take mu in turn, so that a
// handler which uses the writer from two goroutines does not make lint itself unsound.
type response struct {
	respond.Writer
	handler *handler
	asked   asked       // the request as it came
	header  http.Header // the base's map

	mu       sync.Mutex
	outer    ledger // the header's fields and who set them
	declared int64  // Content-Length, -1 without
	written  int64
	head     bool  // the method is HEAD
	began    trace // who began the answer, where nobody asked for the header before
	early    int   // how many calls of Header there were when the header left
	layered  bool  // the base is another layer's, which may change the header in any call
	settled  bool  // what outer has is what such a layer has left
	calls    int8  // how often that was looked up
	explicit bool  // the status came by WriteHeader
	ending   bool  // the handler has returned without an answer
	failed   bool  // a write failed: what the body should have been is unknown
	hijacked bool
	over     atomic.Bool // the handler has returned

	overlapped atomic.Bool // Concurrent was reported
	reports    reports
}

var errOver = errors.New("lint: the response was used after its handler had returned")

// enter begins a call of the handler's. Without it (false) the call goes nowhere.
func (rs *response) enter(call string) bool {
	if !rs.mu.TryLock() {
		if rs.overlapped.CompareAndSwap(false, true) {
			rs.fault(Concurrent, here(), call+" while another goroutine uses the writer, which is for one at a time")
		}
		rs.mu.Lock()
	}
	if rs.over.Load() {
		rs.mu.Unlock()
		rs.fault(WriterAfter, here(), call+" after the handler returned: the server may be answering another request with the same buffers")
		return false
	}
	return true
}

// Header notes who asks for the map, since what is done to it cannot be seen.
func (rs *response) Header() http.Header {
	if !rs.enter("Header") {
		return http.Header{}
	}
	defer rs.mu.Unlock()
	switch {
	case rs.Status() == 0 || !rs.settled:
		rs.outer.absorb(rs.header)
		rs.settled = true
	case !rs.hijacked:
		rs.lateHeader()
	}
	rs.outer.next().mark(1)
	return rs.Writer.Header()
}

// WriteHeader checks that status is the first final one, and possible.
func (rs *response) WriteHeader(status int) {
	if !rs.enter("WriteHeader") {
		return
	}
	defer rs.mu.Unlock()
	switch now := rs.Status(); {
	case status < 100 || status > 999:
		rs.fault(InvalidStatus, here(), "WriteHeader("+strconv.Itoa(status)+"): a status has three digits; the server panics")
	case rs.hijacked:
		rs.fault(AfterHijack, here(), "WriteHeader("+strconv.Itoa(status)+") on a connection that was hijacked")
	case now == 0:
		rs.explicit = respond.Final(status)
	case !respond.Final(status):
		rs.fault(LateInterim, here(), "WriteHeader("+strconv.Itoa(status)+") after the final status "+strconv.Itoa(now)+" left: it is dropped")
	case rs.explicit:
		rs.fault(RepeatedStatus, here(), "WriteHeader("+strconv.Itoa(status)+") after WriteHeader("+strconv.Itoa(now)+"): the first one was sent")
	default:
		rs.fault(LateStatus, here(), "WriteHeader("+strconv.Itoa(status)+") after the first Write or Flush, which sent status "+strconv.Itoa(now))
	}
	rs.before()
	defer rs.after()
	rs.Writer.WriteHeader(status)
}

// Write checks that a body may be sent, and counts it.
func (rs *response) Write(p []byte) (int, error) {
	if !rs.enter("Write") {
		return 0, errOver
	}
	defer rs.mu.Unlock()
	rs.write(int64(len(p)))
	defer rs.after()
	n, err := rs.Writer.Write(p)
	rs.wrote(int64(n), err)
	return n, err
}

// WriteString is Write.
func (rs *response) WriteString(s string) (int, error) {
	if !rs.enter("WriteString") {
		return 0, errOver
	}
	defer rs.mu.Unlock()
	rs.write(int64(len(s)))
	defer rs.after()
	n, err := rs.Writer.WriteString(s)
	rs.wrote(int64(n), err)
	return n, err
}

// ReadFrom lets go of mu for the time of the copy, in which the source may well use
// the writer.
func (rs *response) ReadFrom(src io.Reader) (int64, error) {
	if !rs.enter("ReadFrom") {
		return 0, errOver
	}
	defer rs.mu.Unlock()
	rs.write(0)
	defer rs.after()
	n, err := rs.copy(src)
	rs.room(n, err)
	rs.wrote(n, err)
	return n, err
}

func (rs *response) copy(src io.Reader) (int64, error) {
	rs.mu.Unlock()
	defer rs.mu.Lock()
	return rs.Writer.ReadFrom(src)
}

// maxLooks bounds the work for a handler that writes in small pieces.
const maxLooks = 4

// before looks for what the handler has done to the header since its last call, while
// that can be told from what other layers do in their part of the call to come.
func (rs *response) before() {
	if rs.layered && rs.settled && rs.Status() != 0 && !rs.hijacked {
		rs.lateHeader()
	}
}

// after accepts what other layers have done to the header. Their turn comes with the
// first calls as a rule; later it is seen only whether the handler asks for the map.
func (rs *response) after() {
	if !rs.layered || rs.Status() == 0 {
		return
	}
	if rs.settled = rs.calls < maxLooks; rs.settled {
		rs.calls++
		rs.outer.absorb(rs.header)
	}
}

// write commits, and checks a write of n bytes.
func (rs *response) write(n int64) {
	if rs.hijacked {
		rs.fault(AfterHijack, here(), "a write to a connection that was hijacked")
		return
	}
	rs.before()
	_ = rs.Writer.Commit(http.StatusOK)
	rs.room(n, nil)
}

// room checks that n bytes more have their place in the response, or that it is not for
// want of place that writing them failed with err.
func (rs *response) room(n int64, err error) {
	switch {
	case rs.hijacked || n == 0 && err == nil:
	case n > 0 && !respond.BodyAllowed(rs.Status()), errors.Is(err, http.ErrBodyNotAllowed):
		rs.fault(BodyNotAllowed, here(), "a body on status "+strconv.Itoa(rs.Status())+", which has none: it is dropped")
	case rs.declared >= 0 && rs.written+n > rs.declared, errors.Is(err, http.ErrContentLength):
		rs.fault(ContentLength, here(), "a body of more than the "+strconv.FormatInt(rs.declared, 10)+" bytes of Content-Length: the rest is dropped")
	}
}

func (rs *response) wrote(n int64, err error) {
	rs.written += n
	rs.failed = rs.failed || err != nil
}

// Flush is FlushError without its error.
func (rs *response) Flush() { _ = rs.FlushError() }

// FlushError commits and passes on.
func (rs *response) FlushError() error {
	if !rs.enter("Flush") {
		return errOver
	}
	defer rs.mu.Unlock()
	rs.before()
	defer rs.after()
	return rs.Writer.FlushError()
}

// Hijack ends the watch over the response, but not over its writer.
func (rs *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !rs.enter("Hijack") {
		return nil, nil, errOver
	}
	defer rs.mu.Unlock()
	before := rs.hijacked
	rs.hijacked = true // Commit has nothing to check: this header does not leave
	conn, rw, err := rs.Writer.Hijack()
	rs.hijacked = before || err == nil
	return conn, rw, err
}

// finish looks at the whole of a response whose handler has returned.
func (rs *response) finish(r *http.Request) {
	if !rs.mu.TryLock() {
		if rs.overlapped.CompareAndSwap(false, true) {
			rs.fault(Concurrent, nil, "the handler returned while another goroutine uses its writer")
		}
		rs.mu.Lock()
	}
	defer rs.mu.Unlock()
	rs.checkRequest()
	if rs.hijacked {
		return
	}
	if rs.Status() == 0 {
		rs.ending = true
		rs.Finish()
	}
	if rs.settled {
		rs.lateHeader()
	}
	if rs.written < rs.declared && !rs.head && !rs.failed && respond.BodyAllowed(rs.Status()) && r.Context().Err() == nil {
		rs.faultIn("Content-Length", ContentLength, "a body of "+strconv.FormatInt(rs.written, 10)+" bytes where Content-Length says "+
			strconv.FormatInt(rs.declared, 10)+": the server cuts the connection")
	}
}

// end is the end of the exchange, also of one whose handler panicked.
func (rs *response) end() {
	rs.mu.Lock()
	rs.over.Store(true)
	rs.mu.Unlock()
}
