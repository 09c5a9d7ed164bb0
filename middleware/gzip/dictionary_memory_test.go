package gzip_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// A client that names a large dictionary and reads slowly, on many connections, holds many times the
// memory that it would without. When that becomes too much, bodies are encoded as usual.
func TestTransport_memory(t *testing.T) {
	for _, c := range []struct {
		size, clients, dcz int // how many of the clients get the difference
	}{
		{10_000, 60, 60},
		{300_000, 60, 29},
		{600_000, 60, 9},
	} {
		t.Run(fmt.Sprint(c.size), func(t *testing.T) {
			content := []byte(strings.Repeat(prose, c.size/len(prose)+1)[:c.size])
			under, finish := make(chan bool), make(chan bool)
			h := (&gzip.Compressor{
				Dictionaries: []*gzip.Dictionary{{Content: content, Match: "/*"}},
				Encodings:    []gzip.Encoding{gzip.Gzip{Level: 1}},
			}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("Content-Length", fmt.Sprint(len(prose)))
				w.WriteHeader(http.StatusOK) // encoders come with the first byte of the body
				under <- true
				<-finish
				_, _ = io.WriteString(w, prose)
			}))
			ask := func() string {
				r := httptest.NewRequest("GET", "/", nil)
				r.Header.Set("Accept-Encoding", "dcz, gzip")
				r.Header.Set("Available-Dictionary", strings.TrimPrefix(availableDictionary(content), "Available-Dictionary: "))
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return w.Header().Get("Content-Encoding")
			}
			var clients sync.WaitGroup
			var mu sync.Mutex
			got := make(map[string]int)
			for range c.clients {
				clients.Go(func() {
					coding := ask()
					mu.Lock()
					defer mu.Unlock()
					got[coding]++
				})
			}
			for range c.clients {
				<-under
			}
			// One after the other: the encoders are not what is tested.
			for range c.clients {
				finish <- true
			}
			clients.Wait()
			if got["dcz"] != c.dcz || got["gzip"] != c.clients-c.dcz {
				t.Errorf("%v, want %d in dcz", got, c.dcz)
			}
			go func() { <-under; finish <- true }()
			if coding := ask(); coding != "dcz" {
				t.Errorf("afterwards: %s", coding)
			}
		})
	}
}
