package exchange

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/surcoat/surcoat/internal/respond"
)

// holdBack is how much of a body waits for its end: an answer that is not longer gets a
// Content-Length. It is net/http's number, so that the same answers have one.
const holdBack = 2048

// errOver is what a handler's goroutine gets that writes after the handler has returned.
var errOver = errors.New("exchange: the handler has returned")

// response is the http.ResponseWriter.
//
// Its lock is for handlers that write from several goroutines, or from one that outlives them:
// they are wrong, and must not do harm to other requests.
type response struct {
	c    Carrier
	r    *http.Request
	o    Options
	body *body // nil without
	head bool  // the method is HEAD

	expects bool // the client waits for 100 Continue before it sends the body
	// waits is set until it got that or another status.
	waits atomic.Bool
	over  atomic.Bool // the handler has returned

	mu         sync.Mutex
	header     http.Header // the handler's
	status     int         // 0 until WriteHeader
	fields     []Field     // the header as it was at WriteHeader
	note       note        // what of it matters here
	sent       bool        // Carrier.Head was called
	written    int64       // bytes that the handler wanted to write
	accepted   int64       // bytes of them that were taken
	buf        []byte      // of the body, until sent; of capacity holdBack
	err        error       // the carrier's
	fullDuplex bool
	scratch    *scratch
}

// note is what the header at WriteHeader says about the message.
type note struct {
	length           int64  // Content-Length, -1 for none that is one
	lengthLine       bool   // there is a Content-Length, of whatever kind
	kind             bool   // there is a Content-Type, even without a value: it is not to be guessed
	coded            bool   // there is a Content-Encoding
	date             bool   // there is a Date, even without a value: it is not to be added
	transferEncoding string // was asked for
	trailers         bool   // trailers are to come
	declared         []string
}

// scratch is the memory of a response that the next can have.
type scratch struct {
	buf    []byte
	fields []Field
}

var scratches = sync.Pool{New: func() any { return &scratch{buf: make([]byte, 0, holdBack)} }}

func newResponse(r *http.Request, c Carrier, o Options) *response {
	s := scratches.Get().(*scratch)
	return &response{
		c: c, r: r, o: o, header: make(http.Header), head: r.Method == http.MethodHead,
		buf: s.buf[:0], fields: s.fields[:0], scratch: s,
	}
}

// release hands the memory back.
func (w *response) release() {
	s := w.scratch
	s.buf, s.fields = w.buf[:0], w.fields[:0]
	clear(s.fields[:cap(s.fields)]) // values may be secret, and large
	w.buf, w.fields, w.scratch = nil, nil, nil
	scratches.Put(s)
}

// Header implements [http.ResponseWriter].
func (w *response) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *response) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over.Load() {
		return
	}
	if w.status != 0 {
		caller := handlerFrame()
		w.o.logger().Warn("exchange: superfluous WriteHeader",
			"by", fmt.Sprintf("%s (%s:%d)", caller.Function, path.Base(caller.File), caller.Line))
		return
	}
	w.writeHeader(status)
}

// handlerFrame is the nearest caller outside this package and net/http, in which http.Error is.
func handlerFrame() (frame runtime.Frame) {
	pc := make([]uintptr, 16)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for more := true; more; {
		frame, more = frames.Next()
		if !strings.HasPrefix(frame.Function, "net/http.") && !strings.Contains(frame.Function, "/gateway/internal/exchange.(*") {
			break
		}
	}
	return frame
}

func (w *response) writeHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", status)) // as net/http does
	}
	if status == http.StatusContinue || respond.Final(status) {
		w.waits.Store(false)
	}
	if !respond.Final(status) {
		fields := appendFields(nil, w.header, w.o.Trailers)
		w.keep(w.c.Inform(status, without(fields, "Content-Length")))
		return
	}
	w.status = status
	w.note = w.noteHeader()
	w.fields = appendFields(w.fields[:0], w.header, w.o.Trailers)
	w.cleanFields()
}

func (w *response) noteHeader() note {
	h := w.header
	n := note{length: -1, transferEncoding: first(h["Transfer-Encoding"]), coded: first(h["Content-Encoding"]) != ""}
	_, n.kind = h["Content-Type"]
	_, n.date = h["Date"]
	lengths, lengthLine := h["Content-Length"]
	n.lengthLine = lengthLine
	if lines, ok := h["Trailer"]; ok {
		n.trailers, n.declared = true, declared(lines)
	}
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			n.trailers = true
		}
	}
	if text := first(lengths); text != "" {
		length, err := strconv.ParseInt(text, 10, 64)
		if err != nil || length < 0 {
			w.o.logger().Warn("exchange: the handler set a Content-Length that is none")
			delete(h, "Content-Length")
		} else {
			n.length = length
		}
	}
	return n
}

// first is what Header.Get returns for a name that is canonical.
func first(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// cleanFields removes what the status or other fields do not go with.
func (w *response) cleanFields() {
	n := &w.note
	switch te := n.transferEncoding; {
	case n.length >= 0 && te != "" && te != "identity":
		w.o.logger().Warn("exchange: the handler set both Transfer-Encoding and Content-Length")
		n.length = -1
		w.fields = without(w.fields, "Content-Length")
	case n.lengthLine:
		// One line, whatever the handler set: two are what smuggled answers are made of.
		w.fields = without(w.fields, "Content-Length")
		if n.length >= 0 && respond.BodyAllowed(w.status) {
			w.fields = append(w.fields, Field{"Content-Length", strconv.FormatInt(n.length, 10)})
		}
	}
	if w.status == http.StatusNotModified {
		w.fields = without(w.fields, "Content-Type")
	}
}
