package gzip

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Encoding is one content coding that a [Compressor] can offer. [Gzip] and [Zstd] are
// built in; the package's examples plug another one in.
type Encoding interface {
	// Coding is the name by which Accept-Encoding and Content-Encoding know it, in
	// lower case, such as "br" (https://www.iana.org/assignments/http-parameters).
	Coding() string

	// NewEncoder returns an encoder that has no destination yet. Encoders are used
	// again for later responses, by one goroutine at a time. An error at the first call
	// becomes a panic of [Compressor.Wrap].
	NewEncoder() (Encoder, error)
}

// Encoder turns one body after another into its coded form. The writers of
// compress/zlib, klauspost/compress and andybalholm/brotli are Encoders as they are.
type Encoder interface {
	// Write takes more of the body. Close writes what is left of the coded form
	// and ends it; it leaves the destination open.
	io.WriteCloser

	// Flush writes so much that a client can decode all of the body that the encoder
	// has taken.
	Flush() error

	// Reset drops what is unfinished and starts a new body, which goes to w. With a
	// nil w the encoder lets go of its destination and is not written to before the next Reset.
	Reset(w io.Writer)
}

// Gzip is the coding "gzip" (RFC 1952). It holds about 1.1 MB for each response under way
// from the first byte that is encoded, also while a stream is idle.
type Gzip struct {
	// Level goes from 1, the fastest, to 9, the smallest. 0: 5.
	Level int
}

const defaultGzipLevel = 5

// Coding implements [Encoding].
func (Gzip) Coding() string { return "gzip" }

// NewEncoder implements [Encoding]. It fails on a Level that does not exist.
func (g Gzip) NewEncoder() (Encoder, error) {
	level := cmp.Or(g.Level, defaultGzipLevel)
	if level < gzip.BestSpeed || level > gzip.BestCompression {
		return nil, fmt.Errorf("Gzip.Level is %d; it can be 1 to 9, or 0 for %d", level, defaultGzipLevel)
	}
	zw, err := gzip.NewWriterLevel(nil, level)
	if err != nil {
		return nil, err
	}
	return &gzipEncoder{zw}, nil
}

type gzipEncoder struct{ *gzip.Writer }

// noTime is the MTIME that says there is none (RFC 1952 §2.3.1); the zero time.Time
// would be sent as a date in 2042.
var noTime = time.Unix(0, 0)

func (e *gzipEncoder) Reset(w io.Writer) {
	e.Writer.Reset(w)
	e.ModTime = noTime
}

// Zstd is the coding "zstd" (RFC 8878). It compresses in the goroutine of the handler, and
// holds about 2.1 MB for each response under way, also while a stream is idle; 0.5 MB
// with [zstd.SpeedFastest] and a Window of 16 KiB.
type Zstd struct {
	// Level is how hard to try, from [zstd.SpeedFastest] to [zstd.SpeedBestCompression]. It is not the
	// number that the zstd command takes: [zstd.EncoderLevelFromZstd] translates that. 0:
	// [zstd.SpeedDefault].
	Level zstd.EncoderLevel

	// Window is how many bytes back a repetition is found: a power of two, at
	// most 8 MiB, which is all that clients have to provide (RFC 9659). The memory that
	// each response takes grows with it, at the client too. 0: 512 KiB.
	Window int
}

const (
	defaultZstdWindow = 512 << 10
	maxZstdWindow     = 8 << 20
)

// Coding implements [Encoding].
func (Zstd) Coding() string { return "zstd" }

// NewEncoder implements [Encoding]. It fails on a Level that does not exist and on a Window
// that is not allowed.
func (z Zstd) NewEncoder() (Encoder, error) {
	level, window := cmp.Or(z.Level, zstd.SpeedDefault), cmp.Or(z.Window, defaultZstdWindow)
	if level < zstd.SpeedFastest || level > zstd.SpeedBestCompression {
		return nil, fmt.Errorf("Zstd.Level is %d; it can be 0 or a level of klauspost/compress/zstd: for what the command calls -%[1]d, zstd.EncoderLevelFromZstd(%[1]d)", level)
	}
	if window < zstd.MinWindowSize || window > maxZstdWindow || window&(window-1) != 0 {
		return nil, fmt.Errorf("Zstd.Window is %d; it can be a power of two from %d to %d, or 0 for %d",
			window, zstd.MinWindowSize, maxZstdWindow, defaultZstdWindow)
	}
	e, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(level),
		zstd.WithWindowSize(window),
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	return &zstdEncoder{Encoder: e}, nil
}

// zstdEncoder knows where its encoder writes.
type zstdEncoder struct {
	*zstd.Encoder
	out io.Writer
}

func (e *zstdEncoder) Reset(w io.Writer) {
	e.Encoder.Reset(w)
	e.out = w
}

func (e *zstdEncoder) pad(n int) error { return writeSkippable(e.out, n) }
