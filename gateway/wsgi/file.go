package wsgi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// patience is how long something may take that has happened already at the other end.
const patience = 5 * time.Second

// receiveFile takes the file in that the answer's body is.
func (x *exchange) receiveFile() error {
	m, err := next(x.line.in)
	if err != nil {
		return unexpected(err)
	}
	if m.kind != isFile {
		return wrong("a message of kind %c where a file should be", m.kind)
	}
	var offset int64
	err = m.take(x.line.in, func(b []byte) (err error) {
		offset, x.size, err = decodeFile(b)
		return err
	})
	if err != nil {
		return err
	}
	if x.head.length >= 0 && x.head.length != x.size {
		return wrong("a file of %d bytes for a Content-Length of %d", x.size, x.head.length)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case x.file = <-x.line.files:
	case <-timer.C:
		return wrong("a file that was not opened")
	}
	if x.file, err = reopen(x.file); err == nil {
		_, err = x.file.Seek(offset, io.SeekStart)
	}
	if err != nil {
		_ = x.file.Close()
		return err
	}
	if m, err = x.next(); err == nil && m.kind != isAnswered && m.kind != isEnd {
		err = wrong("a message of kind %c after a file", m.kind)
	}
	if err != nil {
		_ = x.file.Close()
	}
	return err
}

// reopen opens a file once more: the descriptor shares its position with the worker's. Where that
// is not possible it is what it was.
func reopen(f *os.File) (*os.File, error) {
	info, err := f.Stat()
	if err != nil {
		return f, err
	}
	if !info.Mode().IsRegular() {
		return f, wrong("a file that is none: %s", info.Mode())
	}
	if again, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", f.Fd())); err == nil {
		_ = f.Close()
		return again, nil
	}
	return f, nil
}

// sendFile sends an answer whose body is a file. The worker is free before.
func (x *exchange) sendFile(h relay.Head) {
	defer x.file.Close()
	x.release()
	relay.Copy(x.w.Header(), h.Header)
	x.w.Header().Set("Content-Length", strconv.FormatInt(x.size, 10))
	x.w.WriteHeader(h.Status)
	if !relay.HasBody(x.r.Method, h.Status) {
		return
	}
	// To the server's own writer this is sendfile(2).
	n, err := io.CopyN(x.w, x.file, x.size)
	if err == nil {
		return
	}
	if n < x.size && errors.Is(err, io.EOF) {
		x.torned(errors.New("the file has become shorter"))
	}
	panic(http.ErrAbortHandler)
}
