package gzip

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/internal/dictionaryfield"
)

// candidate is a response whose body may become a dictionary, for the next version of what is at its
// URL.
type candidate struct {
	url, tag string
	scope    scope
	reserved int // bytes, of [Versions.arriving]
}

// keepable reports whether the body, which is about to be encoded, may become a dictionary: one that
// has a user's data must not. If so, r.candidate is what it may become.
func (r *response) keepable(h http.Header) bool {
	in, v := r.request, r.rules.versions
	if !r.said.use || r.Status() != http.StatusOK || in.Method != http.MethodGet || r.personal || !public(h) {
		return false
	}
	u := requested(in)
	c := &candidate{url: in.Host + u.RequestURI(), tag: versionTag(h)}
	if !v.wants(c) {
		return false
	}
	var err error
	if c.scope, err = declared(h, u, in.Host); err != nil {
		return false
	}
	if r.said.length > int64(v.limit()) {
		v.refuse(c)
		return false
	}
	if !v.reserve(c, int(max(r.said.length, 0))) {
		return false
	}
	r.candidate = c
	return true
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

// addVersion adds to what is kept of the body so far.
func (r *response) addVersion(p []byte) {
	v, n := r.rules.versions, len(r.version)+len(p)
	switch {
	case n > v.limit():
		v.refuse(r.candidate)
		r.version = nil
	case !v.reserve(r.candidate, n):
		r.version = nil
	default:
		r.version = append(r.version, p...)
	}
}

// keepVersion makes the whole body a dictionary.
func (r *response) keepVersion() { r.rules.versions.keep(r.candidate, r.version) }
