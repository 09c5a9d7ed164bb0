package gzip

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/internal/vary"
)

// Commit implements [respond.Hook]. It runs at the handler's first word, and decides as
// much as the header alone can decide. It returns no error.
func (r *response) Commit(status int) error {
	h := r.Writer.Header()
	r.stage = r.plan(h, status)
	switch {
	case r.stage == passing:
		r.edit(h)
	case h["Trailer"] != nil:
		// The trailers' values are about to be put into the header, which has not left.
		r.remember()
	}
	return nil
}

// plan returns the stage that follows from the status and the header.
func (r *response) plan(h http.Header, status int) stage {
	if r.disabled {
		return passing
	}
	switch status {
	case http.StatusSwitchingProtocols, http.StatusNoContent, http.StatusResetContent, http.StatusPartialContent:
		return passing
	case http.StatusNotModified:
		r.notModified(h)
		return passing
	}
	contentType, known := h["Content-Type"]
	if known && !r.rules.compressible(contentType) || untouchable(h) {
		return passing
	}
	r.declared = contentLength(h)
	switch {
	case !known && len(r.accepted) == 0:
		r.enough = 1 // Vary is all that depends on the type
		return holding
	case !known:
		r.enough = max(r.rules.minSize, sniffLen)
		return holding
	case len(r.accepted) == 0 || r.declared >= 0 && r.declared < int64(r.rules.minSize):
		r.varies = true
		return passing
	case r.declared >= 0:
		return r.settle()
	}
	r.enough = r.rules.minSize
	return holding
}

// sniffLen is how many bytes [http.DetectContentType] looks at.
const sniffLen = 512

// notModified is plan for a 304, which has the Vary and the entity tag of the 200 in whose
// stead it is sent (RFC 9110 §15.4.5), but mostly no Content-Type to go by.
func (r *response) notModified(h http.Header) {
	contentType, known := h["Content-Type"]
	r.varies = !known || r.rules.compressible(contentType)
	r.restoreTag(h)
}

// untouchable reports whether a body has to leave as the handler wrote it, whatever its
// type: it has a coding already, or is a part of a whole, or is not to be transformed
// (RFC 9111 §5.2.2.6), or has a digest that would no longer be true (RFC 9530, RFC 1864).
func untouchable(h http.Header) bool {
	if v := h["Content-Encoding"]; len(v) > 0 && (len(v) > 1 || v[0] != "") {
		return true
	}
	if v := h["Cache-Control"]; v != nil && lists(v, "no-transform") {
		return true
	}
	if v := h["Trailer"]; v != nil && (lists(v, "Content-Digest") || lists(v, "Repr-Digest") || lists(v, "Digest")) {
		return true
	}
	return h["Content-Range"] != nil || h["Content-Digest"] != nil || h["Repr-Digest"] != nil ||
		h["Content-Md5"] != nil || h["Digest"] != nil
}

// lists reports whether a comma-separated list has name as a member, without regard to
// case or to what follows a "=".
func lists(lines []string, name string) bool {
	for _, line := range lines {
		for rest, more := line, true; more; {
			var member string
			member, rest, more = strings.Cut(rest, ",")
			member, _, _ = strings.Cut(member, "=")
			if strings.EqualFold(strings.Trim(member, " \t"), name) {
				return true
			}
		}
	}
	return false
}

// contentLength returns the length that the handler declares, -1 when it does not, or
// when the server will not believe it either.
func contentLength(h http.Header) int64 {
	v := h["Content-Length"]
	if len(v) == 0 {
		return -1
	}
	n, err := strconv.ParseInt(strings.Trim(v[0], " \t"), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// decide ends the holding back. next is the piece of body that follows the one held
// back; complete says that there will be none.
func (r *response) decide(next []byte, complete bool) {
	r.stage = r.judge(next, complete)
	if len(r.held) == 0 && !r.explicit { // an empty answer: the server knows how to send it
		r.edit(r.Writer.Header())
		return
	}
	held := r.held
	r.held = held[:0] // before anything is written: a panic must not write it again
	switch r.stage {
	case passing:
		r.sendHeader()
		if len(held) > 0 {
			_, _ = r.Writer.Write(held) // an error comes back with the next write
		}
	case encoding:
		_, _ = r.encode(held) // likewise
	}
}

// judge returns the stage that follows from the body held back and what is next.
func (r *response) judge(next []byte, complete bool) stage {
	if r.disabled {
		return passing
	}
	sniffed := ""
	if _, known := r.said()["Content-Type"]; !known {
		if len(r.held)+len(next) == 0 {
			return passing
		}
		sniffed = http.DetectContentType(append(r.held, next[:min(len(next), sniffLen)]...))
		if t := mediaType([]string{sniffed}); !r.rules.types(t) {
			return passing
		}
	}
	if complete && len(r.held) < r.rules.minSize {
		r.varies = true
		return passing
	}
	stage := r.settle()
	if stage != passing {
		r.sniffed = sniffed // else the server sniffs, and may have more to go by
	}
	return stage
}

// settle returns the stage for a body that is worth compressing: now it is up to the client.
func (r *response) settle() stage {
	r.varies = true
	r.coding = r.rules.choose(r.accepted)
	switch {
	case r.coding == nil:
		return passing
	case r.request.Method == http.MethodHead:
		return discarding
	}
	return encoding
}

// sendHeader gives the base the header as it was at the commit, with what follows from
// the decision.
func (r *response) sendHeader() {
	h := r.Writer.Header()
	late := r.rewind(h)
	r.edit(h)
	r.sent = true
	r.Writer.WriteHeader(r.Status())
	maps.Copy(h, late) // the server looks for trailers here
}

// edit makes the header fit the decision.
func (r *response) edit(h http.Header) {
	if r.varies {
		if h["Vary"] == nil {
			h["Vary"] = r.value("Accept-Encoding")
		} else {
			vary.Add(h, "Accept-Encoding")
		}
	}
	if r.coding == nil {
		return
	}
	h["Content-Encoding"] = r.value(r.coding.name)
	if r.sniffed != "" {
		h["Content-Type"] = r.value(r.sniffed)
	}
	delete(h, "Content-Length")
	delete(h, "Accept-Ranges") // of the plain body they were
	if v := h["Etag"]; len(v) == 1 {
		if tag, ok := strongTag(v[0]); ok {
			h["Etag"] = r.value(`"` + tag + r.coding.suffix + `"`)
		}
	}
}

// said returns the header as it was at the commit.
func (r *response) said() http.Header {
	if r.asSaid != nil {
		return r.asSaid
	}
	return r.Writer.Header()
}

// remember keeps the header as it is now, since the handler is about to change it.
func (r *response) remember() { r.asSaid = maps.Clone(r.Writer.Header()) }

// rewind undoes what the handler did to the header after the commit, which would have had no
// effect if the header had left then, and returns it. Undeclared trailers stay: the
// server sends them as such, and has to know in time that there are some.
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
