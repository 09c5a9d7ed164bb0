package gzip

import (
	"bufio"
	"compress/gzip"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Decoding is one content coding that a [Decompressor] undoes. [Gzip] and [Zstd] are built in;
// the package's examples plug another one in.
type Decoding interface {
	// Coding is the name by which Content-Encoding and Accept-Encoding know it, in lower
	// case, such as "br".
	Coding() string

	// NewDecoder returns a decoder that has no source yet. Decoders are used again
	// for later bodies, by one goroutine at a time. An error at the first call becomes a
	// panic of [Decompressor.Wrap].
	NewDecoder() (Decoder, error)
}

// Decoder turns one coded body after another into its plain form. The readers of
// klauspost/compress/zstd and andybalholm/brotli are Decoders as they are.
type Decoder interface {
	// Read hands on what can be decoded of the bytes that have arrived, without
	// waiting for more. It returns io.EOF only where the coded body is complete, and
	// io.ErrUnexpectedEOF where it breaks off. Bytes after the end are found by the
	// Decompressor, unless the decoder has read them ahead. What a decoder holds in memory
	// has a bound that the body cannot move.
	io.Reader

	// Reset drops what is unfinished and starts a new body, which comes from r. With a
	// nil r the decoder lets go of its source, and is not read before the next Reset.
	Reset(r io.Reader) error
}

// NewDecoder implements [Decoding], whatever the Level. A decoder takes several members
// (RFC 1952 §2.2), and hands on each as soon as it is there. It holds 48 KB.
func (Gzip) NewDecoder() (Decoder, error) {
	return &gzipDecoder{source: bufio.NewReader(nothing{})}, nil
}

// gzipDecoder is on the standard library. The decoder of klauspost/compress 1.20.3, which is
// hardly faster, decodes a block without distance codes with those of the body before, and that
// was somebody else's.
type gzipDecoder struct {
	member gzip.Reader
	source *bufio.Reader
	inside bool // a member has begun
}

func (d *gzipDecoder) Reset(r io.Reader) error {
	if r == nil {
		// What the last header said would stay where it is, too.
		d.member.Header = gzip.Header{}
		r = nothing{}
	}
	d.source.Reset(r)
	d.inside = false
	return nil
}

// Read takes the members one by one. gzip.Reader, left to itself, waits for the header of
// the next one before it returns the end of the last.
func (d *gzipDecoder) Read(p []byte) (n int, err error) {
	for n == 0 && len(p) > 0 {
		if !d.inside {
			if _, err := d.source.Peek(1); err != nil {
				return 0, err
			}
			if err := d.member.Reset(d.source); err != nil {
				return 0, cutShort(err)
			}
			d.member.Multistream(false)
			d.inside = true
		}
		n, err = d.member.Read(p)
		switch err {
		case nil:
		case io.EOF:
			d.inside = false
		default:
			return n, err
		}
	}
	return n, nil
}

// cutShort makes of an end where none may be the error that says so.
func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// nothing is what an idle decoder reads.
type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

// NewDecoder implements [Decoding], whatever the Level and the Window. A decoder takes
// several frames, skippable ones too, with windows up to the 8 MiB that the coding allows
// (RFC 9659). It decodes in the goroutine that reads, and holds about as much as the
// window that the body declares and 0.5 MB.
func (Zstd) NewDecoder() (Decoder, error) {
	return zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxZstdWindow),
		// A frame of a single segment has no window but its size.
		zstd.WithDecoderMaxMemory(maxZstdWindow))
}

// decoders are a [Decoding] in use, with the decoders that have nothing to do.
type decoders struct {
	decoding Decoding
	name     string
	idle     sync.Pool
}

func (ds *decoders) get() (Decoder, error) {
	if d, ok := ds.idle.Get().(Decoder); ok {
		return d, nil
	}
	return ds.decoding.NewDecoder()
}

func (ds *decoders) put(d Decoder) {
	if d.Reset(nil) == nil { // an idle decoder must not hold on to a request
		ds.idle.Put(d)
	}
}
