package middlewaretest

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// outerAnswer is what the suite's own recovery says, as any outer layer might.
const outerAnswer = "outer recovery\n"

// record is what one request did at the server's end of the layer.
type record struct {
	mu       sync.Mutex
	interim  []int    // 1xx statuses in order
	hinted   []string // the names in the header at the last of these
	body     []byte   // what Write got, up to maxBody
	finals   []int    // explicit final statuses in order
	written  int64    // body bytes by any way
	readFrom int64    // of these, through ReadFrom
	left     bool     // header or body bytes were given to the server
	hijacked bool
	after    []string // calls after the hijack
	full     bool     // EnableFullDuplex was called
	read     []time.Time
	write    []time.Time

	pattern  string // r.Pattern, after the layer returned
	panicked any    // what came out of the layer
}

const maxBody = 4 << 20

// names returns those of the fields of h, sorted.
func names(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }

func (rec *record) did(f func(*record)) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	f(rec)
}

// call notes a call that is wrong once the connection belongs to somebody else.
func (rec *record) call(name string, f func(*record)) {
	rec.did(func(rec *record) {
		if rec.hijacked {
			rec.after = append(rec.after, name)
		}
		f(rec)
	})
}

// outermost stands between a server and the layer: it recovers panics like a careful
// outer layer, and records what came.
type outermost struct {
	next    http.Handler
	proto   protocol
	records chan *record
}

func (o *outermost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &record{}
	defer func() {
		v := recover()
		rec.pattern, rec.panicked = r.Pattern, v
		answer := false
		rec.did(func(rec *record) { answer = v != nil && v != http.ErrAbortHandler && !rec.left })
		if answer {
			http.Error(w, outerAnswer[:len(outerAnswer)-1], http.StatusInternalServerError)
		}
		o.records <- rec
		if v != nil && !answer {
			panic(http.ErrAbortHandler) // the server closes without a word
		}
	}()
	o.next.ServeHTTP(newBase(o.proto, w, rec), r)
}

// newBase returns a writer that offers what the server's own writer offers for proto,
// no more and no less, and hides the rest: layers look at that.
func newBase(proto protocol, w http.ResponseWriter, rec *record) http.ResponseWriter {
	b := base{w, rec}
	if proto == http2 {
		return b
	}
	return base1{b}
}

// base is the writer of an HTTP/2 server.
type base struct {
	w   http.ResponseWriter
	rec *record
}

func (b base) Header() http.Header { return b.w.Header() }

func (b base) WriteHeader(status int) {
	b.rec.call("WriteHeader", func(rec *record) {
		if status < 200 && status != http.StatusSwitchingProtocols {
			rec.interim, rec.hinted = append(rec.interim, status), names(b.w.Header())
			return
		}
		rec.finals, rec.left = append(rec.finals, status), true
	})
	b.w.WriteHeader(status)
}

func (b base) Write(p []byte) (int, error) {
	n, err := b.w.Write(p)
	b.rec.call("Write", func(rec *record) {
		rec.written, rec.left = rec.written+int64(n), true
		if len(rec.body) < maxBody {
			rec.body = append(rec.body, p[:n]...)
		}
	})
	return n, err
}

func (b base) WriteString(s string) (int, error) {
	n, err := io.WriteString(b.w, s)
	b.rec.call("WriteString", func(rec *record) { rec.written, rec.left = rec.written+int64(n), true })
	return n, err
}

func (b base) Flush() { _ = b.FlushError() }

func (b base) FlushError() error {
	b.rec.call("Flush", func(rec *record) { rec.left = true })
	return http.NewResponseController(b.w).Flush()
}

func (b base) SetReadDeadline(at time.Time) error {
	b.rec.did(func(rec *record) { rec.read = append(rec.read, at) })
	return http.NewResponseController(b.w).SetReadDeadline(at)
}

func (b base) SetWriteDeadline(at time.Time) error {
	b.rec.did(func(rec *record) { rec.write = append(rec.write, at) })
	return http.NewResponseController(b.w).SetWriteDeadline(at)
}

func (b base) EnableFullDuplex() error {
	b.rec.did(func(rec *record) { rec.full = true })
	return http.NewResponseController(b.w).EnableFullDuplex()
}

// base1 is the writer of an HTTP/1.1 server.
type base1 struct{ base }

func (b base1) ReadFrom(src io.Reader) (int64, error) {
	n, err := b.w.(io.ReaderFrom).ReadFrom(src)
	b.rec.call("ReadFrom", func(rec *record) {
		rec.written, rec.readFrom, rec.left = rec.written+n, rec.readFrom+n, true
	})
	return n, err
}

func (b base1) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := b.w.(http.Hijacker).Hijack()
	b.rec.call("Hijack", func(rec *record) { rec.hijacked = err == nil; rec.left = rec.left || err == nil })
	return conn, rw, err
}
