package gzip

import (
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/request"
	"github.com/surcoat/surcoat/internal/respond"
)

// decompressing is a Decompressor at work.
type decompressing struct {
	next  http.Handler
	rules *bodyRules
}

func (h decompressing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lines, said := r.Header["Content-Encoding"]
	if !said || r.Method == http.MethodConnect { // what follows is a tunnel
		h.next.ServeHTTP(w, r)
		return
	}
	var applied []*decoders
	if r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0 {
		var err error
		if applied, err = h.rules.applied(lines); err != nil {
			h.rules.refuse(w, r, err)
			return
		}
	}
	inner := r.WithContext(r.Context())
	inner.Header = maps.Clone(r.Header)
	delete(inner.Header, "Content-Encoding")
	if len(applied) == 0 {
		request.ServeCopy(h.next, w, r, inner)
		return
	}
	for _, name := range ofCodedBody {
		delete(inner.Header, name)
	}
	b := newBody(r.Body, h.rules, applied)
	defer b.end() // after a panic too
	inner.Body, inner.ContentLength = b, -1

	res := &decodedResponse{body: b, request: r}
	res.Init(w, res)
	request.ServeCopy(h.next, res, r, inner)
	if f := b.failure.Load(); f != nil && res.Status() == 0 {
		res.answer(f)
	}
}

// ofCodedBody are the fields that say something of the body which is true only as long as it
// is coded. RFC 3230 and RFC 1864 have those that RFC 9530 replaces.
var ofCodedBody = []string{"Content-Length", "Content-Digest", "Repr-Digest", "Digest", "Content-Md5"}

// applied returns the codings in a Content-Encoding field, in the order in which they were
// applied (RFC 9110 §8.4).
func (rs *bodyRules) applied(lines []string) (codings []*decoders, err error) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			// "identity" ought not to be sent, and changes nothing.
			name = strings.Trim(name, " \t")
			if name == "" || strings.EqualFold(name, "identity") {
				continue
			}
			ds := rs.decoding(name)
			if ds == nil {
				return nil, fmt.Errorf("gzip: request body: no decoder for the coding %.20q", name)
			}
			if codings = append(codings, ds); len(codings) > maxCodings {
				return nil, fmt.Errorf("gzip: request body: more than %d codings", maxCodings)
			}
		}
	}
	return codings, nil
}

// refuse answers for a body that cannot be decoded and has not been looked at.
func (rs *bodyRules) refuse(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Accept-Encoding", rs.accepted)
	errpage.Write(w, r, errpage.Problem{
		Status: http.StatusUnsupportedMediaType,
		Detail: "What you sent is coded in a way that this address does not take. It takes: " + rs.accepted + ".",
		Err:    err,
	})
}

// decodedResponse is the answer to a request whose body is being decoded.
type decodedResponse struct {
	respond.Writer
	body    *body
	request *http.Request
}

var _ respond.Hook = (*decodedResponse)(nil)

// Commit implements [respond.Hook]. It replaces the answer of a handler that failed because
// its body was cut at a limit.
func (res *decodedResponse) Commit(status int) error {
	f := res.body.failure.Load()
	if f == nil || f.status != http.StatusRequestEntityTooLarge || status < 400 || status == f.status {
		return nil
	}
	res.answer(f)
	return f
}

// answer answers for the handler.
func (res *decodedResponse) answer(f *bodyError) {
	errpage.Write(res.Unwrap(), res.request, errpage.Problem{Status: f.status, Err: f})
}
