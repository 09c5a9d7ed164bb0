package gzip

import (
	"bytes"
	"net/http"
	"strings"
)

// copied is a body that goes to a [Cache], or that is compared with what is there. Nothing
// of it is sent before it is whole.
type copied struct {
	cache    *Cache
	key      cacheKey
	kept     *cached // that the body is compared with; nil: there is nothing
	n        int     // bytes of kept.plain with which the body agrees so far
	body     []byte  // the body so far, without kept
	reserved int64   // for body
}

// beginCopy sets r.copy if the body, which is about to be encoded, may be kept, and reports
// whether it may.
func (r *response) beginCopy(h http.Header) bool {
	in, c := r.request, r.rules.cache
	if r.Status() != http.StatusOK || in.Method != http.MethodGet || r.said.trailer || r.kind == events ||
		r.said.length > c.limit() || len(h["Etag"]) != 1 || r.authorized ||
		!public(h) || !variesOnlyByEncoding(h) {
		return false
	}
	tag, ok := strongTag(h["Etag"][0])
	if !ok {
		return false
	}
	uri := in.RequestURI
	if uri == "" {
		uri = in.URL.RequestURI()
	}
	key := cacheKey{in.Host, uri, tag}
	kept := c.find(key)
	if kept != nil && kept.untrue {
		return false
	}
	r.copied = copied{cache: c, key: key, kept: kept}
	r.copy = &r.copied
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
func (c *copied) take(r *response, p []byte) (int, error) {
	if c.agrees(p) || c.kept == nil && c.collect(p, r.said.length) {
		return len(p), nil
	}
	if err := c.stop(r); err != nil {
		return 0, err
	}
	return r.encode(p)
}

// agrees reports whether the body goes on with p as the one that is kept does.
func (c *copied) agrees(p []byte) bool {
	if c.kept == nil {
		return false
	}
	rest := c.kept.plain[c.n:]
	switch {
	case bytes.HasPrefix(rest, p):
		c.n += len(p)
		return true
	case !bytes.HasPrefix(p, rest):
		c.cache.distrust(c.key)
	case c.collect(c.kept.plain[:c.n], -1):
		c.kept = nil // only a part of the body was kept, perhaps: this one takes its place
	}
	return false
}

// collect adds p to a body that is new, unless it becomes too large or there is too much under way.
// length is that of the whole body, if it is known, and -1 otherwise.
func (c *copied) collect(p []byte, length int64) bool {
	n, room := int64(len(c.body)+len(p)), c.reserved
	if n > c.cache.limit() {
		return false
	}
	if n > room {
		room = max(n, length, min(2*room, c.cache.limit()))
		if !c.cache.reserve(room - c.reserved) {
			return false
		}
		c.reserved = room
		c.body = append(make([]byte, 0, room), c.body...)
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
	r.stage = encoding
	_, err := r.encode(c.sofar())
	c.leave(r)
	return err
}

// finish sends the whole body as it is kept, and reports whether it did. If not, it is
// encoded as usual.
func (c *copied) finish(r *response) bool {
	plain := c.sofar()
	ctx := r.request.Context()
	var coded []byte
	// A handler may have stopped in the middle because its client has gone.
	if ctx.Err() == nil && (c.kept == nil || c.n == len(c.kept.plain)) {
		coded = c.cache.body(ctx, c.key, plain, r.coding)
	}
	if coded == nil {
		_ = c.stop(r) // an error comes back with Close
		return false
	}
	r.length = len(coded)
	r.sendHeader()
	r.addVersion(plain)
	r.keepVersion()
	c.leave(r) // before the client, who may be slow, is waited for
	_, r.broken = r.Unwrap().Write(coded)
	return true
}

// leave lets go of the body.
func (c *copied) leave(r *response) {
	c.giveBack()
	*c = copied{}
	r.copy = nil
}

// giveBack is leave while somebody may still be writing.
func (c *copied) giveBack() { c.cache.arriving.Add(-c.reserved) }
