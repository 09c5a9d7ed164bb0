package gzip

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// Decompressor decodes the bodies of requests, which clients code with what they have been
// told or know that the server takes: gzip and Zstandard, if nothing else is plugged in. Its
// zero value works. Nothing decodes requests unless a Decompressor is put in.
//
//	inbox := (&gzip.Decompressor{}).Wrap(http.HandlerFunc(receive))
//
// The handler gets a copy of the request without Content-Encoding. The length of the body is
// unknown (ContentLength is -1), and the fields that are true of the coded body only are
// gone too: Content-Length, Content-Digest, Repr-Digest, Digest and Content-MD5 (RFC 9530 §2
// and §3; an Unencoded-Digest stays). A layer that checks digests or signatures of messages
// stands outside, where the body is as it was sent. Trailers stay as they came. Requests
// that have no body, or none that is coded, pass.
//
// Up to two codings are undone, the last first (RFC 9110 §8.4). A body in a coding that is not known, or
// in more than two, is refused with the status 415 and an Accept-Encoding that names those
// that are (RFC 9110 §12.5.3, RFC 7694 §3); the handler is not called.
//
// # Reading
//
// Nothing is read before the handler reads, so that the client of a handler that answers
// without reading is not asked to continue (RFC 9110 §10.1.1). What has arrived is decoded
// without waiting for more. The body ends with io.EOF only if all of it was there: a coded
// body that breaks off, bytes after its end, and a wrong checksum are errors of Read. A
// body of no bytes at all is an empty one.
//
// A body beyond the limits is cut there, with an error in which [errors.As] finds an
// [http.MaxBytesError], as of [http.MaxBytesReader]. If the handler then says nothing, or
// answers with a status from 400, the answer is 413 (Content Too Large), since whatever the
// handler made of it, that is what happened. If the body is corrupt, the answer is
// the handler's; 400 if it has said nothing. A handler that answers 200 although it could not
// read has its way.
//
// The body may be read by one goroutine after the other, and closed by any. Once it is closed, and once the
// handler has returned, Read fails with [http.ErrBodyReadAfterClose].
//
// # Memory
//
// From the first Read to the end of the body, or to its Close, a gzip body holds 44 KB. A zstd body
// holds what its frame asks for, 8.4 MB at most: 0.4 MB for a window of 128 KiB.
// A second coding adds its own. Of a body that asks for more nothing is decoded.
//
// # Place
//
// The Decompressor belongs inside authentication, so that strangers cannot make the server
// decode, and outside what reads bodies. With a Compressor it has nothing to
// do; either can be the outer one. An [http.MaxBytesReader] outside counts coded bytes, and one inside
// decoded ones, like MaxBytes; whichever is reached first holds. A server whose
// clients are slow on purpose needs its ReadTimeout or read deadlines, as without this layer.
type Decompressor struct {
	// MaxBytes is how long a decoded body can be. The coded one can be twice that, and
	// 64 KiB, since codings make a little more of what cannot be compressed, and since
	// members, frames and blocks can be empty. Bodies that are not coded are not
	// counted. 0: 10 MiB. [math.MaxInt64]: no limit.
	MaxBytes int64

	// MaxRatio is how many bytes there can be for each byte that came from the client; it
	// cuts bombs off early where MaxBytes is large. It holds from the first MiB on,
	// as what is small may repeat itself. Records and logs come to 5 to 50; gzip can
	// reach 1,032, and zstd more than 10,000. 0: 100. [math.MaxInt64]: no limit.
	MaxRatio int64

	// Decodings are the codings that are undone, in the order in which Accept-Encoding
	// names them. Nil: [Zstd]{}, [Gzip]{}. Empty but not nil: none, and every coded
	// body is refused.
	Decodings []Decoding
}

const (
	defaultMaxBytes = 10 << 20
	defaultMaxRatio = 100

	// ratioFrom is the size up to which MaxRatio does not matter.
	ratioFrom = 1 << 20

	// maxCodings bounds the work and the memory that a field of a few bytes can ask for.
	maxCodings = 2
)

// Wrap returns a handler that serves next with requests whose bodies are plain. The fields
// are read once, here.
//
// Wrap panics when next is nil and when a field has an impossible value.
func (d *Decompressor) Wrap(next http.Handler) http.Handler {
	if next == nil {
		panic("gzip: Decompressor.Wrap: next is nil")
	}
	return decompressing{next, d.compile()}
}

// bodyRules are a Decompressor's fields, checked and with their defaults, and the pools of
// the handler that goes by them.
type bodyRules struct {
	maxBytes  int64
	maxRatio  int64
	decodings []*decoders
	accepted  string // for Accept-Encoding
}

func (d *Decompressor) compile() *bodyRules {
	switch {
	case d.MaxBytes < 0:
		panic("gzip: Decompressor.MaxBytes is negative")
	case d.MaxRatio < 0:
		panic("gzip: Decompressor.MaxRatio is negative")
	}
	rs := &bodyRules{
		maxBytes: cmp.Or(d.MaxBytes, defaultMaxBytes),
		maxRatio: cmp.Or(d.MaxRatio, defaultMaxRatio),
	}
	decodings := d.Decodings
	if decodings == nil {
		decodings = []Decoding{Zstd{}, Gzip{}}
	}
	var names []string
	for i, c := range decodings {
		field := fmt.Sprintf("gzip: Decompressor.Decodings[%d]", i)
		if c == nil {
			panic(field + " is nil")
		}
		name := c.Coding()
		switch {
		case !codingName(name):
			panic(fmt.Sprintf("%s: %q is not the name of a content coding in lower case", field, name))
		case rs.decoding(name) != nil:
			panic(field + ": " + name + " is there twice")
		}
		if _, err := c.NewDecoder(); err != nil {
			panic(field + ": " + err.Error())
		}
		rs.decodings = append(rs.decodings, &decoders{decoding: c, name: name})
		names = append(names, name)
	}
	rs.accepted = cmp.Or(strings.Join(names, ", "), "identity")
	return rs
}

// decoding returns the coding of that name, nil if it is not known.
func (rs *bodyRules) decoding(name string) *decoders {
	if strings.EqualFold(name, "x-gzip") { // RFC 9110 §8.4.1.3
		name = "gzip"
	}
	for _, ds := range rs.decodings {
		if strings.EqualFold(name, ds.name) {
			return ds
		}
	}
	return nil
}
