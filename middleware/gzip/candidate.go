package gzip

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/internal/dictionaryfield"
)

// candidate is a body that may become a dictionary, for the next version of what is at its URL.
type candidate struct {
	url, tag string
	scope    scope
	body     []byte // so far
	reserved int    // bytes for body, of [Versions.arriving]
}

// mayKeep reports whether a body of this kind and size can become a dictionary, whatever else its header
// says: it is encoded for this client, and the client is a stranger.
func (r *response) mayKeep(contentType string, size int64) bool {
	rs := r.rules
	return rs.versions != nil && !r.disabled && !r.personal && rs.kind(contentType) == worth &&
		size >= int64(rs.minSize) && size <= int64(rs.versions.limit()) && rs.choose(r.accepted) != nil
}

// newCandidate returns what a body with the header h may become, nil if that is not to be a
// dictionary: one that has a user's data must not.
func (r *response) newCandidate(h http.Header) *candidate {
	in := r.request
	if in.Method != http.MethodGet || r.personal || !public(h) {
		return nil
	}
	u := requested(in)
	c := &candidate{url: in.Host + u.RequestURI(), tag: versionTag(h)}
	if !r.rules.versions.wants(c) {
		return nil
	}
	var err error
	if c.scope, err = declared(h, u, in.Host); err != nil {
		return nil
	}
	return c
}

// beginVersion sets r.candidate if the body, which is about to be encoded, may become a dictionary.
func (r *response) beginVersion(h http.Header) {
	if r.Status() != http.StatusOK {
		return
	}
	c, v := r.newCandidate(h), r.rules.versions
	if c == nil {
		return
	}
	if r.said.length > int64(v.limit()) {
		v.refuse(c)
		return
	}
	length := int(max(r.said.length, 0))
	if v.reserve(c, length) {
		c.body = make([]byte, 0, length)
		r.candidate = c
	}
}

// versionTag returns what tells the body from others that were at its URL, "" without anything
// that does.
func versionTag(h http.Header) string {
	if tag := h["Etag"]; len(tag) > 0 {
		return strings.Join(tag, "")
	}
	return strings.Join(h["Last-Modified"], "")
}

// declared returns the URLs for which the response with header h, to a request for u, is to be a
// dictionary.
func declared(h http.Header, u *url.URL, host string) (scope, error) {
	use, err := dictionaryfield.ParseUse(h["Use-As-Dictionary"])
	if err != nil {
		return scope{}, err
	}
	if use.Type != "raw" {
		return scope{}, errType
	}
	return newScope(use.Match, host, u)
}

var errType = errors.New("the dictionary is of an unknown type") // RFC 9842 §2.1.4

// addVersion adds p to the candidate, if there is one. One that becomes too large is none any more.
func (r *response) addVersion(p []byte) {
	v, c := r.rules.versions, r.candidate
	if c == nil {
		return
	}
	n := len(c.body) + len(p)
	switch {
	case n > v.limit():
		v.refuse(c)
		r.leaveVersion()
	case !v.reserve(c, n):
		r.leaveVersion()
	default:
		c.body = append(c.body, p...)
	}
}

// keepVersion makes the candidate a dictionary, unless its client has gone: the handler may have
// stopped because of that, and half a body would keep all of it from being kept, by its tag.
func (r *response) keepVersion() {
	if c := r.candidate; c != nil && r.request.Context().Err() == nil {
		r.rules.versions.keep(c, c.body)
		r.leaveVersion()
	}
}

// leaveVersion lets go of the candidate.
func (r *response) leaveVersion() {
	if c := r.candidate; c != nil {
		r.rules.versions.leave(c)
		r.candidate = nil
	}
}
