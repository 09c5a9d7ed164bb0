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
// With [Versions], a page or a script that says Use-As-Dictionary (RFC 9842) is the dictionary for
// its own next version: a browser that has the old one is sent the difference. What many pages
// have in common can be a [Dictionary] of its own. A [Cache] keeps the coded form of responses that
// anybody may have, [Files] serves files with the coded copies that lie beside them, and a
// [Decompressor] decodes the bodies of requests.
//
// The package does not know secrets: a page that has both a secret and something an
// attacker can choose, on a connection whose lengths the attacker can see, is open to
// BREACH (https://breachattack.com). The handler of such a page calls [Disable];
// Compressor.Padding makes the attack longer for all the others.
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
	"sync/atomic"
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

	// EventStreams compresses text/event-stream too, whatever Types and Encodings say: in the
	// coding gzip, with an encoder that keeps at most 64 KiB while the stream is idle. Events
	// leave at each Flush. A client that does not take gzip gets them plain.
	EventStreams bool

	// Dictionaries hold what many pages have in common (RFC 9842). A client that has fetched
	// one is sent the pages without that part, in the coding "dcz", which Encodings need not
	// name. Each must be served as well, and the pages must link to it: see [Dictionary].
	Dictionaries []*Dictionary

	// Versions keeps the responses that say Use-As-Dictionary, as dictionaries for their next
	// versions. Nil: none are kept.
	Versions *Versions

	// Padding hides the length of a coded body, which attacks on secrets watch (BREACH): a
	// random number of bytes, from 0 to Padding, is added that clients skip. It is another one
	// for each response, so that an attacker has to repeat a request to see a difference: of
	// one byte, about a fifth of the square of Padding times, and of ten bytes a hundredth
	// of that. The lengths of the single events of a stream are not hidden. A strong entity
	// tag becomes weak, as no two bodies are the same any more, and the Cache is not used.
	// The Encodings must be built-in ones. At most 32768. 0: none.
	Padding int

	// Cache keeps coded bodies of public responses. Nil: none are kept.
	Cache *Cache
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
	kinds   memo[kind]    // for a Content-Type
	idle    responsePool

	events       *coding // for text/event-stream; nil: as other types
	padding      int
	dictionaries map[digest]*dictionary
	memory       atomic.Int64 // that encoders with large dictionaries hold
	versions     *Versions
	keeps        bool // something may be kept, so that it matters who asks
	cache        *Cache
}

func (c *Compressor) compile() *rules {
	if c.MinSize < 0 {
		panic("gzip: Compressor.MinSize is negative")
	}
	if c.Padding < 0 || c.Padding > maxPadding {
		panic(fmt.Sprintf("gzip: Compressor.Padding is %d; it can be 0 to %d", c.Padding, maxPadding))
	}
	rs := &rules{minSize: cmp.Or(c.MinSize, defaultMinSize), types: c.Types, padding: c.Padding}
	if rs.types == nil {
		rs.types = DefaultTypes
	}
	if c.EventStreams {
		rs.events = newCoding(eventEncoding{})
	}
	encodings := c.Encodings
	if encodings == nil {
		encodings = []Encoding{Zstd{}, Gzip{}}
	}
	rs.codings = newCodings("Compressor.Encodings", encodings)
	for i, coding := range rs.codings {
		rs.names = append(rs.names, coding.name)
		if rs.padding > 0 && !coding.padded {
			panic(fmt.Sprintf("gzip: Compressor.Padding: nothing can be added to a body in the coding %s (Encodings[%d])",
				coding.name, i))
		}
	}
	if len(rs.codings) == 0 {
		return rs
	}
	rs.compileDictionaries(c)
	if c.Cache != nil {
		c.Cache.compile()
		if rs.padding == 0 {
			rs.cache = c.Cache
		}
	}
	return rs
}

// compileDictionaries makes the dictionaries ready for use.
func (rs *rules) compileDictionaries(c *Compressor) {
	rs.keeps = c.Versions != nil || c.Cache != nil
	rs.versions = c.Versions
	if rs.versions != nil {
		if err := rs.versions.open(); err != nil {
			panic("gzip: " + err.Error())
		}
	}
	for i, d := range c.Dictionaries {
		if d == nil {
			panic(fmt.Sprintf("gzip: Compressor.Dictionaries[%d] is nil", i))
		}
		if err := d.compile(); err != nil {
			panic(fmt.Sprintf("gzip: Compressor.Dictionaries[%d]: %v", i, err))
		}
		if rs.dictionaries == nil {
			rs.dictionaries = make(map[digest]*dictionary, len(c.Dictionaries))
		}
		rs.dictionaries[d.hash] = newDictionary(d.Content, d.hash, d.match)
	}
}
