package gzip

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/surcoat/surcoat/internal/respond"
)

// response is the answer to one request, from its handler's first word to its last. A
// handler reaches it through a [writer].
type response struct {
	respond.Writer
	*spare
	rules      *rules
	request    *http.Request
	accepted   []string // Accept-Encoding, as the request came
	personal   bool     // the request came with Cookie or Authorization
	authorized bool     // the request came with Authorization

	stage    stage
	disabled bool // by Disable
	explicit bool // the handler wrote, flushed or named a status
	sent     bool // the header was given to the base
	untyped  bool // there was no Content-Type at the commit
	varies   bool // the answer depends on Accept-Encoding
	dirty    bool // the encoder took bytes since its last flush
	busy     int  // calls that may wait for a source, an encoder or the base, and have not returned

	kind       kind        // of the media type
	dictionary *dictionary // that the client has and the request may have a body in; nil: none
	memory     int64       // that is held for an encoder with a large dictionary
	copy       *copied     // while the stage is copying
	candidate  *candidate  // for the dictionary of what is next at the URL; nil: none

	said    fields      // of the header, at the commit
	asSaid  http.Header // the header at the commit; nil: as it is now
	sniffed string      // Content-Type found in the plain bytes
	coding  *coding     // in which the body leaves; nil: none
	enough  int         // bytes of body with which to decide
	length  int         // Content-Length to declare; 0: none
	taken   int64       // bytes of body that the handler wrote, as long as it does not pass

	encoder Encoder // nil until there is a body to encode
	failure error   // of the encoder; the body can no longer be completed
	broken  error   // of the base, when the encoder wrote to it
}

// spare is what one response leaves to the next.
type spare struct {
	held    []byte // body held back until there is enough to decide; scratch behind it
	early   []byte // what the encoder wrote before the header was sent
	writers []writer
	values  []string
	copied  copied // what response.copy points to
}

// stage is how far a response has come.
type stage uint8

const (
	open       stage = iota // the handler has not said anything final
	holding                 // the body is held back, with the header
	passing                 // everything goes to the base as it is
	encoding                // the body goes through an encoder
	copying                 // the body goes to the cache, or is compared with what is there
	discarding              // as encoding, for HEAD: only the header is of interest
	ended                   // the handler has returned
)

// start commits the response, if that was not done before, and reports whether it is passing.
func (r *response) start(status int) (passes bool) {
	if r.stage == open {
		r.explicit = true
		_ = r.Writer.Commit(status) // no error: see Commit
	}
	return r.stage == passing
}

// Header returns the base's header. What the handler changes in it after the commit has
// no effect on the answer, trailers excepted, even though the header may not have left.
func (r *response) Header() http.Header {
	switch {
	case r.stage == ended:
		return http.Header{}
	case r.stage != open && r.stage != passing && !r.sent && r.asSaid == nil:
		r.remember()
	}
	return r.Writer.Header()
}

// WriteHeader commits the response with a final status; others go to the base.
func (r *response) WriteHeader(status int) {
	switch {
	case r.stage == ended:
	case r.stage == open && (!respond.Final(status) || status > 999):
		r.Writer.WriteHeader(status)
	case r.stage != open && r.stage != passing:
		// Too late, and the base must not take it for the first one. Once the
		// header has left, the server can complain about it.
		if r.sent {
			r.Unwrap().WriteHeader(status)
		}
	case r.start(status):
		r.Writer.WriteHeader(status)
	}
}

// Write takes a piece of the body.
func (r *response) Write(p []byte) (int, error) {
	if r.start(http.StatusOK) {
		return r.Writer.Write(p)
	}
	return r.take(p)
}

// WriteString takes a piece of the body.
func (r *response) WriteString(s string) (n int, err error) {
	if r.stage == ended {
		return 0, errOver
	}
	for {
		if r.start(http.StatusOK) {
			m, err := r.Writer.WriteString(s[n:])
			return n + m, err
		}
		piece := r.scratch(min(len(s)-n, maxPiece))
		m, err := r.take(piece[:copy(piece, s[n:])])
		if n += m; err != nil || n == len(s) {
			return n, err
		}
	}
}

// ReadFrom takes the rest of the body from src. The base's ReadFrom gets it, and with it
// the server's sendfile, as soon as it is known that nothing is to be encoded.
func (r *response) ReadFrom(src io.Reader) (n int64, err error) {
	if r.stage == ended {
		return 0, errOver
	}
	for {
		if r.start(http.StatusOK) {
			m, err := r.Writer.ReadFrom(src)
			return n + m, err
		}
		m, err := r.takeFrom(src)
		switch n += int64(m); err {
		case nil:
		case io.EOF:
			return n, nil
		default:
			return n, err
		}
	}
}

// takeFrom takes one piece of the body from src, for a body that is not known to pass.
func (r *response) takeFrom(src io.Reader) (n int, err error) {
	size := maxPiece
	if r.stage == holding {
		size = r.enough - len(r.held)
	}
	piece := r.scratch(size)
	r.busy++
	m, end := src.Read(piece)
	if m > 0 {
		n, err = r.take(piece[:m])
	}
	r.busy--
	if err != nil {
		return n, err
	}
	return n, end
}

// maxPiece is how much of a body is copied at a time on its way to an encoder.
const maxPiece = 32 << 10

// scratch returns n bytes behind those that are held back: to hold them back as well
// then takes no copying.
func (r *response) scratch(n int) []byte {
	r.held = slices.Grow(r.held, n)
	return r.held[len(r.held) : len(r.held)+n]
}

// take is Write for a body that is not known to pass.
func (r *response) take(p []byte) (int, error) {
	if r.stage == ended {
		return 0, errOver
	}
	if n := r.said.length; n >= 0 && r.taken+int64(len(p)) > n {
		return 0, http.ErrContentLength
	}
	r.taken += int64(len(p))
	if r.stage == holding {
		if len(r.held)+len(p) < r.enough {
			r.held = append(r.held, p...)
			return len(p), nil
		}
		r.busy++
		r.decide(p, false)
		r.busy--
	}
	switch r.stage {
	case encoding:
		return r.encode(p)
	case copying:
		return r.copy.take(r, p)
	case discarding:
		return len(p), nil
	}
	return r.Writer.Write(p)
}

// FlushError makes everything that the handler has written reach the client. A body that
// is held back is no longer: it may be the beginning of a long one.
func (r *response) FlushError() error {
	passes := r.start(http.StatusOK)
	if r.stage == ended {
		return errOver
	}
	if !passes {
		r.busy++
		if r.stage == holding {
			r.decide(nil, false)
		}
		var err error
		if r.stage == copying {
			err = r.copy.stop(r)
		}
		if r.stage != passing && err == nil {
			err = r.flushEncoder()
		}
		r.busy--
		if err != nil {
			return err
		}
	}
	return r.Writer.FlushError()
}

// Flush is FlushError without its error.
func (r *response) Flush() { _ = r.FlushError() }

var errHijackEncoded = errors.New("gzip: Hijack: part of a compressed body has been written")

// Hijack takes the connection over from the base. What the handler wrote before is
// sent first, as it is.
func (r *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	switch r.stage {
	case ended:
		return nil, nil, errOver
	case encoding, copying, discarding:
		return nil, nil, errHijackEncoded
	case holding:
		r.disabled = true
		r.decide(nil, false)
	}
	return r.Writer.Hijack()
}
