package gzip

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
)

// A form is a body in one of the states that it passes through: as it came, or after some
// of its codings have been undone. It ends once, with the error that ended it first.
type form struct {
	limits
	from   *form     // what r reads; nil: the form that came
	r      io.Reader // the request's body or a Decoder; nil before open and after release
	coding *decoders // of the Decoder
	n      int64     // bytes read
	err    error     // how it ended
}

// limits are how much of a form there can be.
type limits struct {
	max   int64
	ratio int64 // to the bytes of wire; 0: none
	wire  *form // the form that came
}

// maxCoded is how much can be read of what is still coded.
func (rs *bodyRules) maxCoded() int64 {
	if rs.maxBytes > math.MaxInt64/4 {
		return math.MaxInt64
	}
	return 2*rs.maxBytes + 64<<10
}

// now returns the limit that holds for what has come so far.
func (l *limits) now() int64 {
	if l.ratio == 0 || l.wire.n >= l.max/l.ratio {
		return l.max
	}
	return min(l.max, max(ratioFrom, l.wire.n*l.ratio))
}

// open makes f what is left of the form before it when a coding is undone.
func (f *form) open(ds *decoders) {
	d, err := ds.get()
	if err != nil {
		f.err = fmt.Errorf("gzip: request body: no decoder for %s: %w", ds.name, err)
		return
	}
	f.r, f.coding = d, ds
	if err := d.Reset(f.from); err != nil {
		f.err = f.judge(err)
	}
}

// release gives the decoder back. What is left of f can no longer be read.
func (f *form) release() {
	if d, ok := f.r.(Decoder); ok {
		f.r = nil
		f.coding.put(d)
	}
}

// Read hands on what there is within the limits.
func (f *form) Read(p []byte) (n int, err error) {
	if f.err != nil {
		return 0, f.err
	}
	if room := f.max - f.n; int64(len(p))-1 > room {
		p = p[:room+1] // one more, to see whether there is more
	}
	n, err = f.r.Read(p)
	f.n += int64(n)
	if limit := f.now(); f.n > limit {
		n -= int(f.n - limit)
		err = f.excess(limit)
	} else if err != nil && f.from != nil {
		err = f.judge(err)
	}
	f.err = err
	return n, err
}

// excess is the error of a form that is longer than limit.
func (f *form) excess(limit int64) error {
	how, field := "it is coded in", "MaxBytes"
	if f.from != nil {
		how = f.coding.name + " decodes to"
	}
	if limit < f.max {
		field = "MaxRatio"
	}
	return &bodyError{
		http.StatusRequestEntityTooLarge,
		fmt.Errorf("%s more than %d bytes (Decompressor.%s): %w", how, limit, field, &http.MaxBytesError{Limit: limit}),
	}
}

var errAfterEnd = errors.New("there are bytes after its end")

// judge returns the error with which f ends when its decoder has ended with err.
func (f *form) judge(err error) error {
	if err == io.EOF && f.from.err == nil {
		// The decoder has not looked whether there is more.
		if _, err = io.ReadFull(f.from, make([]byte, 1)); err == nil {
			err = errAfterEnd
		}
	}
	// What went wrong before the decoder is what went wrong, and decoders do not always
	// pass it on: to zstd's, a connection that breaks off between two frames is
	// the end of the body (klauspost/compress#1128).
	if before := f.from.err; before != nil && before != io.EOF {
		return before
	}
	if err == io.EOF {
		return err
	}
	return &bodyError{http.StatusBadRequest, fmt.Errorf("%s: %w", f.coding.name, err)}
}

// bodyError says that a body cannot be handed on whole, and that it is the body's fault.
type bodyError struct {
	status int // to answer with
	cause  error
}

func (e *bodyError) Error() string { return "gzip: request body: " + e.cause.Error() }

func (e *bodyError) Unwrap() error { return e.cause }
