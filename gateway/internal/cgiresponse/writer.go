package cgiresponse

import (
	"io"
	"net"
	"os"
	"sync"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// holdBack is how much a Writer holds back: more than the head and body of most small answers.
const holdBack = 8 << 10

var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, holdBack)
	return &b
}}

// Writer is all of an exchange.Carrier but Abort, for a protocol in which an answer is a
// stream of bytes until its end. 1xx and trailers have no place in such an answer and are dropped.
type Writer struct {
	w     io.Writer
	first string
	buf   *[]byte
}

// Init makes w write to dst. first is [Status] or [Line]. Release must be called when w is not
// used any more.
func (w *Writer) Init(dst io.Writer, first string) {
	*w = Writer{w: dst, first: first, buf: buffers.Get().(*[]byte)}
}

// Release hands the buffer back; what it holds is lost.
func (w *Writer) Release() {
	if cap(*w.buf) <= 4*holdBack { // a huge head made it grow
		*w.buf = (*w.buf)[:0]
		buffers.Put(w.buf)
	}
	w.buf = nil
}

// Head implements exchange.Carrier.
func (w *Writer) Head(status int, header []exchange.Field) error {
	*w.buf = AppendHead(*w.buf, w.first, status, header)
	return nil
}

// Inform implements exchange.Carrier.
func (*Writer) Inform(int, []exchange.Field) error { return nil }

// Body implements exchange.Carrier.
func (w *Writer) Body(p []byte) error {
	if len(*w.buf)+len(p) <= holdBack {
		*w.buf = append(*w.buf, p...)
		return nil
	}
	if len(*w.buf) > 0 && len(p) >= holdBack {
		return w.both(p)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(p) < holdBack {
		*w.buf = append(*w.buf, p...)
		return nil
	}
	_, err := w.w.Write(p)
	return err
}

// both sends what was held back and p, in one system call where the network can.
func (w *Writer) both(p []byte) error {
	list := net.Buffers{*w.buf, p}
	_, err := list.WriteTo(w.w)
	*w.buf = (*w.buf)[:0]
	return err
}

// Flush implements exchange.Carrier.
func (w *Writer) Flush() error {
	if len(*w.buf) == 0 {
		return nil
	}
	_, err := w.w.Write(*w.buf)
	*w.buf = (*w.buf)[:0]
	return err
}

// ReadFrom sends what was held back and then src, without a copy where src is a file and the
// network can do it.
func (w *Writer) ReadFrom(src io.Reader) (int64, error) {
	if err := w.Flush(); err != nil {
		return 0, err
	}
	if to, ok := w.w.(io.ReaderFrom); ok && isFile(src) {
		return to.ReadFrom(src)
	}
	buf := copies.Get().(*[]byte)
	defer copies.Put(buf)
	return io.CopyBuffer(struct{ io.Writer }{w.w}, struct{ io.Reader }{src}, *buf)
}

var copies = sync.Pool{New: func() any {
	b := make([]byte, 32<<10)
	return &b
}}

func isFile(src io.Reader) bool {
	if l, ok := src.(*io.LimitedReader); ok {
		src = l.R
	}
	_, ok := src.(*os.File)
	return ok
}

// End implements exchange.Carrier.
func (w *Writer) End([]exchange.Field) error { return w.Flush() }
