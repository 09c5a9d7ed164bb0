package gzip

import (
	"bytes"
	"cmp"
	"context"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// Cache keeps coded bodies, so that each is encoded once, and then as small as can be:
//
//	zip := &gzip.Compressor{Cache: &gzip.Cache{}}
//
// The handler is still asked each time: it decides what is sent, and says by its entity tag which
// body that is. A script of 260 KB then costs little more than reading it, less than a hundredth of
// encoding it.
//
// What is kept are bodies of responses of status 200 to GET requests without Authorization that
// have a strong entity tag, say "Cache-Control: public", set no cookie, declare no trailer, and have
// no Vary but for Accept-Encoding. The plain body is kept beside the coded one, and what the
// handler writes is compared with it byte by byte. A handler that gives one tag to two bodies
// therefore gets the second one encoded as if there were no Cache, and nobody is sent another's.
// Such a tag is not trusted again.
//
// The response leaves when its handler has returned, with a Content-Length. A handler that
// flushes before is streaming, and gets no use of a Cache.
//
// Several Compressors may share a Cache, also at the same time. The fields are read once, by the
// first [Compressor.Wrap], which panics when one has an impossible value.
type Cache struct {
	// MaxBytes bounds what is kept, plain and coded bodies together. Those least recently used
	// go first, and those asked for only once before the others. One body may take an
	// eighth; larger ones are encoded as usual. As many bytes again may be on their way in, from
	// handlers that have not returned. 0: 64 MiB.
	MaxBytes int64

	// Encodings encode once more what is kept, harder, each in place of the Compressor's own of
	// the same name. That is done when a body is asked for again, and to one body at a time: the
	// first client is not held up, no more than one processor is busy with it, and a client that
	// asks for ten thousand URLs once each causes none of it. Until then, and if it fails, the
	// Compressor's own coded body is sent. One whose coding the Compressor does not offer is
	// not used.
	//
	// Nil: [Zstd] with [zstd.SpeedBestCompression] and [Gzip] with Level 8. The script of 260 KB
	// in bench/fixtures becomes 8% and 7% smaller by them; one request for it waits 10 to 30
	// and 5 ms, and Zstd takes 38 MB meanwhile. Empty but not nil: all is left as the
	// Compressor's own encode it.
	Encodings []Encoding

	better   map[string]*coding // by name; nil before compile
	busy     atomic.Bool        // one of better is at work
	arriving atomic.Int64       // bytes of bodies on their way in
	bodies
}

const defaultCache = 64 << 20

// compile reads the fields, and panics if one has an impossible value.
func (c *Cache) compile() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.better != nil {
		return
	}
	if c.MaxBytes < 0 {
		panic("gzip: Cache.MaxBytes is negative")
	}
	encodings := c.Encodings
	if encodings == nil {
		encodings = []Encoding{Zstd{Level: zstd.SpeedBestCompression}, Gzip{Level: 8}}
	}
	better := make(map[string]*coding)
	for _, coding := range newCodings("Cache.Encodings", encodings) {
		better[coding.name] = coding
	}
	c.max = cmp.Or(c.MaxBytes, defaultCache)
	c.byKey = make(map[cacheKey]*cached)
	c.better = better
}

// limit is the size of the largest body that is kept.
func (c *Cache) limit() int64 { return c.max / 8 }

// reserve makes room for n bytes of a body on its way in, unless there are too many.
func (c *Cache) reserve(n int64) bool {
	if c.arriving.Add(n) > c.max {
		c.arriving.Add(-n)
		return false
	}
	return true
}

// body returns plain in a coding, and nil when it is better encoded as usual. Of those who ask for
// the same at the same time one encodes, and the others wait for it or for the end of their ctx. The
// Cache owns plain from then on.
func (c *Cache) body(ctx context.Context, key cacheKey, plain []byte, as *coding) []byte {
	kept := c.find(key)
	for kept == nil || kept.partOf(plain) {
		kept = c.add(key, plain, kept)
	}
	switch {
	case kept.untrue:
		return nil
	case !bytes.Equal(kept.plain, plain):
		if !bytes.HasPrefix(kept.plain, plain) { // else a handler may have stopped in the middle
			c.distrust(key)
		}
		return nil
	}
	b, first := c.coded(kept, as.suffix)
	if first {
		c.fill(kept, b, as)
		return b.bytes
	}
	select {
	case <-b.done:
		return c.improve(kept, b, as)
	default:
	}
	select {
	case <-b.done:
		return b.bytes
	case <-ctx.Done():
		return nil
	}
}

// fill encodes the body of kept into b.
func (c *Cache) fill(kept *cached, b *codedBody, as *coding) {
	defer c.filled(kept, b) // after a panic of the encoder, too
	b.usual = c.better[as.name] != nil
	b.bytes, _ = as.encodeAll(kept.plain) // the error comes again when the body is encoded as usual
}

// improve returns what is in b, or what it is replaced by if it is time for that.
func (c *Cache) improve(kept *cached, b *codedBody, as *coding) []byte {
	if b.bytes == nil || !b.usual || !c.busy.CompareAndSwap(false, true) {
		return b.bytes
	}
	defer c.busy.Store(false)
	if now, _ := c.coded(kept, b.suffix); now != b { // somebody was faster
		return now.bytes
	}
	best := b.bytes
	defer func() { c.replace(kept, b, best) }() // an encoder that fails or panics is not asked again
	coded, err := c.better[as.name].encodeAll(kept.plain)
	if err == nil && len(coded) < len(best) {
		best = coded
	}
	return best
}

// encodeAll returns the coded form of a whole body.
func (c *coding) encodeAll(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	e, err := c.get(&out)
	if err != nil {
		return nil, err
	}
	if _, err = e.Write(plain); err == nil {
		err = e.Close()
	}
	c.put(e)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(out.Bytes()), nil
}
