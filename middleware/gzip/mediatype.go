package gzip

import "strings"

// DefaultTypes reports whether bodies of a media type, given in lower case and without
// parameters, usually become smaller: text of any kind, JSON, XML, JavaScript,
// WebAssembly, SVG and fonts that are not compressed in themselves.
//
// It is false for text/event-stream: a stream of events may stay open for hours, and all the while an
// encoder's memory with it. A site with few of them can opt in through
// [Compressor.Types].
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

// compressible reports what the rules say about a Content-Type; an empty one is not.
func (rs *rules) compressible(contentType string) bool {
	worth, ok := rs.worth.find(contentType)
	if !ok {
		t := mediaType(contentType)
		worth = t != "" && rs.types(t)
		rs.worth.add(contentType, worth)
	}
	return worth
}
