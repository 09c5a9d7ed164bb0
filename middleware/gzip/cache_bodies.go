package gzip

import (
	"bytes"
	"container/list"
	"strings"
	"sync"
)

// bodies are what a [Cache] keeps, in the order in which they will have to go. A body that was
// asked for again is in the list again; others are in once, and are the first to go, so that who
// asks for everything once does not push out what all the others ask for. (A segmented LRU:
// Karedla et al., https://doi.org/10.1109/2.268884.)
type bodies struct {
	mu    sync.Mutex
	max   int64
	byKey map[cacheKey]*cached
	once  list.List // of *cached, the least recently used last
	again list.List // likewise; at most three quarters of max
	size  int64     // of both
	often int64     // of again
}

// cacheKey names one body of a handler's.
type cacheKey struct{ host, uri, tag string }

// cached is a body that is kept, or was when a request for it began. Its key, its plain body and untrue never
// change; the rest is under the lock of its bodies.
type cached struct {
	key    cacheKey
	plain  []byte
	untrue bool // the tag was given to different bodies; nothing is kept

	coded []*codedBody
	place *list.Element // nil: it is not kept any more
	again bool          // the list in which it is
	size  int64         // as it counts in that of bodies
}

// codedBody is a body in one coding. It does not change once done is closed.
type codedBody struct {
	suffix string // the coding's
	done   chan struct{}
	bytes  []byte // nil: it could not be encoded
	usual  bool   // by the Compressor's own encoding, although the Cache has a better one
}

// What entries take beside their bodies, about.
const (
	overhead      = 512
	codedOverhead = 256
)

// partOf reports whether plain begins with the body that is kept, and goes on: a handler
// had stopped in the middle.
func (k *cached) partOf(plain []byte) bool {
	return !k.untrue && len(k.plain) < len(plain) && bytes.HasPrefix(plain, k.plain)
}

// find returns what is kept for key, nil if there is nothing.
func (b *bodies) find(key cacheKey) *cached {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.byKey[key]
	switch {
	case k == nil:
	case k.again:
		b.again.MoveToFront(k.place)
	default:
		b.once.Remove(k.place)
		k.place, k.again = b.again.PushFront(k), true
		b.often += k.size
		b.trim()
	}
	return k
}

// add keeps plain for key in place of old, which may be nil. If somebody else has been faster, it returns what
// is kept now.
func (b *bodies) add(key cacheKey, plain []byte, old *cached) *cached {
	if cap(plain) > len(plain) {
		plain = bytes.Clone(plain)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if k := b.byKey[key]; k != nil {
		if k != old {
			return k
		}
		b.remove(k)
	}
	return b.insert(&cached{key: key, plain: plain})
}

// distrust keeps key from being used again: its tag was given to different bodies.
func (b *bodies) distrust(key cacheKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if k := b.byKey[key]; k != nil {
		b.remove(k)
	}
	b.insert(&cached{key: key, untrue: true})
}

// coded returns the body of k in a coding. first says that there was none, and that the caller
// has to encode it.
func (b *bodies) coded(k *cached, suffix string) (coded *codedBody, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, coded := range k.coded {
		if coded.suffix == suffix {
			return coded, false
		}
	}
	coded = &codedBody{suffix: suffix, done: make(chan struct{})}
	k.coded = append(k.coded, coded)
	return coded, true
}

// filled lets those have a coded body that wait for it. If there is none, the next one may try.
func (b *bodies) filled(k *cached, coded *codedBody) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if coded.bytes != nil {
		b.grow(k, codedOverhead+len(coded.bytes))
	} else {
		for i := range k.coded {
			if k.coded[i] == coded {
				k.coded = append(k.coded[:i:i], k.coded[i+1:]...)
				break
			}
		}
	}
	close(coded.done)
}

// replace keeps other bytes for a coded body that is as usual.
func (b *bodies) replace(k *cached, old *codedBody, bytes []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range k.coded {
		if k.coded[i] == old {
			k.coded[i] = &codedBody{suffix: old.suffix, done: old.done, bytes: bytes}
			b.grow(k, len(bytes)-len(old.bytes))
		}
	}
}

// The rest is for those who hold the lock.

// insert puts an entry among those asked for once. Its key is copied: it may be part of a larger
// buffer.
func (b *bodies) insert(k *cached) *cached {
	k.key = cacheKey{strings.Clone(k.key.host), strings.Clone(k.key.uri), strings.Clone(k.key.tag)}
	b.byKey[k.key] = k
	k.place = b.once.PushFront(k)
	b.grow(k, overhead+len(k.key.host)+len(k.key.uri)+len(k.key.tag)+len(k.plain))
	return k
}

// grow counts n bytes more for an entry, if it is still kept.
func (b *bodies) grow(k *cached, n int) {
	if k.place == nil {
		return
	}
	k.size += int64(n)
	b.size += int64(n)
	if k.again {
		b.often += int64(n)
	}
	b.trim()
}

// trim removes entries until the rest is small enough.
func (b *bodies) trim() {
	for b.often > b.max/4*3 {
		k := b.again.Remove(b.again.Back()).(*cached)
		k.place, k.again = b.once.PushFront(k), false
		b.often -= k.size
	}
	for b.size > b.max {
		b.remove(b.once.Back().Value.(*cached)) // there is one: those in again are fewer than max
	}
}

func (b *bodies) remove(k *cached) {
	delete(b.byKey, k.key)
	if k.again {
		b.again.Remove(k.place)
		b.often -= k.size
	} else {
		b.once.Remove(k.place)
	}
	b.size -= k.size
	k.place = nil
}
