package gzip

import (
	"bytes"
	"cmp"
	"container/list"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Versions keeps responses that say Use-As-Dictionary, by the hash of their bodies. When a
// client that has one of them asks for its next version, it is sent the difference (RFC 9842):
// a page of 75 kB with another date, other asset names and one article more takes 763 bytes.
//
// Browsers offer a version only as long as it is fresh, or could be used while it is revalidated. A
// page that is to be asked for each time says "public, max-age=0, stale-while-revalidate=2592000".
//
// Only what anybody may have is kept: responses of status 200 to GET requests without Cookie and
// Authorization that say "Cache-Control: public", set no cookie and leave compressed. What is
// encoded with the help of one need not be public: a user who is logged in is sent the
// difference too. A Use-As-Dictionary that cannot be read is passed over. docs/dictionaries.md
// says how to find out why no difference comes.
//
// A response that repeats what its URL or its client says must not say Use-As-Dictionary: whoever
// leads a user to that URL chooses a dictionary for the user's pages, and whoever then sees their
// lengths learns what they have in common with it.
//
// Whether a body is known already is told by its entity tag, or by Last-Modified where there is
// none. A body with neither is hashed each time, and if each is different, each is kept for as
// long as there is room.
//
// Several Compressors may share a Versions. The fields are read once, by the first
// [Compressor.Wrap].
type Versions struct {
	// Dir is a directory in which the dictionaries outlive the process, made if it is
	// missing. "": in memory only.
	//
	// A response is written there soon after it was sent, as a file with its hash for a name,
	// and no more than about a megabyte in a second. Several processes may share a Dir: it is
	// listed again when a client names a hash that is not known, though at most once in two
	// seconds, since clients can make hashes up. When the disk fails, the dictionaries are in
	// memory, and the log says so once.
	//
	// Dir holds nothing that is not public. What is read from it must have the hash that the
	// client named, so whoever can write there can waste bytes and time, and nothing else. Links
	// and whatever is no file are left alone; so are files that this package did not write.
	Dir string

	// MaxBytes bounds the dictionaries in memory, and again those in Dir; those least recently
	// used go first. One alone may take an eighth. There are never more than 256. Processes
	// that share a Dir should agree on it. 0: 16 MiB.
	MaxBytes int64

	setup sync.Mutex
	ready bool
	max   int64

	arriving atomic.Int64             // bytes of bodies on their way in
	covered  atomic.Pointer[patterns] // nil: there are no dictionaries

	mu    sync.Mutex // files are read and written without it
	known map[digest]*list.Element
	order list.List // of *version, the least recently used last
	size  int64
	seen  map[string]sighting // by URL

	folder  *folder // Dir; nil: in memory only
	saver   saver
	listing sync.Mutex        // held while Dir is listed, outside mu
	loading sync.Mutex        // held while a file is read, outside mu
	stored  map[digest]stored // in Dir, when it was last listed; never changed, only replaced
	listed  time.Time
}

const (
	defaultVersions = 16 << 20
	maxVersions     = 256 // also bounds the patterns that a request is compared with

	maxSeen    = 4 * maxVersions
	maxSeenLen = 2048 // of a URL with its tag
)

// version is a dictionary in memory. It is changed under the lock of its Versions; what
// its fields point to never changes.
type version struct {
	*dictionary
	scope   scope
	content []byte
	unsaved bool      // Dir does not have it, or not with this scope, or is to learn that it is in use
	changed bool      // Dir may have it with another scope
	due     time.Time // when Dir learns of the next use
}

func (e *version) size() int64 { return overhead + int64(len(e.content)) }

// sighting is what was last seen at a URL.
type sighting struct {
	tag     string
	hash    digest
	refused bool // it is not to be kept, and has no hash
}

// open makes v ready for use. Its error begins with the name of the field that is wrong.
func (v *Versions) open() error {
	v.setup.Lock()
	defer v.setup.Unlock()
	if v.ready {
		return nil
	}
	if v.MaxBytes < 0 {
		return errors.New("Versions.MaxBytes is negative")
	}
	v.max = cmp.Or(v.MaxBytes, defaultVersions)
	v.known = make(map[digest]*list.Element)
	v.seen = make(map[string]sighting)
	if v.Dir != "" {
		if err := v.openDir(); err != nil {
			return err
		}
	}
	v.ready = true
	return nil
}

// limit is the size of the largest dictionary that is kept.
func (v *Versions) limit() int { return int(min(v.max/8, maxDictionary)) }

// empty reports whether no request can have a dictionary from here. With a Dir there is no telling.
func (v *Versions) empty() bool { return v.folder == nil && v.covered.Load() == nil }

// get returns the dictionary with this hash, nil if it is not there. It may have to read
// a file.
func (v *Versions) get(hash digest) *dictionary {
	d, there := v.find(hash)
	if d == nil && !there && v.relist() {
		d, there = v.find(hash)
	}
	if d == nil && there {
		d = v.load(hash)
	}
	return d
}

// find returns the dictionary with this hash if it is in memory, and reports whether it
// is in Dir.
func (v *Versions) find(hash digest) (d *dictionary, stored bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e := v.known[hash]; e != nil {
		v.use(e)
		return e.Value.(*version).dictionary, true
	}
	_, stored = v.stored[hash]
	return nil, stored
}

// use notes that e is used. The lock is held.
func (v *Versions) use(e *list.Element) {
	v.order.MoveToFront(e)
	if v.folder == nil {
		return
	}
	if used := e.Value.(*version); !time.Now().Before(used.due) {
		used.due = time.Now().Add(touchEvery)
		used.unsaved = true
		v.save()
	}
}

// wants reports whether the body of c is worth keeping: not if the last one at its URL had the same
// tag and is still there, or was too large.
func (v *Versions) wants(c *candidate) bool {
	if c.tag == "" {
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	last, ok := v.seen[c.url]
	return !ok || last.tag != c.tag || !last.refused && !v.has(last.hash)
}

func (v *Versions) has(hash digest) bool {
	_, stored := v.stored[hash]
	return stored || v.known[hash] != nil
}

// reserve makes room for a body of n bytes, as long as there is not too much on the way: a client
// that is slow to take its response must not hold more than its share.
func (v *Versions) reserve(c *candidate, n int) bool {
	more := n - c.reserved
	if more <= 0 {
		return true
	}
	if v.arriving.Add(int64(more)) > v.max {
		v.arriving.Add(-int64(more))
		return false
	}
	c.reserved = n
	return true
}

// leave gives back the room of a body that has been kept or never will be.
func (v *Versions) leave(c *candidate) {
	v.arriving.Add(-int64(c.reserved))
	c.reserved = 0
}

// refuse remembers that the body of c is not to be kept.
func (v *Versions) refuse(c *candidate) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.remember(c, sighting{tag: c.tag, refused: true})
}

// keep makes content, which is the body of c, a dictionary. v owns it from then on.
func (v *Versions) keep(c *candidate, content []byte) {
	if len(content) == 0 || len(content) > v.limit() {
		v.refuse(c)
		return
	}
	hash := sha256.Sum256(content)
	if spare := cap(content) - len(content); spare > len(content)/8 {
		content = bytes.Clone(content)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.remember(c, sighting{tag: c.tag, hash: hash})
	e := v.known[hash]
	switch {
	case e == nil:
		v.add(&version{
			dictionary: newDictionary(content, hash, c.scope.pattern), scope: c.scope, content: content,
			unsaved: true, changed: v.stored[hash].scope.text != c.scope.text, due: time.Now().Add(touchEvery),
		})
	case e.Value.(*version).scope.text != c.scope.text:
		// The same bytes, now meant for other URLs.
		known := e.Value.(*version)
		known.scope, known.unsaved, known.changed = c.scope, true, true
		known.dictionary = &dictionary{hash, c.scope.pattern, known.coding, known.memory}
		v.order.MoveToFront(e)
		v.cover()
	default:
		v.use(e)
	}
	v.save()
}

// add puts a dictionary in front, and removes what was not used for longest until the rest is small
// enough. The lock is held.
func (v *Versions) add(e *version) {
	v.known[e.hash] = v.order.PushFront(e)
	v.size += e.size()
	for v.size > v.max || v.order.Len() > maxVersions {
		old := v.order.Remove(v.order.Back()).(*version)
		delete(v.known, old.hash)
		v.size -= old.size()
	}
	v.cover()
}

// remember notes what was seen at the URL of c. The lock is held.
func (v *Versions) remember(c *candidate, s sighting) {
	if s.tag == "" || len(c.url)+len(s.tag) > maxSeenLen {
		delete(v.seen, c.url)
		return
	}
	if _, again := v.seen[c.url]; !again && len(v.seen) >= maxSeen {
		v.forgetSome()
	}
	v.seen[c.url] = s
}

// forgetSome makes room in v.seen. What is forgotten costs a body that is hashed once more.
func (v *Versions) forgetSome() {
	for url, s := range v.seen {
		if !s.refused && !v.has(s.hash) {
			delete(v.seen, url)
		}
	}
	for url := range v.seen { // any will do, and many at a time
		if len(v.seen) <= maxSeen/2 {
			return
		}
		delete(v.seen, url)
	}
}
