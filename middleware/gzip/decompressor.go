package gzip

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// Decompressor decodes the bodies of requests, for handlers that know nothing of codings:
// gzip and Zstandard, and what else is plugged in. Its zero value works.
//
//	inbox := (&gzip.Decompressor{}).Wrap(http.HandlerFunc(receive))
//
// What is sent to it by, for instance,
//
//	curl --data-binary @records.json.gz -H 'Content-Encoding: gzip' http://localhost:8080/inbox
//
// arrives as what is in the file.
//
// The handler gets a copy of the request without Content-Encoding. The length of the decoded
// body is not known (ContentLength is -1), and the fields that are true of the coded body
// only are taken out with it: Content-Length, Content-Digest, Repr-Digest, Digest and
// Content-MD5 (RFC 9530 §2 and §3; an Unencoded-Digest stays). What verifies digests or
// message signatures belongs outside, where the body is as it was sent. Trailers stay as
// they came. A request without a body passes, whatever coding it names.
//
// Up to two codings are undone, the one that was applied last first (RFC 9110 §8.4). A body
// in a coding that is not known, or in more than two, is refused with the status 415 and an
// Accept-Encoding that names those that are (RFC 9110 §12.5.3, RFC 7694 §3). The handler is
// then not called.
//
// # Reading
//
// Nothing is read before the handler reads: a client that waits to be asked to continue (RFC
// 9110 §10.1.1) keeps its body if the handler has no use for it. What has arrived is
// decoded without waiting for more. Read returns io.EOF only at the end of a body that was
// whole; one that breaks off, bytes after its end and a wrong checksum are errors. A body of
// no bytes at all is an empty one.
//
// At a limit Read returns an error in which [errors.As] finds an [http.MaxBytesError], as
// with [http.MaxBytesReader]. If the handler then answers nothing, or anything from status
// 400, the answer becomes 413 (Content Too Large): whatever the handler made of the error,
// that was its cause. If the body is corrupt, the handler's answer stands, and becomes 400
// only where there is none. A handler that answers 200 without having read the body to its
// end has its way.
//
// The body is read by one goroutine at a time, and closed by any. When it is closed, and when
// the handler has returned, Read fails with [http.ErrBodyReadAfterClose].
//
// # Memory
//
// From the first Read to the end of the body, or to its Close, a gzip body holds 48 KB, and a
// zstd body what its frame asks for: 0.3 MB for a window of 64 KiB, 1 MB for 512 KiB, and at
// most 8.8 MB, for 8 MiB. Two codings hold both. A frame that asks for more is
// corrupt (RFC 9659).
//
// # Place in the chain
//
// Inside authentication, so that strangers cannot make the server decode, and outside
// everything that reads bodies. With a [Compressor] either can be outside. An
// [http.MaxBytesReader] outside counts coded bytes and one inside decoded bytes; the limit
// that is reached first holds. A client that sends slowly on purpose is the business of the
// server's ReadTimeout, coded or not.
type Decompressor struct {
	// MaxBytes is how long a decoded body can be. The coded one can be twice that and
	// 64 KiB more: codings make what cannot be compressed a little longer, and without
	// a limit could go on for ever without a byte to decode. What is not coded is not
	// limited. 0: 10 MiB. [math.MaxInt64]: no limit.
	MaxBytes int64

	// MaxRatio is how many decoded bytes there can be for each coded one that has been
	// read so far. It ends bombs early where MaxBytes is large, and holds from 1 MiB on,
	// since what is small may well repeat itself. Records and logs come to 5 to 50; gzip
	// can reach 1,032 and zstd more than 30,000. 0: 100. [math.MaxInt64]: no limit.
	MaxRatio int64

	// Decodings are the codings that are undone, in the order in which Accept-Encoding
	// is to name them. Nil: [Zstd]{}, [Gzip]{}. Empty but not nil: none, and every coded
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
		decoder, err := c.NewDecoder()
		if err != nil {
			panic(field + ": " + err.Error())
		}
		if decoder == nil {
			panic(field + ": NewDecoder of " + name + " returned nil")
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
