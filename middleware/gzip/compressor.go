// Package gzip compresses the responses of an HTTP handler, with gzip or Zstandard
// as the client prefers, and with any other content coding that is plugged in.
//
//	zip := &gzip.Compressor{}
//	mux := http.NewServeMux()
//	mux.HandleFunc("GET /report", report)
//	log.Fatal(http.ListenAndServe("localhost:8080", zip.Wrap(mux)))
//
// What is worth compressing is decided when enough of the body is there to know: its
// media type (declared, or sniffed from the plain bytes), its size, and what its header
// says about it. Images, archives, ranges, bodies that have a coding already, bodies
// with a digest and bodies marked no-transform leave as they came, through the server's
// sendfile if they come from a file. Caches are told what they need to know: Vary, and an
// entity tag of its own for each coding, which is understood again when the client
// sends it back.
//
// The package does not compress requests, does not keep compressed copies, and does
// not cache. It does not know secrets: a page that has both a secret and something an
// attacker can choose, on a connection whose lengths the attacker can see, is open to
// BREACH (https://breachattack.com); such a response calls [Disable].
//
// In a chain the Compressor stands inside the layer that answers for panics
// (cgitrace) and outside everything that sets headers or writes bodies: sessions,
// authentication, the application. As long as it holds a body back, a panic takes
// that body with it, and the outer layer can answer with a clean 500.
package gzip

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// Compressor is the layer. Its zero value works.
//
// The fields are read once, by [Compressor.Wrap].
type Compressor struct {
	// MinSize is the number of bytes from which a body is compressed, and up to which one
	// of unknown length is held back to find out. A Flush, or the end of the
	// body, ends the wait. 0: 1024. 1: everything.
	MinSize int

	// Types reports whether bodies of a media type are worth compressing. It gets the
	// type in lower case and without parameters, may be called by many goroutines
	// at once, and must always say the same of a type, since its answers are
	// remembered. Nil: [DefaultTypes].
	Types func(mediaType string) bool

	// Encodings are the codings on offer, the earlier preferred among those that a
	// client likes equally. Nil: [Zstd]{}, [Gzip]{}. Empty but not nil: none, and Wrap
	// returns next itself.
	Encodings []Encoding
}

const defaultMinSize = 1024

// Wrap returns a handler that serves next and compresses what it answers.
//
// The response writer that next gets must not be used after next has returned: from then on
// its writes fail. A handler that declares a Content-Length and writes less has
// its response aborted ([http.ErrAbortHandler]), as net/http does.
//
// Wrap panics when next is nil and when a field has an impossible value.
func (c *Compressor) Wrap(next http.Handler) http.Handler {
	if next == nil {
		panic("gzip: Compressor.Wrap: next is nil")
	}
	rules := c.compile()
	if len(rules.codings) == 0 {
		return next
	}
	return handler{next, rules}
}

// rules are a Compressor's fields, checked and with their defaults, and the pools of the
// handler that goes by them.
type rules struct {
	minSize int
	types   func(mediaType string) bool
	codings []*coding
	names   []string      // of codings, in the same order
	chosen  memo[*coding] // for an Accept-Encoding line
	worth   memo[bool]    // for a Content-Type
	idle    responsePool
}

func (c *Compressor) compile() *rules {
	if c.MinSize < 0 {
		panic("gzip: Compressor.MinSize is negative")
	}
	rs := &rules{minSize: cmp.Or(c.MinSize, defaultMinSize), types: c.Types}
	if rs.types == nil {
		rs.types = DefaultTypes
	}
	encodings := c.Encodings
	if encodings == nil {
		encodings = []Encoding{Zstd{}, Gzip{}}
	}
	seen := make(map[string]bool)
	for i, e := range encodings {
		field := fmt.Sprintf("gzip: Compressor.Encodings[%d]", i)
		if e == nil {
			panic(field + " is nil")
		}
		name := e.Coding()
		switch {
		case !codingName(name):
			panic(fmt.Sprintf("%s: %q is not the name of a content coding in lower case", field, name))
		case seen[name]:
			panic(field + ": " + name + " is there twice")
		}
		seen[name] = true
		// A wrong level or window shows here and not in the first request.
		if _, err := e.NewEncoder(); err != nil {
			panic(field + ": " + err.Error())
		}
		rs.codings = append(rs.codings, &coding{encoding: e, name: name, suffix: "-" + name})
		rs.names = append(rs.names, name)
	}
	return rs
}

// codingName reports whether s can stand in Content-Encoding (a token, RFC 9110 §5.6.2)
// and in an entity tag, and is neither of the names that mean something else in
// Accept-Encoding.
func codingName(s string) bool {
	return s != "" && s != "identity" && s != "x-gzip" && s != "*" && s == strings.ToLower(s) &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") == ""
}
