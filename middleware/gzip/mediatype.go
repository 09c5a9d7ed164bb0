package gzip

import "strings"

// DefaultTypes reports whether bodies of a media type, given in lower case and without
// parameters, usually become smaller: text of any kind, JSON, XML, JavaScript,
// WebAssembly, SVG and fonts that are not compressed in themselves.
//
// It is false for text/event-stream: a stream of events may stay open for hours, and all the while an
// encoder's memory with it. Compressor.EventStreams opts in with an encoder made for them.
func DefaultTypes(mediaType string) bool {
	if text, ok := strings.CutPrefix(mediaType, "text/"); ok {
		return text != "event-stream"
	}
	switch mediaType {
	case "application/json", "application/javascript", "application/x-javascript",
		"application/xml", "application/wasm", "application/yaml", "application/x-ndjson",
		"application/vnd.ms-fontobject", "application/x-font-ttf", "application/x-font-otf",
		"font/ttf", "font/otf", "font/eot",
		"image/x-icon", "image/vnd.microsoft.icon":
		return true
	}
	// Structured syntax suffixes (RFC 6839): image/svg+xml, application/problem+json.
	return strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml")
}

// mediaType takes the parameters off a Content-Type and makes it lower case.
func mediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.Trim(t, " \t"))
}

// kind is what becomes of a media type.
type kind uint8

const (
	plain  kind = iota // never compressed
	worth              // compressed
	events             // compressed by the encoder for event streams
)

// kind returns what the rules say about a Content-Type; an empty one is plain.
func (rs *rules) kind(contentType string) kind {
	k, ok := rs.kinds.find(contentType)
	if !ok {
		switch t := mediaType(contentType); {
		case t == "":
		case t == eventStream && rs.events != nil:
			k = events
		case rs.types(t):
			k = worth
		}
		rs.kinds.add(contentType, k)
	}
	return k
}

const eventStream = "text/event-stream"
