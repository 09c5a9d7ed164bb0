package exchange

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/surcoat/surcoat/internal/respond"
)

// Write implements [http.ResponseWriter].
func (w *response) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.accept(len(p)); err != nil || len(p) == 0 {
		return 0, err
	}
	if !w.sent {
		if len(w.buf)+len(p) <= holdBack {
			w.buf = append(w.buf, p...)
			return len(p), nil
		}
		if len(w.buf) == 0 {
			w.sendHead(p, false)
		}
	}
	n := 0
	if !w.sent {
		n = holdBack - len(w.buf)
		w.buf = append(w.buf, p[:n]...)
		w.sendHead(w.buf, false)
	}
	w.pass(p[n:])
	if w.err != nil {
		return n, w.err
	}
	return len(p), nil
}

// WriteString implements [io.StringWriter].
func (w *response) WriteString(s string) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.accept(len(s)); err != nil {
		return 0, err
	}
	n := 0
	for n < len(s) && w.err == nil {
		if len(w.buf) == holdBack {
			w.sendHead(w.buf, false)
		}
		part := s[n:min(len(s), n+holdBack-len(w.buf))]
		w.buf = append(w.buf, part...)
		n += len(part)
		if w.sent {
			w.pass(w.buf)
			w.buf = w.buf[:0]
		}
	}
	return n, w.err
}

// accept counts n bytes, or says why they are not taken.
func (w *response) accept(n int) error {
	if w.over.Load() {
		return errOver
	}
	if w.status == 0 {
		w.writeHeader(http.StatusOK)
	}
	if n == 0 {
		return nil
	}
	if !respond.BodyAllowed(w.status) {
		return http.ErrBodyNotAllowed
	}
	w.written += int64(n)
	if w.note.length >= 0 && w.written > w.note.length {
		return http.ErrContentLength
	}
	if w.err != nil {
		return w.err
	}
	w.accepted += int64(n)
	return nil
}

// sendHead sends the head, and what was held back of the body. first is the beginning of the
// body, by which its type is told; last says that first is all of it.
func (w *response) sendHead(first []byte, last bool) {
	if w.sent {
		return
	}
	w.sent = true
	w.drainBody()
	w.addFields(first, last)
	if w.err != nil {
		return
	}
	w.keep(w.c.Head(w.status, w.fields))
	w.pass(w.buf)
	w.buf = w.buf[:0]
}

// addFields adds the fields that net/http adds.
func (w *response) addFields(first []byte, last bool) {
	n := &w.note
	allowed := respond.BodyAllowed(w.status)
	if !n.date {
		w.fields = append(w.fields, Field{"Date", date(time.Now())})
	}
	// Of a HEAD whose handler wrote nothing it is not known whether it would have.
	if last && allowed && !n.trailers && n.transferEncoding == "" && !n.lengthLine && (!w.head || len(first) > 0) {
		n.length = int64(len(first))
		w.fields = append(w.fields, Field{"Content-Length", strconv.Itoa(len(first))})
	}
	if allowed && !n.kind && !n.coded && n.transferEncoding == "" && len(first) > 0 {
		w.fields = append(w.fields, Field{"Content-Type", http.DetectContentType(first)})
	}
}

// drainBody reads what the handler has left of the request's body: before it has sent that, a
// server in front may not read the answer.
func (w *response) drainBody() {
	if w.body == nil || w.fullDuplex || w.expects && !w.body.sawEOF.Load() {
		return
	}
	w.body.drainForHead()
}

// pass hands bytes of the body to the carrier.
func (w *response) pass(p []byte) {
	if len(p) > 0 && w.err == nil && !w.head {
		w.keep(w.c.Body(p))
	}
}

// keep remembers the carrier's first error. Who cannot be written to is gone.
func (w *response) keep(err error) {
	if w.err == nil && err != nil {
		w.err = err
		w.o.Context.Cancel()
	}
}

// Flush implements [http.Flusher].
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is for [http.ResponseController].
func (w *response) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(); err != nil {
		return err
	}
	w.keep(w.c.Flush())
	return w.err
}

// begin hands the carrier what there is of the answer.
func (w *response) begin() error {
	if w.over.Load() {
		return errOver
	}
	if w.status == 0 {
		w.writeHeader(http.StatusOK)
	}
	w.sendHead(w.buf, false)
	return w.err
}

// sniffLength is how many bytes http.DetectContentType looks at.
const sniffLength = 512

// ReadFrom implements [io.ReaderFrom], so that a carrier which can hands a file to the network.
// The first bytes go through the buffer: the type is told by them, and the head is not sent
// before src has given something.
func (w *response) ReadFrom(src io.Reader) (n int64, err error) {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	w.mu.Lock()
	sent := w.sent
	w.mu.Unlock()
	if !sent {
		n, err = io.CopyBuffer(writer{w}, io.LimitReader(src, sniffLength), *buf)
		if err != nil || n < sniffLength {
			return n, err
		}
	}
	rest, err := w.readFrom(src, *buf)
	return n + rest, err
}

// readFrom sends the head and copies the rest of a body.
func (w *response) readFrom(src io.Reader, buf []byte) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(); err != nil {
		return 0, err
	}
	to, ok := w.c.(io.ReaderFrom)
	if !ok || w.head || !respond.BodyAllowed(w.status) {
		w.mu.Unlock()
		defer w.mu.Lock()
		return io.CopyBuffer(writer{w}, reader{src}, buf)
	}
	limited := src
	if w.note.length >= 0 {
		limited = io.LimitReader(src, w.note.length-w.accepted)
	}
	n, err := to.ReadFrom(limited)
	w.written += n
	w.accepted += n
	if err == nil && w.note.length >= 0 && w.accepted == w.note.length {
		if more, _ := io.ReadFull(src, buf[:1]); more > 0 {
			return n, http.ErrContentLength
		}
	}
	return n, err
}

// writer and reader hide the methods by which io.Copy would come back here.
type (
	writer struct{ w *response }
	reader struct{ io.Reader }
)

func (w writer) Write(p []byte) (int, error) { return w.w.Write(p) }

// finish sends what is left, and reports whether the answer is whole.
func (w *response) finish() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status == 0 {
		w.writeHeader(http.StatusOK)
	}
	w.sendHead(w.buf, true)
	if w.err != nil {
		return false
	}
	if w.note.length >= 0 && !w.head && respond.BodyAllowed(w.status) && w.accepted != w.note.length {
		return false
	}
	w.fields = w.fields[:0]
	if w.note.trailers && w.o.Trailers {
		w.fields = appendTrailers(w.fields, w.header, w.note.declared)
	}
	w.keep(w.c.End(w.fields))
	return w.err == nil
}
