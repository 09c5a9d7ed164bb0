package gzip

import (
	"net/http"

	"github.com/surcoat/surcoat/internal/accept"
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
	case r.said.trailer:
		// The trailers' values are about to be put into the header, which has not left.
		r.remember()
	}
	return nil
}

// plan returns the stage that follows from the status and the header.
func (r *response) plan(h http.Header, status int) stage {
	if r.disabled || status == http.StatusSwitchingProtocols || status == http.StatusNoContent ||
		status == http.StatusResetContent || status == http.StatusPartialContent {
		return passing
	}
	contentType, typed := h["Content-Type"]
	if typed {
		if len(contentType) > 0 {
			r.kind = r.rules.kind(contentType[0])
		}
		if r.kind == plain {
			return passing
		}
	}
	r.untyped = !typed
	r.said.length = -1
	if len(h) > 1 || !typed {
		r.said = readFields(h)
	}
	switch {
	case status == http.StatusNotModified:
		// A 304 has the Vary and the entity tag of the 200 in whose stead it is sent
		// (RFC 9110 §15.4.5), but mostly no Content-Type to go by.
		r.varies = true
		r.restoreTag(h)
		return passing
	case r.said.fixed:
		return passing
	case r.untyped && len(r.accepted) == 0:
		r.enough = 1 // Vary is all that depends on the type
		return holding
	case r.untyped:
		r.enough = max(r.rules.minSize, sniffLen)
		return holding
	case len(r.accepted) == 0 || r.said.length >= 0 && r.said.length < int64(r.rules.minSize):
		r.varies = true
		return passing
	case r.said.length >= 0:
		return r.settle()
	}
	r.enough = r.rules.minSize
	return holding
}

// sniffLen is how many bytes [http.DetectContentType] looks at.
const sniffLen = 512

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
		if complete && len(held) > maxEarly {
			r.length = len(held) // beyond what the server counts by itself
		}
		r.sendHeader()
		if len(held) > 0 {
			_, _ = r.Writer.Write(held) // an error comes back with the next write
		}
	case encoding:
		_, _ = r.encode(held) // likewise
	case copying:
		_, _ = r.copy.take(r, held)
	}
}

// judge returns the stage that follows from the body held back and what is next.
func (r *response) judge(next []byte, complete bool) stage {
	if r.disabled {
		return passing
	}
	sniffed := ""
	if r.untyped {
		if len(r.held)+len(next) == 0 {
			return passing
		}
		sniffed = http.DetectContentType(append(r.held, next[:min(len(next), sniffLen)]...))
		if r.kind = r.rules.kind(sniffed); r.kind == plain {
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
	switch {
	case r.kind == events:
		if accept.Preferred(r.accepted, gzipOnly) == 0 {
			r.coding = r.rules.events
		}
	default:
		r.coding = r.rules.choose(r.accepted)
		if r.dictionary != nil {
			r.transport()
		}
	}
	switch {
	case r.coding == nil:
		return passing
	case r.request.Method == http.MethodHead:
		return discarding
	}
	h := r.Writer.Header()
	if r.said.use && r.rules.versions != nil {
		r.beginVersion(h)
	}
	if r.said.etag && r.rules.cache != nil && r.beginCopy(h) {
		return copying
	}
	return encoding
}

var gzipOnly = []string{"gzip"}

// edit makes the header fit the decision.
func (r *response) edit(h http.Header) {
	switch {
	case !r.varies:
	case r.said.vary:
		vary.Add(h, "Accept-Encoding")
	default:
		h["Vary"] = r.value("Accept-Encoding")
	}
	if r.varies && r.rules.transports(r.said.use) {
		r.varyByDictionary(h)
	}
	if r.coding != nil {
		r.editCoded(h)
	}
	if r.length > 0 {
		r.setLength(h)
	}
}

// editCoded makes the header that of a coded body.
func (r *response) editCoded(h http.Header) {
	h["Content-Encoding"] = r.value(r.coding.name)
	if r.sniffed != "" {
		h["Content-Type"] = r.value(r.sniffed)
	}
	if r.said.contentLength {
		delete(h, "Content-Length")
	}
	if r.said.acceptRanges {
		delete(h, "Accept-Ranges") // of the plain body they were
	}
	if r.said.etag {
		r.suffixTag(h)
	}
}
