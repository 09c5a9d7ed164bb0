package gzip

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/respond"
	"github.com/surcoat/surcoat/internal/vary"
)

// answer sends sibling, or plain where that is nil, or what the client's preconditions and
// ranges make of it.
func (s *fileRules) answer(w http.ResponseWriter, r *http.Request, plain, sibling *openFile, varies bool) {
	plainContent := sync.OnceValues(plain.content)
	contentType, err := plain.contentType(plainContent)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	f, read := plain, plainContent
	if sibling != nil && !sharesDictionary(w, contentType) {
		f, read = sibling, sibling.content
	}
	if f != plain && s.becomesVersion(w, r, plain, contentType, plainContent) {
		f, read = plain, plainContent
	}
	c, err := read()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	tag, modified := s.validators(f, c)

	h := w.Header()
	h.Set("Content-Type", contentType)
	if f.coding != "" {
		h.Set("Content-Encoding", f.coding)
	}
	if tag != "" {
		h.Set("Etag", tag)
	}
	if s.header != nil {
		s.header(plain.name, h)
	}
	if varies {
		vary.Add(h, "Accept-Encoding") // last, as the hook may have set a Vary of its own
	}
	a := &fileAnswer{request: r, size: f.info.Size(), seeks: c.seeks}
	a.Init(w, a)
	http.ServeContent(a, withRanges(r, c.seeks, varies), "", modified, c.ReadSeeker)
	if a.left > 0 && r.Method != http.MethodHead {
		// The file has become shorter, or cannot be read to its end.
		panic(http.ErrAbortHandler)
	}
}

// withRanges returns r, or if its Range is to be ignored a copy without that.
//
//   - Ranges are defined for GET only, and a unit that is not known is ignored (RFC 9110 §14.2).
//     net/http answers a HEAD with 206, and the unit with 416.
//   - A date in If-Range does not say of which coding the client has a part. gzip and zstd give
//     their output the time of their input, so the dates may well be equal, and the parts would
//     not fit together (RFC 9110 §13.1.5 asks for a strong validator).
//   - Each range comes with a header of its own: a request of 1 MB, for a quarter of a million single
//     bytes, would be answered with 37 MB (RFC 9110 §17.15, CVE-2011-3192).
func withRanges(r *http.Request, seeks, varies bool) *http.Request {
	field := r.Header.Get("Range")
	if field == "" {
		return r
	}
	ifRange := r.Header.Get("If-Range")
	byDate := ifRange != "" && !strings.Contains(ifRange, `"`)
	if seeks && r.Method == http.MethodGet && strings.HasPrefix(field, "bytes=") && !(varies && byDate) &&
		strings.Count(field, ",") < maxRanges {
		return r
	}
	inner := r.WithContext(r.Context())
	inner.Header = maps.Clone(r.Header)
	delete(inner.Header, "Range")
	return inner
}

// maxRanges is more than any client has a use for at a time.
const maxRanges = 100

// fileAnswer makes what http.ServeContent answers complete.
type fileAnswer struct {
	respond.Writer
	request *http.Request
	size    int64 // of the file
	left    int64 // of the body that was declared
	seeks   bool
}

// errAnswered ends what http.ServeContent writes after an error page has been sent.
var errAnswered = errors.New("gzip: Files: an error page was sent")

// Commit implements [respond.Hook].
func (a *fileAnswer) Commit(status int) error {
	h := a.Header()
	switch {
	case status == http.StatusOK:
		// http.ServeContent declares no length beside a Content-Encoding
		// (https://github.com/golang/go/issues/66735).
		h.Set("Content-Length", strconv.FormatInt(a.size, 10))
		if !a.seeks {
			delete(h, "Accept-Ranges")
		}
		a.left = a.size
	case status == http.StatusPartialContent:
		a.left = max(contentLength(h["Content-Length"]), 0)
	case status >= 400:
		a.fail(status)
		return errAnswered
	}
	return nil
}

// fail sends an error page in place of http.ServeContent's line of text.
func (a *fileAnswer) fail(status int) {
	p := errpage.Problem{Status: status}
	switch status {
	case http.StatusPreconditionFailed:
		p.Detail = "The file is no longer the one that the request is about."
	case http.StatusRequestedRangeNotSatisfiable:
		p.Detail = "The file has no such part."
	case http.StatusInternalServerError:
		p.Err = errors.New("gzip: Files: the file cannot be read")
	}
	w := a.Unwrap()
	if v := w.Header().Get("Content-Range"); v != "" {
		w = &rangeError{ResponseWriter: w, contentRange: v}
	}
	errpage.Write(w, a.request, p)
}

// rangeError keeps the Content-Range of a 416, which says how long the file is (RFC 9110
// §15.5.17), from going the way of everything else that was said about the file.
type rangeError struct {
	http.ResponseWriter
	contentRange string
}

func (e *rangeError) Unwrap() http.ResponseWriter { return e.ResponseWriter }

func (e *rangeError) WriteHeader(status int) {
	e.Header().Set("Content-Range", e.contentRange)
	e.ResponseWriter.WriteHeader(status)
}

// Write counts what is still to come.
func (a *fileAnswer) Write(p []byte) (int, error) {
	n, err := a.Writer.Write(p)
	a.left -= int64(n)
	return n, err
}

// ReadFrom counts what is still to come.
func (a *fileAnswer) ReadFrom(src io.Reader) (int64, error) {
	n, err := a.Writer.ReadFrom(src)
	a.left -= n
	return n, err
}
