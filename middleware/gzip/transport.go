package gzip

import (
	"net/http"
	"net/url"

	"github.com/surcoat/surcoat/internal/accept"
	"github.com/surcoat/surcoat/internal/dictionaryfield"
	"github.com/surcoat/surcoat/internal/fieldlist"
	"github.com/surcoat/surcoat/internal/urlpattern"
	"github.com/surcoat/surcoat/internal/vary"
)

// Compression dictionary transport (RFC 9842): what a client has already need not be sent
// to it again. It says which dictionary it has (Available-Dictionary), and takes the coding dcz.

// digest is the SHA-256 of a dictionary, which is its name.
type digest = [32]byte

// dictionary is one with which bodies can be encoded.
type dictionary struct {
	hash   digest
	match  urlpattern.Pattern
	coding *coding
	memory int64 // that an encoder holds
}

func newDictionary(content []byte, hash digest, match urlpattern.Pattern) *dictionary {
	d := dcz{content, hash}
	return &dictionary{hash, match, &coding{encoding: d, name: d.Coding(), suffix: d.suffix()}, d.memory()}
}

// transports reports whether dictionaries are in use at all. used says that the response
// is to be one.
func (rs *rules) transports(used bool) bool {
	return len(rs.dictionaries) > 0 || rs.versions != nil && (used || !rs.versions.empty())
}

// available returns the dictionary that the client has and that is meant for the URL, nil without
// one, or when the client does not take the coding. The coding has to be named: a
// client that sends "*" knows nothing of dictionaries.
func (rs *rules) available(r *http.Request) *dictionary {
	lines := r.Header["Available-Dictionary"]
	if len(lines) == 0 {
		return nil
	}
	hash, ok := dictionaryfield.Available(lines)
	if !ok || accept.Named(r.Header["Accept-Encoding"], "dcz") <= 0 {
		return nil
	}
	d := rs.dictionaries[hash]
	if d == nil && rs.versions != nil {
		d = rs.versions.get(hash)
	}
	if d == nil || !d.match.Match(requested(r)) {
		return nil
	}
	return d
}

// requested returns the URL that the client asked for: layers further out may have cut the one in r
// (http.StripPrefix), and patterns are about what the client knows.
func requested(r *http.Request) *url.URL {
	if r.RequestURI == "" || r.RequestURI == r.URL.Path {
		return r.URL
	}
	u, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return r.URL
	}
	return u
}

// transport takes dcz for the coding, unless the client likes another better, or the body is another
// origin's, which may not read it but could find out from its length how much it has in common with
// the dictionary (RFC 9842 §9.3.3), or too much memory is in use for dictionaries as it is.
func (r *response) transport() {
	other := "identity"
	if r.coding != nil {
		other = r.coding.name
	}
	if accept.Named(r.accepted, "dcz") < accept.Coding(r.accepted, other) ||
		!dictionaryfield.Readable(r.request.Header, r.Writer.Header()) || !r.holdMemory(r.dictionary.memory) {
		return
	}
	r.coding = r.dictionary.coding
}

const (
	// maxDictionaryMemory bounds what encoders with large dictionaries hold together. A client that
	// reads slowly keeps one, and can have many connections.
	maxDictionaryMemory = 128 << 20

	// usualMemory is what encoders hold without a dictionary, and what is not counted.
	usualMemory = 2 << 20
)

// holdMemory takes room for an encoder that holds n bytes until the response has ended, and reports
// whether there is any.
func (r *response) holdMemory(n int64) bool {
	if n <= usualMemory {
		return true
	}
	if r.rules.memory.Add(n) > maxDictionaryMemory {
		r.rules.memory.Add(-n)
		return false
	}
	r.memory = n
	return true
}

// varyByDictionary tells caches that the response would have been another for a client with a
// dictionary, or without.
func (r *response) varyByDictionary(h http.Header) {
	rs, u := r.rules, requested(r.request)
	if r.dictionary != nil || rs.covers(u) || r.said.use && covers(h, u, r.request.Host) {
		vary.Add(h, "Available-Dictionary")
	}
}

// covers reports whether any dictionary is meant for u.
func (rs *rules) covers(u *url.URL) bool {
	for _, d := range rs.dictionaries {
		if d.match.Match(u) {
			return true
		}
	}
	return rs.versions != nil && rs.versions.covers(u)
}

// covers reports whether the response with header h is to be a dictionary for what will be at its
// own URL u.
func covers(h http.Header, u *url.URL, host string) bool {
	s, err := declared(h, u, host)
	return err == nil && s.pattern.Match(u)
}

// public reports whether anybody may have the response with header h, so that a part of it can
// show in another's.
func public(h http.Header) bool {
	control := h["Cache-Control"]
	return fieldlist.Has(control, "public") && !fieldlist.Has(control, "private") && !fieldlist.Has(control, "no-store") &&
		len(h["Set-Cookie"]) == 0
}
