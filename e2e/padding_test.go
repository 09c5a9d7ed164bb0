package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// A body that is made longer decodes as before: what is put before it are an extra field in gzip's header
// and a frame that decoders of Zstandard skip.
func TestPadding(t *testing.T) {
	d := template()
	padded := func(size int, encodings ...gzip.Encoding) http.Handler {
		return (&gzip.Compressor{Padding: size, Encodings: encodings, Dictionaries: []*gzip.Dictionary{d}}).Wrap(pages(d))
	}
	s := newSite(t, padded(200))
	p := newPerson(t)
	seen := p.traffic()
	p.goTo(s.url + "/page/0")
	s.offers(p, "/page/0")
	skippable := []byte{0x50, 0x2a, 0x4d, 0x18}
	for _, c := range []struct {
		coding  string
		size    int
		handler http.Handler
		at      int    // where padding is, if there is any: its length can be 0
		begins  []byte // and what it begins with
	}{
		{"dcz", 200, padded(200), 40, skippable},
		{"dcz", 32 << 10, padded(32 << 10), 40, skippable},
		{"zstd", 200, withoutDictionaries(padded(200)), 0, skippable},
		{"zstd", 32 << 10, withoutDictionaries(padded(32 << 10)), 0, skippable},
		{"gzip", 200, withoutDictionaries(padded(200, gzip.Gzip{})), 0, []byte{0x1f, 0x8b, 8, 1 << 2}},
	} {
		t.Run(fmt.Sprint(c.coding, " ", c.size), func(t *testing.T) {
			s.redeploy(c.handler)
			lengths, some := map[int]bool{}, false
			for i := range 6 {
				n := fmt.Sprintf("%s-%d-%d", c.coding, c.size, i)
				var got string
				if i%2 == 0 {
					got = p.fetch("/page/" + n)
				} else {
					p.goTo(s.url + "/page/" + n)
					got = seen.last(s.url + "/page/" + n).content(p)
				}
				e := s.last("/page/" + n)
				if got != plainPage(n) || e.coding != c.coding || !strings.HasPrefix(e.etag, "W/") {
					t.Errorf("%d bytes, want %d; %q with %d bytes, tag %s, begins % x", len(got), len(plainPage(n)), e.coding, e.length, e.etag, e.begins)
				}
				lengths[e.length] = true
				some = some || bytes.HasPrefix(e.begins[c.at:], c.begins)
			}
			if len(lengths) < 2 || !some {
				t.Errorf("the lengths are %v; padding was seen: %t", lengths, some)
			}
		})
	}
}

// withoutDictionaries keeps from next what the browser has.
func withoutDictionaries(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Available-Dictionary")
		next.ServeHTTP(w, r)
	})
}
