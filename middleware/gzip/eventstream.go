package gzip

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// eventEncoding is the coding "gzip" for responses that are idle most of the time.
type eventEncoding struct{}

func (eventEncoding) Coding() string { return "gzip" }

func (eventEncoding) NewEncoder() (Encoder, error) { return new(eventEncoder), nil }

// eventEncoder is an [Encoder] of the coding "gzip" (RFC 1952) that holds at most 24 KiB between
// two calls, and much less as long as there were only a few events.
//
// An event is short and much like those before it, so all that a stream keeps is the end of its plain
// text. What a compressor needs beside that, some 850 KB of tables, is borrowed for as long as a
// block is encoded, and filled from that text as from a preset dictionary. The block goes to memory
// first: a client that does not read holds up its own stream only, and no tables.
//
// A Flush takes about 20 µs that way. flate.StatelessDeflate needs two thirds of the time, with tables
// on the stack, but makes events a quarter longer and allocates more than the window for each.
type eventEncoder struct {
	out   io.Writer
	err   error  // of out; it stays
	plain []byte // the window, and behind it what is not encoded yet
	done  int    // length of the window
	coded []byte // not written yet

	begun bool   // the header is in coded, or written
	pads  int    // bytes of padding in the header; 0: none
	crc   uint32 // of all that has been encoded
	size  uint32 // of the same, modulo 2^32
}

const (
	// eventWindow is how many bytes back a repetition is found. Four times as many would
	// save 2% of what is sent, half as many cost 5%.
	eventWindow = 8 << 10

	// eventPending is how many bytes may wait for a Flush.
	eventPending = 4 << 10

	// eventCoded bounds the buffer that is kept for the coded form of what waits.
	eventCoded = 2 * eventPending

	// eventLevel finds more in a short window than the default does in a long one. Level 9 would
	// save another 2% in a good third more time.
	eventLevel = 7
)

func (e *eventEncoder) Reset(w io.Writer) {
	*e = eventEncoder{out: w, plain: e.plain[:0], coded: e.coded[:0]}
}

// pad hides something of the length of the body, and nothing of the lengths of its events.
func (e *eventEncoder) pad(n int) error {
	e.pads = n
	return nil
}

func (e *eventEncoder) Write(p []byte) (n int, err error) {
	for e.err == nil && n < len(p) {
		room := e.done + eventPending - len(e.plain)
		if room == 0 {
			e.block()
			e.send()
			continue
		}
		m := min(room, len(p)-n)
		e.plain = append(e.plain, p[n:n+m]...)
		n += m
	}
	return n, e.err
}

func (e *eventEncoder) Flush() error {
	e.block()
	return e.send()
}

// Close writes an empty last block and the trailer (RFC 1952 §2.3.1).
func (e *eventEncoder) Close() error {
	e.block()
	e.coded = append(e.coded, 1, 0, 0, 0xff, 0xff) // stored, of length 0 (RFC 1951 §3.2.4)
	e.coded = binary.LittleEndian.AppendUint32(e.coded, e.crc)
	e.coded = binary.LittleEndian.AppendUint32(e.coded, e.size)
	return e.send()
}

// block encodes what waits, and the header if this is the first time.
func (e *eventEncoder) block() {
	if !e.begun {
		e.begun = true
		e.header()
	}
	p := e.plain[e.done:]
	if len(p) == 0 {
		return
	}
	e.crc = crc32.Update(e.crc, crc32.IEEETable, p)
	e.size += uint32(len(p))
	d := deflaters.Get().(*deflater)
	e.coded = d.deflate(e.coded, e.plain[:e.done], p)
	deflaters.Put(d)
	if n := len(e.plain) - eventWindow; n > 0 {
		e.plain = e.plain[:copy(e.plain, e.plain[n:])]
	}
	e.done = len(e.plain)
}

// header starts the coded form: no MTIME, no XFL, OS unknown (RFC 1952 §2.3).
func (e *eventEncoder) header() {
	const extra = 1 << 2
	flags := byte(0)
	if e.pads > 0 {
		flags = extra
	}
	e.coded = append(e.coded, 0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255)
	if e.pads > 0 {
		field := extraField(e.pads)
		e.coded = binary.LittleEndian.AppendUint16(e.coded, uint16(len(field)))
		e.coded = append(e.coded, field...)
	}
}

// send writes what is coded, in one call.
func (e *eventEncoder) send() error {
	if e.err == nil && len(e.coded) > 0 {
		_, e.err = e.out.Write(e.coded)
	}
	if e.coded = e.coded[:0]; cap(e.coded) > eventCoded { // it was much longer with the padding
		e.coded = nil
	}
	return e.err
}

// deflater is what encoding a block takes. It keeps no reference to a stream.
type deflater struct {
	w      *flate.Writer
	window [eventWindow]byte // w refers to its dictionary until it gets another
	coded  []byte
}

// deflaters are shared by all streams: about as many exist as there are processors.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, eventLevel)
	if err != nil {
		panic(err) // there is such a level
	}
	return &deflater{w: w}
}}

// deflate appends p to coded, as blocks that are encoded with the window before it and end on a
// byte, so that a client can decode all of them.
func (d *deflater) deflate(coded, window, p []byte) []byte {
	d.coded = coded
	d.w.ResetDict(d, d.window[:copy(d.window[:], window)])
	_, _ = d.w.Write(p) // to memory: neither fails
	_ = d.w.Flush()
	coded, d.coded = d.coded, nil
	return coded
}

// Write takes what w makes of p.
func (d *deflater) Write(p []byte) (int, error) {
	d.coded = append(d.coded, p...)
	return len(p), nil
}
