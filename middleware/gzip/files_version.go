package gzip

import (
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/internal/respond"
)

// A Compressor keeps versions of what it encodes itself, and would never see a file that has a
// copy. Each version of such a file is therefore served in the plain once, to the first
// stranger who asks for all of it, and later again if that client left in the middle, or what
// was kept had to go.

// offered are the files that a Compressor has been given in the plain lately, or that are no
// dictionaries.
type offered struct {
	mu    sync.Mutex
	files map[string]offer // by name
}

type offer struct {
	stamp string
	at    time.Time
}

// offerAfter is how long a Compressor has the time to keep a file.
const offerAfter = 10 * time.Second

// maxOffered bounds the memory for offered. What is forgotten is served in the plain once more.
const maxOffered = 4096

func (o *offered) has(name, stamp string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lately(name, stamp)
}

// lately is has for those who hold the lock.
func (o *offered) lately(name, stamp string) bool {
	known, ok := o.files[name]
	return ok && known.stamp == stamp && time.Since(known.at) < offerAfter
}

// add reports whether nobody else was faster.
func (o *offered) add(name, stamp string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lately(name, stamp) {
		return false
	}
	if o.files == nil {
		o.files = make(map[string]offer)
	}
	if _, again := o.files[name]; !again && len(o.files) >= maxOffered {
		for name := range o.files {
			delete(o.files, name) // any one
			break
		}
	}
	o.files[name] = offer{stamp, time.Now()}
	return true
}

// becomesVersion reports whether plain is to be served in place of its copy, since a Compressor
// further out is going to keep it.
func (s *fileRules) becomesVersion(w http.ResponseWriter, r *http.Request, plain *openFile, contentType string, read func() (content, error)) bool {
	lent := keeper(w, contentType, plain.info.Size())
	if lent == nil || conditional(r) || s.offered.has(plain.name, stamp(plain.info)) {
		return false
	}
	c, err := read()
	if err != nil {
		return false
	}
	// A header as plain would have it: the hook is asked about the copy later.
	h := maps.Clone(w.Header())
	h.Set("Content-Type", contentType)
	if tag, _ := s.validators(plain, c); tag != "" {
		h.Set("Etag", tag)
	}
	if s.header != nil {
		s.header(plain.name, h)
	}
	wanted := len(h["Use-As-Dictionary"]) > 0 && lent.newCandidate(h) != nil
	return s.offered.add(plain.name, stamp(plain.info)) && wanted
}

// keeper returns the response of a Compressor further out that may keep a body of this kind and size,
// nil if there is none.
func keeper(w http.ResponseWriter, contentType string, size int64) *writer {
	for layer := range respond.Layers(w) {
		if lent, ok := layer.(*writer); ok && lent.mayKeep(contentType, size) {
			return lent
		}
	}
	return nil
}

// conditional reports whether r asks for less than the whole file.
func conditional(r *http.Request) bool {
	for _, name := range []string{"Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"} {
		if len(r.Header[name]) > 0 {
			return true
		}
	}
	return r.Method != http.MethodGet
}
