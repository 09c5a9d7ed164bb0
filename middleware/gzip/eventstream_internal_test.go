package gzip

// This file is inside the package, since no Compressor hands an [eventEncoder] out.

import (
	"bytes"
	stdgzip "compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// feed returns what a shop may tell its pages: n events of 190 to 370 bytes, the same ones each time.
func feed(n int) [][]byte {
	kinds := strings.Fields("order.created order.paid order.shipped comment presence")
	names := []string{"Ada Lovelace", "Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Frances Allen"}
	words := strings.Fields("the parcel has left warehouse and will be with you on Tuesday before noon unless snow closes pass please ring twice")
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	events := make([][]byte, n)
	for i := range events {
		at = at.Add(time.Duration(random.IntN(9000)) * time.Millisecond)
		said := make([]string, 3+random.IntN(30))
		for j := range said {
			said[j] = words[random.IntN(len(words))]
		}
		events[i] = fmt.Appendf(nil, "id: %d\nevent: %s\ndata: {%q:\"%08x\",%q:%q,%q:{%q:%d,%q:%q},%q:%d.%02d,%q:%q}\n\n",
			1000+i, kinds[random.IntN(len(kinds))], "id", random.Uint32(), "time", at.Format(time.RFC3339Nano),
			"user", "id", random.IntN(5000), "name", names[random.IntN(len(names))],
			"amount", random.IntN(900), random.IntN(100), "text", strings.Join(said, " "))
	}
	return events
}

// noise cannot be made shorter.
func noise(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(p)
	return p
}

// eventClient decodes what an eventEncoder writes as it comes.
type eventClient struct {
	wire  bytes.Buffer
	plain io.Reader
}

// reads fails unless the next bytes of the body are those, and can be had without another on
// the wire.
func (c *eventClient) reads(t *testing.T, want []byte) {
	t.Helper()
	if c.plain == nil {
		zr, err := stdgzip.NewReader(&c.wire) // which reads no byte too many of a Buffer
		if err != nil {
			t.Fatal(err)
		}
		c.plain = zr
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c.plain, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d bytes %.60q, %v; want %d bytes %.60q", n, got[:n], err, len(want), want)
	}
}

// ends fails unless the body is at its end, and is whole by its trailer.
func (c *eventClient) ends(t *testing.T) {
	t.Helper()
	c.reads(t, nil)
	if rest, err := io.ReadAll(c.plain); len(rest) > 0 || err != nil || c.wire.Len() > 0 {
		t.Fatalf("%d more bytes, %v, and %d behind the end", len(rest), err, c.wire.Len())
	}
}

// spec 21: what was written before a Flush can be decoded, whatever comes after.
func TestEventEncoder(t *testing.T) {
	for name, events := range map[string][][]byte{
		"events":                   feed(60),
		"one byte each":            bytes.SplitAfter([]byte("event: stream\n\n"), nil),
		"nothing at all":           nil,
		"nothing but flushes":      {nil, nil, nil},
		"as much as may wait":      {noise(eventPending), noise(eventPending), noise(1)},
		"more than may wait":       {noise(eventPending + 1), []byte("data\n\n"), noise(3*eventPending - 1)},
		"more than the window":     {noise(eventWindow + eventPending), noise(40 << 10), []byte("data\n\n")},
		"the same again and again": {noise(eventWindow), noise(eventWindow), noise(eventWindow)},
		"long runs":                {make([]byte, 30<<10), make([]byte, 1), make([]byte, 7000)},
		// A preset dictionary was once sent along with what could not be made shorter:
		// https://go.dev/issue/80538, for klauspost/compress its pull request 1201.
		"noise after events": append(feed(30), noise(300), noise(20), noise(3)),
	} {
		t.Run(name, func(t *testing.T) {
			e := new(eventEncoder)
			for range 2 { // the second time as it comes out of a pool
				var c eventClient
				e.Reset(&c.wire)
				for _, event := range events {
					if n, err := e.Write(event); n != len(event) || err != nil {
						t.Fatalf("Write: %d, %v", n, err)
					}
					if err := e.Flush(); err != nil {
						t.Fatal(err)
					}
					c.reads(t, event)
				}
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
				c.ends(t)
				e.Reset(nil)
			}
		})
	}
}

// What is not flushed waits, within bounds, and leaves as one.
func TestEventEncoder_pending(t *testing.T) {
	var c eventClient
	e := new(eventEncoder)
	e.Reset(&c.wire)
	for range eventPending {
		_, _ = e.Write([]byte("a"))
	}
	if n := c.wire.Len(); n > 0 {
		t.Errorf("%d bytes left without a Flush", n)
	}
	_ = e.Flush()
	if n := c.wire.Len(); n > 40 {
		t.Errorf("one block of the same letter takes %d bytes", n)
	}
	c.reads(t, bytes.Repeat([]byte("a"), eventPending))
	_ = e.Flush()
	if n := c.wire.Len(); n > 0 {
		t.Errorf("a second Flush adds %d bytes", n)
	}
	_, _ = e.Write(make([]byte, eventPending+1))
	if c.wire.Len() == 0 {
		t.Error("more than a block waits")
	}
	c.reads(t, make([]byte, eventPending))
}

// RFC 1952 §2.3, byte by byte: no name, no time, nothing about the system; the length modulo 2^32.
func TestEventEncoder_format(t *testing.T) {
	var out bytes.Buffer
	e := new(eventEncoder)
	e.Reset(&out)
	_ = e.Flush()
	if want := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"; out.String() != want {
		t.Errorf("header % x, want % x", out.String(), want)
	}
	e.size = 1<<32 - 2 // as if 4 GiB had passed
	_, _ = e.Write([]byte("four"))
	_ = e.Close()
	if size := binary.LittleEndian.Uint32(out.Bytes()[out.Len()-4:]); size != 2 {
		t.Errorf("ISIZE %d", size)
	}
}

