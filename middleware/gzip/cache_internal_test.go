package gzip

// This file is inside the package, since what a Cache keeps, and what it counts, can be seen from nowhere
// else.

import (
	"container/list"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// check fails unless what is kept is what was counted, and within its bounds.
func (c *Cache) check(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := func(l *list.List, again bool) (size int64) {
		for e := l.Front(); e != nil; e = e.Next() {
			k := e.Value.(*cached)
			if k.place != e || k.again != again || c.byKey[k.key] != k {
				t.Errorf("%+v: the list and the map do not agree", k.key)
			}
			n := overhead + len(k.key.host) + len(k.key.uri) + len(k.key.tag) + len(k.plain)
			for _, b := range k.coded {
				select {
				case <-b.done:
					n += codedOverhead + len(b.bytes)
				default: // it is not counted yet, and b.bytes are somebody else's
				}
			}
			if int64(n) != k.size {
				t.Errorf("%+v has %d bytes, and counts as %d", k.key, n, k.size)
			}
			size += k.size
		}
		return size
	}
	once, again := sum(&c.once, false), sum(&c.again, true)
	if c.size != once+again || c.often != again || c.once.Len()+c.again.Len() != len(c.byKey) {
		t.Errorf("%d bytes in %d entries, counted as %d in %d; %d of them asked for again, counted as %d",
			once+again, c.once.Len()+c.again.Len(), c.size, len(c.byKey), again, c.often)
	}
	if c.size > c.max || c.often > c.max/4*3 {
		t.Errorf("%d bytes, %d of them asked for again, are more than %d allows", c.size, c.often, c.max)
	}
}

// idle fails when something has not been given back. No handler may be running.
func (c *Cache) idle(t *testing.T) {
	t.Helper()
	c.check(t)
	if n := c.arriving.Load(); n != 0 {
		t.Errorf("%d bytes are on their way for ever", n)
	}
	if c.busy.Load() {
		t.Error("the better encoder is taken for ever")
	}
}

// verbatim is a coding that changes nothing, and costs nothing. One with a tail is a worse one.
type verbatim struct{ tail string }

func (verbatim) Coding() string                 { return "verbatim" }
func (v verbatim) NewEncoder() (Encoder, error) { return &verbatimEncoder{tail: v.tail}, nil }

type verbatimEncoder struct {
	io.Writer
	tail string
}

func (e *verbatimEncoder) Reset(w io.Writer) { e.Writer = w }
func (e *verbatimEncoder) Flush() error      { return nil }

func (e *verbatimEncoder) Close() error {
	_, err := io.WriteString(e, e.tail)
	return err
}

const tail = "\x00\x00\x00\x00\x00\x00\x00\x00"

// keptIn returns a handler that answers with bodies of the length that a request names, in the
// coding verbatim, through a Cache.
func keptIn(c *Cache) http.Handler {
	zip := &Compressor{Cache: c, MinSize: 1, Encodings: []Encoding{verbatim{tail}}}
	return zip.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, length := textOf(r)
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("ETag", `"1"`)
		if length%2 == 0 {
			w.Header().Set("Content-Length", fmt.Sprint(length))
		}
		for rest := body; rest != ""; {
			n := min(len(rest), 3000)
			_, _ = io.WriteString(w, rest[:n])
			rest = rest[n:]
		}
		if r.URL.Query().Has("panic") {
			panic(http.ErrAbortHandler)
		}
	}))
}

func textOf(r *http.Request) (body string, length int) {
	_, _ = fmt.Sscan(r.URL.Query().Get("length"), &length)
	return strings.Repeat(r.URL.String(), length/len(r.URL.String())+1)[:length], length
}

func askKept(t *testing.T, h http.Handler, target string) {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Accept-Encoding", "verbatim")
	rec := httptest.NewRecorder()
	defer func() {
		if r.URL.Query().Has("panic") && recover() == nil {
			t.Error("no panic")
		}
	}()
	h.ServeHTTP(rec, r)
	if want, _ := textOf(r); strings.TrimRight(rec.Body.String(), "\x00") != want || rec.Header().Get("Content-Encoding") != "verbatim" {
		t.Errorf("%s: %d bytes %q, want %d", target, rec.Body.Len(), rec.Header().Get("Content-Encoding"), len(want))
	}
}

