//go:build dev

package cgitrace

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/internal/respond"
)

// holdBack is how much of a response waits until it is known whether the handler
// panics.
const holdBack = 1 << 20

// held is a response whose beginning is held back: up to holdBack bytes, or until the
// handler flushes. Apart from when its bytes leave, it behaves as the server's own
// writer below it.
type held struct {
	base   http.ResponseWriter
	head   bool        // the request's method is HEAD
	status int         // 0 until WriteHeader
	header http.Header // as it was at WriteHeader
	length int64       // what Content-Length says, -1 for nothing
	body   bytes.Buffer
	copied bool // some of body came through ReadFrom
	left   bool // sent on, the rest goes straight to base
	page   bool // what was sent is HTML to which more can be appended
	gone   bool // everything is discarded
}

func (h *held) Unwrap() http.ResponseWriter { return h.base }

func (h *held) Header() http.Header { return h.base.Header() }

// WriteHeader keeps the status and the header for later. 1xx passes.
func (h *held) WriteHeader(status int) {
	switch {
	case h.gone:
	case h.left, status < 200 && status != http.StatusSwitchingProtocols, status > 999:
		h.base.WriteHeader(status)
	case h.status == 0:
		h.status, h.length = status, -1
		h.header = h.base.Header().Clone()
		if n, err := strconv.ParseInt(h.header.Get("Content-Length"), 10, 64); err == nil {
			h.length = n
		}
		if status == http.StatusSwitchingProtocols {
			_ = h.release()
		}
	}
}

// Write keeps p until there is too much of it. It returns the server's errors where
// the server would.
func (h *held) Write(p []byte) (int, error) {
	if h.gone {
		return 0, errShown
	}
	if h.left {
		return h.base.Write(p)
	}
	if h.status == 0 {
		h.WriteHeader(http.StatusOK)
	}
	switch {
	case !respond.BodyAllowed(h.status):
		return 0, http.ErrBodyNotAllowed
	case h.length >= 0 && !h.head && int64(h.body.Len()+len(p)) > h.length:
		return 0, http.ErrContentLength
	case h.body.Len()+len(p) > holdBack:
		if err := h.release(); err != nil {
			return 0, err
		}
		return h.base.Write(p)
	}
	return h.body.Write(p)
}

// ReadFrom keeps the first of src back as Write does, and leaves the rest to base,
// which can hand a file to the network.
func (h *held) ReadFrom(src io.Reader) (n int64, err error) {
	if !h.left && !h.gone {
		h.copied = true
		n, err = io.Copy(writer{h}, io.LimitReader(src, int64(holdBack-h.body.Len())))
		if err != nil || h.body.Len() < holdBack {
			return n, err
		}
		if err = h.release(); err != nil {
			return n, err
		}
	}
	if h.gone {
		return n, errShown
	}
	rest, err := h.out().ReadFrom(src)
	return n + rest, err
}

// out reaches base's own ReadFrom, if it has one.
func (h *held) out() *respond.Writer {
	out := new(respond.Writer)
	out.Init(h.base, nil)
	return out
}

// writer hides held's ReadFrom from io.Copy.
type writer struct{ h *held }

func (w writer) Write(p []byte) (int, error) { return w.h.Write(p) }

// FlushError sends what is held back, and all that follows without delay.
func (h *held) FlushError() error {
	if h.gone {
		return errShown
	}
	if h.status == 0 && !h.left {
		h.WriteHeader(http.StatusOK)
	}
	if err := h.release(); err != nil {
		return err
	}
	return http.NewResponseController(h.base).Flush()
}

// Hijack sends what is held back and takes the connection over.
func (h *held) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if h.status != 0 {
		if err := h.release(); err != nil {
			return nil, nil, err
		}
	}
	h.left = true
	return http.NewResponseController(h.base).Hijack()
}

// discard drops what is held back and all that follows.
func (h *held) discard() {
	h.gone = true
	h.body = bytes.Buffer{}
}

// release sends what is held back. The header goes as it was at WriteHeader; what the handler
// has put there since can only be trailers.
func (h *held) release() error {
	if h.left || h.gone {
		return nil
	}
	h.left = true
	if h.status == 0 {
		return nil // the server answers a handler that wrote nothing
	}
	h.page = h.appendable()
	header := h.base.Header()
	late := maps.Clone(header)
	clear(header)
	maps.Copy(header, h.header)
	h.base.WriteHeader(h.status)
	header = h.base.Header()
	clear(header)
	maps.Copy(header, late)
	if h.body.Len() == 0 {
		return nil
	}
	body := h.body
	h.body = bytes.Buffer{}
	if h.copied {
		_, err := h.out().ReadFrom(&body)
		return err
	}
	_, err := body.WriteTo(h.base)
	return err
}

// appendable reports whether a browser will take more after what was held back: HTML,
// not compressed, of no stated length.
func (h *held) appendable() bool {
	if h.head || !respond.BodyAllowed(h.status) || h.status == http.StatusPartialContent || h.length >= 0 {
		return false
	}
	if coding := h.header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return false
	}
	kind := h.header.Get("Content-Type")
	if len(h.header["Content-Type"]) == 0 && h.body.Len() > 0 {
		kind = http.DetectContentType(h.body.Bytes())
	}
	kind, _, _ = strings.Cut(kind, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "text/html")
}