// Compressor.Padding becomes an extra field in the header.
func TestEventEncoder_padding(t *testing.T) {
	for _, n := range []int{1, 511, 512, maxPadding} {
		var c eventClient
		e := new(eventEncoder)
		e.Reset(&c.wire)
		_ = e.pad(n)
		_, _ = e.Write([]byte("data\n\n"))
		_ = e.Flush()
		if got := c.wire.Len(); got < n || got > n+50 {
			t.Errorf("%d bytes with a padding of %d", got, n)
		}
		if cap(e.coded) > eventCoded {
			t.Errorf("%d bytes are kept", cap(e.coded))
		}
		c.reads(t, []byte("data\n\n"))
	}
}

// fragile is a destination that takes some bytes and then no more.
type fragile struct{ room int }

var errFragile = errors.New("broken")

func (f *fragile) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFragile
	}
	return len(p), nil
}

// An error of the destination comes back from every call until the next Reset.
func TestEventEncoder_error(t *testing.T) {
	for _, room := range []int{0, 20, 2000} {
		e := new(eventEncoder)
		e.Reset(&fragile{room})
		for range 100 {
			_, _ = e.Write(noise(1000))
		}
		if n, err := e.Write([]byte("data\n\n")); n > 0 || err != errFragile {
			t.Errorf("Write: %d, %v", n, err)
		}
		if err := e.Flush(); err != errFragile {
			t.Errorf("Flush: %v", err)
		}
		if err := e.Close(); err != errFragile {
			t.Errorf("Close: %v", err)
		}
		var c eventClient
		e.Reset(&c.wire)
		_, _ = e.Write([]byte("data\n\n"))
		_ = e.Close()
		c.reads(t, []byte("data\n\n"))
		c.ends(t)
	}
}

// Nothing of a body is left for the next, and what an idle encoder keeps is bounded.
func TestEventEncoder_reset(t *testing.T) {
	e := new(eventEncoder)
	e.Reset(new(bytes.Buffer))
	_ = e.pad(10)
	_, _ = e.Write(noise(100 << 10))
	_ = e.Flush()
	_, _ = e.Write([]byte("not flushed"))
	e.Reset(nil)
	if n := cap(e.plain) + cap(e.coded); n > 24<<10 {
		t.Errorf("%d bytes are kept", n)
	}
	var first, again bytes.Buffer
	for _, to := range []struct {
		e   *eventEncoder
		out *bytes.Buffer
	}{{new(eventEncoder), &first}, {e, &again}} {
		to.e.Reset(to.out)
		_, _ = to.e.Write([]byte("event: 1\n\n"))
		_ = to.e.Close()
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Errorf("% x, from a new encoder % x", again.Bytes(), first.Bytes())
	}
}