// MaxBytes holds at any time, and what is counted is what is there.
func TestCache_bounds(t *testing.T) {
	for _, size := range []int64{1, 20_000, 200_000, 64 << 20} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			c := &Cache{MaxBytes: size, Encodings: []Encoding{verbatim{}}}
			h := keptIn(c)
			var users sync.WaitGroup
			for i := range 4 {
				users.Go(func() {
					random := rand.New(rand.NewPCG(uint64(i), uint64(size)))
					for range 150 {
						target := fmt.Sprintf("/%d?length=%d", random.IntN(4), 1+random.IntN(15)*2777)
						if random.IntN(10) == 0 {
							target += "&panic"
						}
						askKept(t, h, target)
						c.check(t)
						if n := c.arriving.Load(); n > size || n < 0 {
							t.Errorf("%d bytes are on their way", n)
						}
					}
				})
			}
			users.Wait()
			c.idle(t)
		})
	}
}

// spec: one body may take an eighth.
func TestCache_largeBodies(t *testing.T) {
	c := &Cache{MaxBytes: 80_000, Encodings: []Encoding{verbatim{}}}
	h := keptIn(c)
	for _, length := range []int{9_999, 10_000, 10_001, 10_002, 100_001} {
		askKept(t, h, fmt.Sprint("/?length=", length))
		if k := c.find(cacheKey{"example.com", fmt.Sprint("/?length=", length), "1"}); k != nil != (length <= 10_000) {
			t.Errorf("a body of %d bytes is kept: %t", length, k != nil)
		}
	}
	c.idle(t)
}

// Ten thousand URLs, each asked for once, take no more than they may, and push out nothing that is asked
// for by others. A new version of the site does.
func TestCache_manyURLs(t *testing.T) {
	const size = 300_000
	c := &Cache{MaxBytes: size, Encodings: []Encoding{verbatim{}}}
	h := keptIn(c)
	popular := func(version int) (kept int) {
		for i := range 40 {
			askKept(t, h, fmt.Sprintf("/popular/%d/%d?length=1000", version, i))
			if c.find(cacheKey{"example.com", fmt.Sprintf("/popular/%d/%d?length=1000", version, i), "1"}) != nil {
				kept++
			}
		}
		return kept
	}
	popular(1)
	before := heapInUse()
	for i := range 10_000 {
		askKept(t, h, fmt.Sprintf("/once?length=1000&%d", i))
	}
	if grown := heapInUse() - before; grown > 2*size {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	c.idle(t)
	hits := 0
	for i := range 40 {
		if k := c.byKey[cacheKey{"example.com", fmt.Sprintf("/popular/1/%d?length=1000", i), "1"}]; k != nil {
			hits++
		}
	}
	if hits != 40 {
		t.Errorf("%d of 40 are left", hits)
	}
	for version := 2; version < 10; version++ {
		for range 2 {
			popular(version)
		}
		if n := popular(version); n != 40 {
			t.Errorf("%d of version %d are kept", n, version)
		}
	}
	if k := c.byKey[cacheKey{"example.com", "/popular/1/0?length=1000", "1"}]; k != nil {
		t.Error("the first version is kept for ever")
	}
	c.idle(t)
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC() // the first moves what is in pools aside
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Bodies on their way in are bounded, too: those for which there is no room are encoded as usual.
func TestCache_arriving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, half = 64 << 10, 4 << 10
		c := &Cache{MaxBytes: size, Encodings: []Encoding{verbatim{}}}
		whole := make(chan struct{})
		zip := &Compressor{Cache: c, Encodings: []Encoding{verbatim{}}}
		h := zip.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public")
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("ETag", `"1"`)
			_, _ = io.WriteString(w, strings.Repeat("x", half))
			<-whole
			_, _ = io.WriteString(w, strings.Repeat("y", half))
		}))
		var users sync.WaitGroup
		for i := range 100 {
			users.Go(func() {
				r := httptest.NewRequest("GET", fmt.Sprint("/", i), nil)
				r.Header.Set("Accept-Encoding", "verbatim")
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				if got := rec.Body.String(); got != strings.Repeat("x", half)+strings.Repeat("y", half) {
					t.Errorf("%d bytes", len(got))
				}
			})
		}
		synctest.Wait()
		if n := c.arriving.Load(); n != size {
			t.Errorf("%d bytes are on their way", n)
		}
		close(whole)
		users.Wait()
		c.idle(t)
	})
}

// slowClient is a client who takes its time; meanwhile the test looks around.
type slowClient struct {
	http.ResponseWriter
	look func()
}

func (w slowClient) Write(p []byte) (int, error) {
	w.look()
	return w.ResponseWriter.Write(p)
}

