package gzip

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A header that is held back with its body can still be changed by the handler, although by
// the contract of http.ResponseWriter changes have no effect after the first write. Here
// they have none either: what the handler had said by then is remembered as soon as
// it asks for the header again.

// remember keeps the header as it is now.
func (r *response) remember() { r.asSaid = maps.Clone(r.Writer.Header()) }

// sendHeader gives the base the header as it was at the commit, with what follows from
// the decision.
func (r *response) sendHeader() {
	h := r.Writer.Header()
	late := r.rewind(h)
	r.edit(h)
	r.sent = true
	r.Writer.WriteHeader(r.Status())
	if late != nil {
		maps.Copy(h, late) // the server looks for trailers here
	}
}

// rewind undoes what the handler did to the header after the commit, and returns it.
// Undeclared trailers stay: the server sends them as such, and has to know in
// time that there are some.
func (r *response) rewind(h http.Header) (late http.Header) {
	if r.asSaid == nil {
		return nil
	}
	late = make(http.Header)
	for name, values := range h {
		said, was := r.asSaid[name]
		if was && slices.Equal(said, values) || strings.HasPrefix(name, http.TrailerPrefix) {
			continue
		}
		late[name] = values
		delete(h, name)
	}
	maps.Copy(h, r.asSaid)
	return late
}

// setLength declares the length of a body that is complete, unless trailers follow: they
// need a body without one.
func (r *response) setLength(h http.Header) {
	for name := range h {
		if name == "Content-Length" || strings.HasPrefix(name, "Trailer") {
			return
		}
	}
	h["Content-Length"] = r.value(strconv.Itoa(r.length))
}
