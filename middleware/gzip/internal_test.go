package gzip

// This file is inside the package, since what is in a pool, and what is remembered, can be
// seen from nowhere else.

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// spec 26: buffers over 64 KiB are not pooled, and nothing of a request is.
func TestPooledResponse(t *testing.T) {
	for _, c := range []struct {
		name    string
		minSize int
		body    string
	}{
		{"small", 0, "small"},
		{"encoded", 0, strings.Repeat("encoded ", 1<<10)},
		{"held back beyond measure", 1 << 20, strings.Repeat("held ", 100<<10)},
	} {
		t.Run(c.name, func(t *testing.T) {
			rs := (&Compressor{MinSize: c.minSize}).compile()
			var behind *response
			h := handler{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				behind = w.(*writer).response
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("Trailer", "X-Sum")
				for rest := c.body; rest != ""; rest = rest[min(1000, len(rest)):] {
					_, _ = io.WriteString(w, rest[:min(1000, len(rest))])
				}
			}), rs}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			h.ServeHTTP(httptest.NewRecorder(), r)
			if n := cap(behind.held); n > maxPooled {
				t.Errorf("%d bytes are kept", n)
			}
			if len(behind.held) > 0 || len(behind.early) > 0 {
				t.Error("bytes of a body are kept")
			}
			if !reflect.DeepEqual(*behind, response{spare: behind.spare}) {
				t.Errorf("something of the request is kept: %+v", *behind)
			}
		})
	}
}

// A slab of writers keeps no request alive, and no writer is lent twice.
func TestWritersAreLentOnce(t *testing.T) {
	r := &response{spare: new(spare)}
	seen := make(map[*writer]bool)
	for range 3 * writersAtATime {
		lent := r.lend()
		if seen[lent] {
			t.Fatal("a writer was lent twice")
		}
		seen[lent] = true
	}
	values := make(map[*string]bool)
	for range 3 * valuesAtATime {
		v := r.value("x")
		if values[&v[0]] || cap(v) != 1 {
			t.Fatal("two responses share a value")
		}
		values[&v[0]] = true
	}
}

// What clients say is remembered within bounds, and never mixed up.
func TestMemo(t *testing.T) {
	var m memo[int]
	m.add(strings.Repeat("x", maxLine+1), -1)
	if _, ok := m.find(strings.Repeat("x", maxLine+1)); ok {
		t.Error("a long line is remembered")
	}
	for i := range 1000 {
		m.add(fmt.Sprint("line ", i), i)
	}
	for i := range 1000 {
		if v, ok := m.find(fmt.Sprint("line ", i)); ok != (i < maxRemembered) || ok && v != i {
			t.Errorf("line %d: %d, %t", i, v, ok)
		}
	}
}
