package gzip

import (
	"bytes"
	"net/http"
	"strings"
)

// copied is a body that goes to a [Cache], or that is compared with what is there. Nothing
// of it is sent before it is whole.
type copied struct {
	cache *Cache
	key   cacheKey
	kept  *cached // nil: there was nothing when the body began
	n     int     // of kept.plain, with which the body agrees so far
	body  []byte  // without kept
}

// cacheable reports whether the body, which is about to be encoded, may be kept. If so,
// r.copy is where it goes.
func (r *response) cacheable(h http.Header) bool {
	in, c := r.request, r.rules.cache
	if r.Status() != http.StatusOK || in.Method != http.MethodGet || r.said.trailer || r.kind == events ||
		r.said.length > c.limit() || len(in.Header["Authorization"]) > 0 || !public(h) || !variesOnlyByEncoding(h) ||
		len(h["Etag"]) != 1 {
		return false
	}
	tag, ok := strongTag(h["Etag"][0])
	if !ok {
		return false
	}
	key := cacheKey{in.Host, requested(in).RequestURI(), tag}
	kept := c.find(key)
	if kept != nil && kept.untrue {
		return false
	}
	r.copy = &copied{cache: c, key: key, kept: kept}
	return true
}

// variesOnlyByEncoding reports whether the handler named nothing else in Vary.
func variesOnlyByEncoding(h http.Header) bool {
	for _, line := range h["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.Trim(name, " \t"); name != "" && !strings.EqualFold(name, "Accept-Encoding") {
				return false
			}
		}
	}
	return true
}

// take takes a piece of the body.
func (c *copied) take(r *response, p []byte) error {
	if c.agrees(p) || c.kept == nil && c.collect(p) {
		return nil
	}
	if err := c.stop(r); err != nil {
		return err
	}
	_, err := r.encode(p)
	return err
}

// agrees reports whether the body goes on with p as the one that is kept does. If not, the
// Cache learns of it.
func (c *copied) agrees(p []byte) bool {
	if c.kept == nil {
		return false
	}
	rest := c.kept.plain[c.n:]
	switch {
	case bytes.HasPrefix(rest, p):
		c.n += len(p)
		return true
	case bytes.HasPrefix(p, rest):
		c.cache.forget(c.key) // a handler had been stopped in the middle
	default:
		c.cache.distrust(c.key)
	}
	return false
}

// collect adds p to a body that is new, unless there is too much under way.
func (c *copied) collect(p []byte) bool {
	if int64(len(c.body)+len(p)) > c.cache.limit() {
		return false
	}
	if c.cache.arriving.Add(int64(len(p))) > c.cache.max {
		c.cache.arriving.Add(-int64(len(p)))
		return false
	}
	c.body = append(c.body, p...)
	return true
}

// sofar is the body until now.
func (c *copied) sofar() []byte {
	if c.kept != nil {
		return c.kept.plain[:c.n]
	}
	return c.body
}

// stop has the body encoded as usual.
func (c *copied) stop(r *response) error {
	body := c.sofar()
	c.leave(r)
	r.stage = encoding
	_, err := r.encode(body)
	return err
}

// finish sends the whole body as it is kept, and reports whether it did. If not, it is
// encoded as usual.
func (c *copied) finish(r *response) bool {
	plain := c.sofar()
	ctx := r.request.Context()
	var coded []byte
	// Who has gone may have been served half a body.
	if ctx.Err() == nil && (c.kept == nil || c.n == len(c.kept.plain)) {
		coded = c.cache.body(ctx, c.key, plain, r.coding)
	}
	if coded == nil {
		_ = c.stop(r) // an error comes back with Close
		return false
	}
	if r.version != nil {
		r.version = plain
		r.keepVersion()
	}
	c.leave(r) // before the client, who may be slow, is waited for
	r.length = len(coded)
	r.sendHeader()
	_, r.broken = r.Unwrap().Write(coded)
	return true
}

// leave lets go of the body.
func (c *copied) leave(r *response) {
	c.cache.arriving.Add(-int64(len(c.body)))
	c.body, c.kept, r.copy = nil, nil, nil
}
