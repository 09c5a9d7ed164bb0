package auth

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	defaultCacheFor  = time.Minute
	defaultCacheSize = 4096
)

// cache remembers credentials that were right: by SHA-256(process key ‖ credential), so
// that a dump of the memory holds neither passwords nor anything that they can be
// guessed from. Wrong ones are never remembered, so only those who have an account
// can fill it.
type cache struct {
	secret [16]byte      // short, so that most credentials fit one block of SHA-256 with it
	life   time.Duration // negative: off
	size   int

	mu      sync.RWMutex
	entries map[cacheKey]entry
}

type cacheKey [sha256.Size]byte

// entry says whose credential it was, and against which hash it held.
type entry struct {
	name, hash string
	expires    time.Time
}

func newCache(life time.Duration, size int) *cache {
	c := &cache{
		life:    cmp.Or(life, defaultCacheFor),
		size:    cmp.Or(size, defaultCacheSize),
		entries: map[cacheKey]entry{},
	}
	_, _ = rand.Read(c.secret[:]) // never fails (crypto/rand)
	return c
}

// key stays on the stack for credentials of usual length.
func (c *cache) key(credential string) cacheKey {
	var buf [256]byte
	return sha256.Sum256(append(append(buf[:0], c.secret[:]...), credential...))
}

func (c *cache) get(k cacheKey, now time.Time) (entry, bool) {
	c.mu.RLock()
	e, ok := c.entries[k]
	c.mu.RUnlock()
	return e, ok && now.Before(e.expires)
}

func (c *cache) put(k cacheKey, e entry, now time.Time) {
	if c.life < 0 {
		return
	}
	e.expires = now.Add(c.life)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[k]; !ok && len(c.entries) >= c.size {
		c.makeRoom(now)
	}
	c.entries[k] = e
}

// makeRoom drops what has expired, or else any one entry: all cost the same to win back.
func (c *cache) makeRoom(now time.Time) {
	for k, e := range c.entries {
		if !now.Before(e.expires) {
			delete(c.entries, k)
		}
	}
	for k := range c.entries {
		if len(c.entries) < c.size {
			return
		}
		delete(c.entries, k)
	}
}

// cached is the [memory] of one credential.
type cached struct {
	cache *cache
	key   cacheKey
}

func (m *cached) holds(u User) bool {
	e, ok := m.cache.get(m.key, time.Now())
	return ok && e.name == u.Name && e.hash == u.Hash
}

func (m *cached) keep(u User) {
	m.cache.put(m.key, entry{name: u.Name, hash: u.Hash}, time.Now())
}
