package cgiresponse

import (
	"errors"
	"io"
	"io/fs"
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

// Writer is all of an exchange.Carrier but Abort, for a protocol in which an answer is a stream
// of bytes until its end. 1xx and trailers have no place in such an answer and are dropped.
type Writer struct {
	w     io.Writer
	first string
	buf   *[]byte
	err   error // the first of w
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
	_, err := sink{w}.Write(p)
	return err
}

// sink is where bytes go that are not held back. After an error nothing more is sent.
type sink struct{ w *Writer }

// Write implements [io.Writer].
func (s sink) Write(p []byte) (n int, err error) {
	if s.w.err == nil {
		n, s.w.err = s.w.w.Write(p)
	}
	return n, s.w.err
}

// both sends what was held back and p, in one system call where the network can.
func (w *Writer) both(p []byte) error {
	if w.err != nil {
		return w.err
	}
	list := net.Buffers{*w.buf, p}
	_, w.err = list.WriteTo(w.w)
	*w.buf = (*w.buf)[:0]
	return w.err
}

// Flush implements exchange.Carrier.
func (w *Writer) Flush() error {
	if len(*w.buf) == 0 {
		return w.err
	}
	_, err := sink{w}.Write(*w.buf)
	*w.buf = (*w.buf)[:0]
	return err
}

// ReadFrom sends what was held back and then src, without a copy where src is a file and the
// network can do it. An error of src's does not break the answer, one of the network's does.
func (w *Writer) ReadFrom(src io.Reader) (int64, error) {
	if err := w.Flush(); err != nil {
		return 0, err
	}
	if to, ok := w.w.(io.ReaderFrom); ok && isFile(src) {
		n, err := to.ReadFrom(src)
		if err != nil && !ofReading(err) {
			w.err = err
		}
		return n, err
	}
	buf := copies.Get().(*[]byte)
	defer copies.Put(buf)
	return io.CopyBuffer(sink{w}, struct{ io.Reader }{src}, *buf)
}

// ofReading reports whether an error is that of a file that was read, and not of where it went.
func ofReading(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) && file.Op == "read"
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
