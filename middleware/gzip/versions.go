package gzip

import (
	"container/list"
	"crypto/sha256"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/surcoat/surcoat/internal/urlpattern"
)

// Versions keeps responses that say Use-As-Dictionary, by the hash of their bodies. When a
// client that has one of them asks for its next version, it is sent the difference (RFC 9842):
// a page of 75 KB in which a few lines have changed takes about 550 bytes.
//
// Only what anybody may have is kept: responses of status 200 to GET requests without Cookie and
// Authorization that say "Cache-Control: public" and set no cookie. The next version, and what a
// user gets who is logged in, is nevertheless encoded with what was kept.
//
// Several Compressors may share a Versions. The fields are read once, by [Compressor.Wrap].
type Versions struct {
	// Dir is a directory in which the dictionaries outlive the process, made if it is
	// missing. Several processes may share it. It holds nothing that is not public. "": in
	// memory only.
	Dir string

	// MaxBytes bounds the dictionaries that are kept; those least recently used go first. One
	// alone may take an eighth. 0: 16 MiB.
	MaxBytes int64

	mu    sync.Mutex
	known map[digest]*list.Element // of *version
	order list.List                // the least recently used last
	size  int64
	some  atomic.Bool // there is at least one
	tags  map[string]string
}

const (
	defaultVersions = 16 << 20
	maxVersions     = 256 // also bounds the patterns that a request is compared with
)

// version is one dictionary that is kept.
type version struct {
	*dictionary
	size int64
}

// open makes v ready for use.
func (v *Versions) open() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		v.known = make(map[digest]*list.Element)
		v.tags = make(map[string]string)
	}
	return nil
}

func (v *Versions) max() int64 {
	if v.MaxBytes == 0 {
		return defaultVersions
	}
	return v.MaxBytes
}

// limit is the size of the largest dictionary that is kept.
func (v *Versions) limit() int { return int(v.max() / 8) }

func (v *Versions) empty() bool { return !v.some.Load() }

// get returns the dictionary with this hash, nil if it is not there.
func (v *Versions) get(hash digest) *dictionary {
	v.mu.Lock()
	defer v.mu.Unlock()
	e := v.known[hash]
	if e == nil {
		return nil
	}
	v.order.MoveToFront(e)
	return e.Value.(*version).dictionary
}

// covers reports whether a dictionary is meant for u.
func (v *Versions) covers(u *url.URL) bool {
	if v.empty() {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for e := v.order.Front(); e != nil; e = e.Next() {
		if e.Value.(*version).match.Match(u) {
			return true
		}
	}
	return false
}

// wants reports whether the body of a URL is worth keeping: not if the one with this tag has been
// seen. Without a tag there is no telling.
func (v *Versions) wants(url, tag string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return tag == "" || v.tags[url] != tag
}

// keep adds a body as a dictionary for the URLs that match. v owns content from then on.
func (v *Versions) keep(content []byte, match urlpattern.Pattern) {
	hash := sha256.Sum256(content)
	v.mu.Lock()
	defer v.mu.Unlock()
	if e := v.known[hash]; e != nil {
		v.order.MoveToFront(e)
		return
	}
	v.known[hash] = v.order.PushFront(&version{newDictionary(content, hash, match), int64(len(content))})
	v.size += int64(len(content))
	v.some.Store(true)
	for v.size > v.max() || v.order.Len() > maxVersions {
		e := v.order.Back()
		old := v.order.Remove(e).(*version)
		delete(v.known, old.hash)
		v.size -= old.size
	}
}