// While a client reads, nothing is held for it but the coded body.
func TestCache_slowClient(t *testing.T) {
	c := &Cache{Encodings: []Encoding{verbatim{}}}
	var behind *response
	inner := keptIn(c).(handler)
	next := inner.next
	inner.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		behind = w.(*writer).response
		next.ServeHTTP(w, r)
	})
	for range 2 {
		looked := false
		r := httptest.NewRequest("GET", "/?length=50001", nil)
		r.Header.Set("Accept-Encoding", "verbatim")
		inner.ServeHTTP(slowClient{httptest.NewRecorder(), func() {
			looked = true
			if behind.copy != nil || behind.copied.body != nil || behind.copied.kept != nil || c.arriving.Load() != 0 {
				t.Errorf("the plain body is held: %t", behind.copy != nil)
			}
		}}, r)
		if !looked {
			t.Error("nothing was written")
		}
	}
	c.idle(t)
}

// A body that is pushed out while it is encoded, or while a request for it is compared with it, is of
// use to those who have it, and not counted any more.
func TestCache_pushedOut(t *testing.T) {
	c := &Cache{MaxBytes: 8 << 10, Encodings: []Encoding{verbatim{}}}
	c.compile()
	as := newCoding(verbatim{})
	key := cacheKey{"a", "/", "1"}
	plain := []byte(strings.Repeat("x", 1000))
	kept := c.add(key, plain, nil)
	b, first := c.coded(kept, as.suffix)
	for i := range 20 {
		c.body(context.Background(), cacheKey{"a", fmt.Sprint("/", i), "1"}, plain, as)
	}
	if c.byKey[key] != nil || !first {
		t.Fatal("it is still there")
	}
	c.fill(kept, b, as)
	c.replace(kept, b, append(b.bytes, "more"...))
	if string(b.bytes) != string(plain) {
		t.Errorf("%q", b.bytes)
	}
	c.idle(t)
}

// Of two who add the same at the same time, the second one gets what the first one added.
func TestCache_added(t *testing.T) {
	c := new(Cache)
	c.compile()
	key := cacheKey{"a", "/", "1"}
	half := c.add(key, []byte("half"), nil)
	if k := c.add(key, []byte("half and more"), nil); k != half {
		t.Error("added twice")
	}
	whole := c.add(key, []byte("half and more"), half)
	if k := c.add(key, []byte("half and another"), half); k != whole || c.find(key) != whole {
		t.Error("replaced twice")
	}
	c.check(t)
}

// After a handler has broken off, nothing is left behind.
func TestCache_givesBack(t *testing.T) {
	c := &Cache{Encodings: []Encoding{verbatim{}}}
	h := keptIn(c)
	for _, target := range []string{"/?length=5001&panic", "/?length=50000&panic", "/?length=50001", "/?length=50001&panic"} {
		askKept(t, h, target)
		c.idle(t)
	}
	if n := len(c.byKey); n != 1 {
		t.Errorf("%d bodies are kept", n)
	}
	for _, k := range c.byKey {
		if n := cap(k.plain); n >= 50_001+8<<10 { // a page, to which its memory is rounded up
			t.Errorf("a body of %d bytes holds %d", len(k.plain), n)
		}
	}
}

// A goroutine that still writes when its handler has returned is told so.
func TestCache_writesTooLate(t *testing.T) {
	c := &Cache{Encodings: []Encoding{verbatim{}}}
	more, written := make(chan struct{}), make(chan error)
	h := (&Compressor{Cache: c, Encodings: []Encoding{verbatim{}}}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("ETag", `"1"`)
		_, _ = io.WriteString(w, strings.Repeat("x", 5000))
		reading := make(chan struct{})
		go func() {
			_, err := w.(io.ReaderFrom).ReadFrom(readerFunc(func(p []byte) (int, error) {
				close(reading)
				<-more
				return copy(p, "too late"), nil
			}))
			written <- err
		}()
		<-reading
	}))
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("panic: %v", v)
			}
		}()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "verbatim")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}()
	more <- struct{}{}
	if err := <-written; err != errOver {
		t.Errorf("error %v", err)
	}
	c.idle(t)
	if n := len(c.byKey); n != 0 {
		t.Errorf("%d bodies are kept", n)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A body whose tag is not trusted is not held back.
func TestCache_untrusted(t *testing.T) {
	c := &Cache{}
	tries := 0
	var stages []stage
	h := (&Compressor{Cache: c}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tries++
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("ETag", `"1"`)
		_, _ = io.WriteString(w, strings.Repeat(fmt.Sprint(tries), 5000))
		stages = append(stages, w.(*writer).stage)
	}))
	for range 4 {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if want := []stage{copying, encoding, encoding, encoding}; !slices.Equal(stages, want) {
		t.Errorf("stages %d, want %d", stages, want)
	}
	if n := c.size; n > 2*overhead {
		t.Errorf("%d bytes are kept", n)
	}
	c.idle(t)
}
