package gzip

import (
	"bytes"
	"container/list"
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// Cache keeps coded bodies, so that each is encoded once, and then as small as can be. The
// handler is still asked each time: it decides what is sent, by its entity tag.
//
// What is kept are bodies of responses of status 200 to GET requests without Authorization, which
// have a strong entity tag, say "Cache-Control: public", set no cookie, and have no Vary but for
// Accept-Encoding. The plain body is kept beside the coded one, and what the handler writes is
// compared with it byte by byte. A handler that gives two bodies the same tag therefore
// gets the second one encoded as if there were no Cache, and nobody is sent another's.
//
// A kept body is sent when the handler has returned; a handler that flushes before is
// streaming, and gets no use of a Cache.
//
// Several Compressors may share a Cache. The fields are read once, by the first [Compressor.Wrap].
type Cache struct {
	// MaxBytes bounds what is kept, plain and coded bodies together; those least recently used go
	// first. One body may take an eighth. As much again may be on its way in. 0: 64 MiB.
	MaxBytes int64

	// Encodings are what bodies are encoded with that are kept, in place of the Compressor's own of the
	// same name. Nil: [Zstd] at its best and [Gzip] at level 9.
	Encodings []Encoding

	once     sync.Once
	max      int64
	better   map[string]*coding // by name
	slots    chan struct{}      // encoding at the same time: it takes long, and must not take every processor
	arriving atomic.Int64       // bytes of bodies on their way in

	mu      sync.Mutex
	entries map[cacheKey]*list.Element // of *cached
	order   list.List                  // the least recently used last
	size    int64
}

const defaultCache = 64 << 20

// compile reads the fields, and panics if one has an impossible value.
func (c *Cache) compile() {
	c.once.Do(func() {
		if c.MaxBytes < 0 {
			panic("gzip: Compressor.Cache: MaxBytes is negative")
		}
		c.max = c.MaxBytes
		if c.max == 0 {
			c.max = defaultCache
		}
		encodings := c.Encodings
		if encodings == nil {
			encodings = []Encoding{Zstd{Level: zstd.SpeedBestCompression}, Gzip{Level: 9}}
		}
		c.better = make(map[string]*coding)
		for i, e := range encodings {
			if e == nil {
				panic(fmt.Sprintf("gzip: Compressor.Cache: Encodings[%d] is nil", i))
			}
			if _, err := e.NewEncoder(); err != nil {
				panic(fmt.Sprintf("gzip: Compressor.Cache: Encodings[%d]: %v", i, err))
			}
			c.better[e.Coding()] = newCoding(e)
		}
		c.slots = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
		c.entries = make(map[cacheKey]*list.Element)
	})
}

// cacheKey names one body of a handler's.
type cacheKey struct{ host, uri, tag string }

// cached is a body that is kept. It is changed under the lock of its Cache, but for plain, which
// never changes.
type cached struct {
	key    cacheKey
	plain  []byte
	coded  map[string]*codedBody // by the coding's suffix
	untrue bool                  // the tag was given to different bodies; nothing is kept
}

// codedBody is there when done is closed.
type codedBody struct {
	done  chan struct{}
	bytes []byte // nil: it could not be encoded
}

// overhead is about what an entry takes beside its bodies.
const overhead = 512

func (e *cached) size() int64 {
	n := overhead + len(e.key.host) + len(e.key.uri) + len(e.key.tag) + len(e.plain)
	for _, b := range e.coded {
		n += len(b.bytes)
	}
	return int64(n)
}

// limit is the size of the largest body that is kept.
func (c *Cache) limit() int64 { return c.max / 8 }

// find returns what is kept for key, nil if there is nothing.
func (c *Cache) find(key cacheKey) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[key]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached)
}

// forget drops what is kept for key.
func (c *Cache) forget(key cacheKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil {
		c.remove(e)
	}
}

// distrust keeps key from being used again: its tag was given to different bodies.
func (c *Cache) distrust(key cacheKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil {
		c.remove(e)
	}
	c.add(&cached{key: key, untrue: true})
}

// body returns plain in a coding, and nil when it is better encoded as usual. Of
// those who ask for the same at the same time one encodes and the others wait.
func (c *Cache) body(ctx context.Context, key cacheKey, plain []byte, as *coding) []byte {
	c.mu.Lock()
	var kept *cached
	if e := c.entries[key]; e != nil {
		kept = e.Value.(*cached)
	}
	if kept != nil {
		// Beside the lock: the others need not wait for this. Plain never changes.
		c.mu.Unlock()
		if kept.untrue || !bytes.Equal(kept.plain, plain) {
			return nil
		}
		c.mu.Lock()
	}
	if kept != nil {
		if b := kept.coded[as.suffix]; b != nil {
			c.mu.Unlock()
			select {
			case <-b.done:
				return b.bytes
			case <-ctx.Done():
				return nil
			}
		}
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default: // busy with other bodies: next time
		c.mu.Unlock()
		return nil
	}
	if kept == nil {
		kept = &cached{key: key, plain: bytes.Clone(plain), coded: make(map[string]*codedBody)}
		c.add(kept)
	}
	b := &codedBody{done: make(chan struct{})}
	kept.coded[as.suffix] = b
	c.mu.Unlock()
	c.fill(kept, b, as)
	return b.bytes
}

// fill encodes the body of kept into b.
func (c *Cache) fill(kept *cached, b *codedBody, as *coding) {
	var out bytes.Buffer
	whole := false
	defer func() { // after a panic of the encoder too
		c.mu.Lock()
		if whole {
			b.bytes = bytes.Clone(out.Bytes())
			if e := c.entries[kept.key]; e != nil && e.Value == any(kept) {
				c.size += int64(len(b.bytes))
				c.trim()
			}
		} else {
			delete(kept.coded, as.suffix)
		}
		c.mu.Unlock()
		close(b.done)
	}()
	if better := c.better[as.name]; better != nil {
		as = better
	}
	encoder, err := as.get(&out)
	if err != nil {
		return
	}
	if _, err = encoder.Write(kept.plain); err == nil {
		err = encoder.Close()
	}
	as.put(encoder)
	whole = err == nil
}

// add puts an entry in front. The lock is held.
func (c *Cache) add(e *cached) {
	c.entries[e.key] = c.order.PushFront(e)
	c.size += e.size()
	c.trim()
}

// trim removes what was not used for longest until the rest is small enough.
func (c *Cache) trim() {
	for c.size > c.max && c.order.Len() > 0 {
		c.remove(c.order.Back())
	}
}

func (c *Cache) remove(e *list.Element) {
	old := c.order.Remove(e).(*cached)
	delete(c.entries, old.key)
	c.size -= old.size()
}
