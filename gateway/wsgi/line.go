package wsgi

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// lineBuffer is how much is read of a thread's answer at once.
const lineBuffer = 32 << 10

// line is a connection to one thread of a worker. Whoever took it off the queue has it alone.
type line struct {
	conn   net.Conn
	in     *bufio.Reader
	worker *worker
	thread int
	files  chan *os.File // what the thread has opened for its answer
}

func newLine(conn net.Conn, w *worker, thread int) *line {
	return &line{conn: conn, in: bufio.NewReaderSize(conn, lineBuffer), worker: w, thread: thread, files: make(chan *os.File, 1)}
}

// request is what is sent of a request at once.
type request struct {
	vars  cgienv.Vars
	https bool
	body  []byte // the beginning
	more  bool   // than body
}

// encode appends the request to b, as it is sent.
func (q *request) encode(b []byte) []byte {
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if q.more {
		b[0] = more
	}
	for i := range q.vars {
		b = append(b, q.vars[i].Name...)
		b = append(b, 0)
		b = append(b, q.vars[i].Value...)
		b = append(b, 0)
	}
	b = append(b, "wsgi.url_scheme\x00http"...)
	if q.https {
		b = append(b, 's')
	}
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-requestFrame))
	binary.BigEndian.PutUint32(b[5:], uint32(len(q.body)))
	return append(b, q.body...)
}

// send sends an encoded request, which a thread that waits takes at once.
func (l *line) send(b []byte) error {
	_ = l.conn.SetWriteDeadline(time.Now().Add(patience))
	_, err := l.conn.Write(b)
	return err
}

// piece answers isWanted.
func (l *line) piece(b []byte, last bool) error {
	head := [5]byte{more}
	if last {
		head[0] = whole
	}
	binary.BigEndian.PutUint32(head[1:], uint32(len(b)))
	bufs := net.Buffers{head[:], b}
	_, err := bufs.WriteTo(l.conn)
	return err
}

// end has the thread end, and closes the connection.
func (l *line) end() {
	frame := [requestFrame]byte{stop}
	_ = l.conn.SetWriteDeadline(time.Now().Add(time.Second)) // a thread that waits takes it at once
	_, _ = l.conn.Write(frame[:])
	l.close()
}

// close ends the connection in the midst of things: the worker finds it closed.
func (l *line) close() {
	_ = l.conn.Close()
	select {
	case f := <-l.files:
		_ = f.Close()
	default:
	}
}

// vars are the environ of r.
func (a *App) vars(r *http.Request) (cgienv.Vars, error) {
	out := &cgienv.Outgoing{}
	var ok bool
	if out.Script, out.Info, ok = cgienv.Split(r, a.Mount); !ok {
		return nil, cgienv.ErrOutside
	}
	if out.Script == "" && out.Info == "" {
		out.Info = "/" // PEP 3333: one of them is not empty
	}
	return out.Vars(r)
}