// What a stream does not keep open does not make its events longer than the encoders do
// that hold a hundred times as much.
func TestEventEncoder_size(t *testing.T) {
	plain := len(bytes.Join(feed(200), nil))
	small := coded(t, eventEncoding{}, feed(200))
	for _, other := range []Encoding{Gzip{}, Zstd{}, Zstd{Level: zstd.SpeedFastest, Window: 16 << 10}} {
		n := coded(t, other, feed(200))
		t.Logf("200 events of %d bytes: %d, with %T%+v %d", plain, small, other, other, n)
		if small > n {
			t.Errorf("%T does better", other)
		}
	}
}

// coded returns the length of what an Encoding makes of events that are flushed one by one.
func coded(tb testing.TB, as Encoding, events [][]byte) int {
	e, err := as.NewEncoder()
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	e.Reset(&out)
	for _, event := range events {
		_, _ = e.Write(event)
		if err := e.Flush(); err != nil {
			tb.Fatal(err)
		}
	}
	return out.Len()
}

// BenchmarkEvents tells beside the time for one event how many bytes it takes among the first 200.
func BenchmarkEvents(b *testing.B) {
	events := feed(5000) // more than any window
	for _, as := range []Encoding{eventEncoding{}, Gzip{}, Gzip{Level: 1}, Zstd{}, Zstd{Level: zstd.SpeedFastest, Window: 16 << 10}} {
		b.Run(fmt.Sprintf("%T%+v", as, as), func(b *testing.B) {
			e, err := as.NewEncoder()
			if err != nil {
				b.Fatal(err)
			}
			e.Reset(io.Discard)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, _ = e.Write(events[i%len(events)])
				if err := e.Flush(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(coded(b, as, events[:200]))/200, "B/event")
		})
	}
}

// FuzzEventEncoder: however a body is cut and flushed, each flush can be decoded by itself, and the
// end is whole. A step writes so many bytes of the data, which goes round and round, as its upper
// seven bits say, squared; it flushes if the lowest bit is set.
func FuzzEventEncoder(f *testing.F) {
	f.Add([]byte("data: {\"id\":1}\n\n"), []byte{9, 9, 9})
	f.Add(bytes.Join(feed(20), nil), []byte{41, 33, 40, 35, 255, 3, 1})
	f.Add(noise(9000), []byte{254, 254, 3, 255, 130, 1, 201})
	f.Add(append(bytes.Join(feed(40), nil), noise(400)...), []byte{201, 129, 41, 35, 3, 5, 39})
	f.Add([]byte("a"), []byte{255, 255, 3, 3})
	e := new(eventEncoder) // one for all: a body must not depend on the one before it either
	f.Fuzz(func(t *testing.T, data, steps []byte) {
		if len(data) == 0 || len(steps) > 64 {
			return
		}
		var c eventClient
		e.Reset(&c.wire)
		defer e.Reset(nil)
		var waits []byte
		at := 0
		for _, step := range steps {
			from, want := len(waits), int(step>>1)*int(step>>1)
			for len(waits)-from < want {
				piece := data[at:min(len(data), at+want-(len(waits)-from))]
				waits = append(waits, piece...)
				at = (at + len(piece)) % len(data)
			}
			if n, err := e.Write(waits[from:]); n != want || err != nil {
				t.Fatalf("Write: %d, %v", n, err)
			}
			if step&1 == 1 {
				if err := e.Flush(); err != nil {
					t.Fatal(err)
				}
				c.reads(t, waits)
				waits = nil
			}
			if held := cap(e.plain) + cap(e.coded); held > 24<<10 {
				t.Fatalf("%d bytes are held", held)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		c.reads(t, waits)
		c.ends(t)
	})
}
