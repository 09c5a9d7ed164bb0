package redisstore

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"
	"github.com/surcoat/surcoat/middleware/session"
)

// copies are what this process keeps of records and epochs that it read, decoded, until
// Redis says that they changed. The driver has a cache of its own; in this one a copy is
// found by the id of a session, with no command to be made first.
type copies struct {
	prefix  string
	records *table[session.ID, record]
	epochs  *table[string, epochs]
}

func newCopies(prefix string, bytes int64) *copies {
	return &copies{
		prefix:  prefix,
		records: newTable[session.ID, record](bytes/3*2, func(id session.ID) uint64 { return recordHash(&id) }),
		epochs:  newTable[string, epochs](bytes/3, epochHash),
	}
}

// kind says what a key names.
func (c *copies) kind(key string) (kind byte, rest string) {
	rest, ok := strings.CutPrefix(key, c.prefix)
	if !ok || len(rest) < 2 || rest[1] != ':' {
		return 0, ""
	}
	return rest[0], rest[2:]
}

// put keeps a copy of what was read, unless it cannot be read.
func (c *copies) put(key string, v value, until time.Time, from *connection) {
	kind, rest := c.kind(key)
	b, err := name.DecodeString(rest)
	if err != nil {
		return
	}
	size := copyCost + len(b) + len(v.text)
	switch kind {
	case 's': // that there is none is not worth the room, which strangers could fill
		if r, err := decodeRecord(v.text); err == nil && len(b) == len(session.ID{}) {
			c.records.put(session.ID(b), &copied[record]{value: r, until: until, from: from, size: size})
		}
	case 'e': // that there is none is how it is with most subjects
		var e epochs
		if v.found {
			e, err = decodeEpochs(v.text)
		}
		if err == nil {
			c.epochs.put(string(b), &copied[epochs]{value: e, until: until, from: from, size: size})
		}
	}
}

func (c *copies) drop(key string, from *connection) {
	kind, rest := c.kind(key)
	b, err := name.DecodeString(rest)
	switch {
	case err != nil:
	case kind == 's' && len(b) == len(session.ID{}):
		c.records.drop(session.ID(b), from)
	case kind == 'e':
		c.epochs.drop(string(b), from)
	}
}

// connection is one over which values are read of which copies are kept. It is the
// driver's cache of that connection, which keeps nothing but who waits for what: the
// driver calls Update and Delete in the order in which the server sent what they are
// about, so that a copy never outlives the news of its change.
type connection struct {
	copies *copies

	mu      sync.Mutex
	flights map[string]*flight // nil when the connection is closed
}

var _ rueidis.CacheStore = (*connection)(nil)

func (c *copies) connect(rueidis.CacheStoreOption) rueidis.CacheStore {
	return &connection{copies: c, flights: make(map[string]*flight)}
}

// flight is a value that was asked for.
type flight struct {
	until   time.Time
	done    chan struct{}
	message rueidis.RedisMessage
	err     error
}

// Wait implements [rueidis.CacheEntry].
func (f *flight) Wait(ctx context.Context) (rueidis.RedisMessage, error) {
	select {
	case <-f.done:
		return f.message, f.err
	case <-ctx.Done():
		return rueidis.RedisMessage{}, ctx.Err()
	}
}

// Flight implements [rueidis.CacheStore]: whoever comes second waits for the first.
func (c *connection) Flight(key, _ string, ttl time.Duration, now time.Time) (rueidis.RedisMessage, rueidis.CacheEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[key]; f != nil {
		return rueidis.RedisMessage{}, f
	}
	if c.flights != nil {
		c.flights[key] = &flight{until: now.Add(ttl), done: make(chan struct{})}
	}
	return rueidis.RedisMessage{}, nil
}

// Update implements [rueidis.CacheStore].
func (c *connection) Update(key, _ string, m rueidis.RedisMessage) (pxat int64) {
	f := c.land(key)
	if f == nil {
		return 0
	}
	text, err := m.ToString()
	if v := (value{text, err == nil, err}); err == nil || rueidis.IsRedisNil(err) {
		c.copies.put(key, v, f.until, c)
	}
	f.message = m
	close(f.done)
	return f.until.UnixMilli()
}

// Cancel implements [rueidis.CacheStore].
func (c *connection) Cancel(key, _ string, err error) {
	if f := c.land(key); f != nil {
		f.err = err
		close(f.done)
	}
}

func (c *connection) land(key string) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.flights[key]
	delete(c.flights, key)
	return f
}

// Delete implements [rueidis.CacheStore]. nil is all keys.
func (c *connection) Delete(keys []rueidis.RedisMessage) {
	if keys == nil {
		c.flush()
	}
	for _, key := range keys {
		if key, err := key.ToString(); err == nil {
			c.copies.drop(key, c)
		}
	}
}

// Close implements [rueidis.CacheStore].
func (c *connection) Close(err error) {
	c.mu.Lock()
	flights := c.flights
	c.flights = nil
	c.mu.Unlock()
	for _, f := range flights {
		f.err = err
		close(f.done)
	}
	c.flush()
}

func (c *connection) flush() {
	c.copies.records.dropAll(c)
	c.copies.epochs.dropAll(c)
}
