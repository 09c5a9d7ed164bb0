package gzip

import (
	"encoding/hex"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
)

// dcz is the coding "dcz" with one dictionary: a header that names the dictionary, and a
// Zstandard frame that was made with it (RFC 9842 §5).
type dcz struct {
	content []byte
	hash    digest
}

func (dcz) Coding() string { return "dcz" }

// NewEncoder returns an encoder with a window that reaches back from the end of a body that is
// somewhat larger than the dictionary to the dictionary's beginning. Clients provide at least
// 8 MiB for it, or 1.25 times the dictionary where that is more, up to 128 MiB (RFC 9842 §5).
func (d dcz) NewEncoder() (Encoder, error) {
	n := len(d.content)
	most := min(max(maxZstdWindow, n+n/4), 128<<20)
	window := max(minDictionaryWindow, ceilPower(2*n+n/4))
	for window > most {
		window >>= 1
	}
	e := &dczEncoder{header: append(dczMagic[:], d.hash[:]...)}
	inner, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(dczLevel(n)),
		zstd.WithEncoderDictRaw(0, d.content),
		zstd.WithWindowSize(window),
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	e.Encoder = inner
	return e, nil
}

const minDictionaryWindow = 64 << 10

// dczLevel returns the level for a dictionary of n bytes. To make the tables of the default level ready takes
// longer than to encode the next version of a page with them, and of a page of 73 KB saves 22 bytes in
// 544. The larger a dictionary, the more of it a level's table forgets: of 260 KB of source, with one
// line in 200 changed, the fastest level makes 1,647 bytes and the default 1,102. That of
// SpeedBetterCompression has four times as many places as the default's 131,072, in 8 MB: the next
// version of a text of 2 MB, with 300 lines changed, then takes 9 KB in place of 61, and less time.
func dczLevel(n int) zstd.EncoderLevel {
	switch {
	case n <= 128<<10:
		return zstd.SpeedFastest
	case n <= 512<<10:
		return zstd.SpeedDefault
	}
	return zstd.SpeedBetterCompression
}

// memory is about what an encoder holds, in bytes: the tables of its level, and what it remembers of the
// dictionary and the body.
func (d dcz) memory() int64 {
	n := len(d.content)
	switch dczLevel(n) {
	case zstd.SpeedFastest:
		return int64(1<<20 + n)
	case zstd.SpeedDefault:
		return int64(4<<20 + n)
	}
	return int64(13<<20 + n)
}

// ceilPower returns the smallest power of two that is not below n.
func ceilPower(n int) int { return 1 << bits.Len(uint(n-1)) }

// suffix is that of entity tags: as long as a hash need be that nobody finds by chance, since the
// tag only has to differ from those of other bodies.
func (d dcz) suffix() string { return dczSuffix + hex.EncodeToString(d.hash[:dczDigits/2]) }

const (
	dczSuffix = "-dcz-"
	dczDigits = 16
)

// dczMagic begins a skippable frame of Zstandard that holds the dictionary's hash.
var dczMagic = [8]byte{0x5e, 0x2a, 0x4d, 0x18, 0x20}

// dczEncoder writes the header when it has anything else to write.
type dczEncoder struct {
	*zstd.Encoder
	header []byte
	out    io.Writer
	named  bool // the header has been written
	err    error
}

// dczOutput is where the inner encoder of e writes, so that it need not be reset to let go of a
// destination: to make it ready is what takes longest for a short body.
type dczOutput struct{ e *dczEncoder }

func (o dczOutput) Write(p []byte) (int, error) { return o.e.out.Write(p) }

func (e *dczEncoder) Reset(w io.Writer) {
	e.out, e.named, e.err = w, false, nil
	if w != nil {
		e.Encoder.Reset(dczOutput{e})
	}
}

func (e *dczEncoder) Write(p []byte) (int, error) {
	if err := e.name(); err != nil {
		return 0, err
	}
	return e.Encoder.Write(p)
}

func (e *dczEncoder) Flush() error {
	if err := e.name(); err != nil {
		return err
	}
	return e.Encoder.Flush()
}

func (e *dczEncoder) Close() error {
	if err := e.name(); err != nil {
		return err
	}
	return e.Encoder.Close()
}

func (e *dczEncoder) name() error {
	if e.named || e.err != nil {
		return e.err
	}
	e.named = true
	_, e.err = e.out.Write(e.header)
	return e.err
}

func (e *dczEncoder) pad(n int) error {
	if err := e.name(); err != nil {
		return err
	}
	return writeSkippable(e.out, n)
}
