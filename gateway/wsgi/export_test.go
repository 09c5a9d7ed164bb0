package wsgi

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"time"
)

// ReadAnswer reads an answer as a worker sends it, for a request with that method, and returns
// what was understood of it and how much memory was kept at once at most.
func ReadAnswer(b []byte) (status int, header http.Header, body []byte, err error) {
	r := bufio.NewReaderSize(bytes.NewReader(b), 4096)
	for {
		m, err := next(r)
		if err != nil {
			return status, header, body, err
		}
		switch m.kind {
		case isHead, isFileHead:
			err = m.take(r, func(b []byte) error {
				h, err := decodeHead(b)
				status, header = h.status, h.header
				return err
			})
		case isFile:
			err = m.take(r, func(b []byte) error {
				_, _, err := decodeFile(b)
				return err
			})
		case isRaised:
			err = m.take(r, func([]byte) error { return nil })
		case isData:
			var n int64
			var piece bytes.Buffer
			n, err = io.CopyN(&piece, r, int64(m.length))
			body = append(body, piece.Bytes()[:n]...)
		case isEnd, isAnswered:
			return status, header, body, nil
		}
		if err != nil {
			return status, header, body, unexpected(err)
		}
	}
}

// Restarts is how often something is started again.
type Restarts = restarts

func NewRestarts(most int) *Restarts                   { return &restarts{most: most} }
func (r *restarts) Wait(now time.Time) time.Duration   { return max(0, r.wait(now)) }
func (r *restarts) Failed(now time.Time) time.Duration { return r.failed(now) }
func (r *restarts) Died(now time.Time)                 { r.died(now) }
func (r *restarts) Worked()                            { r.worked() }
