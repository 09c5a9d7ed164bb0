package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// The bodies are brotli's for those who take it, the first and the one that was kept; and the
// entity tag is known again.
func TestBrotli(t *testing.T) {
	server := httptest.NewServer(site())
	t.Cleanup(server.Close)
	for _, accept := range []string{"br", "gzip, deflate, br, zstd", "gzip, br"} {
		r, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		coded, err := io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil || a.Header.Get("Content-Encoding") != "br" || a.Header.Get("ETag") != `"1-br"` {
			t.Fatalf("%s: %v, %v", accept, a.Header, err)
		}
		body, err := io.ReadAll(brotli.NewReader(bytes.NewReader(coded)))
		if err != nil || strings.Count(string(body), "\n") != 100 {
			t.Errorf("%s: %q, %v", accept, body, err)
		}
		r.Header.Set("If-None-Match", a.Header.Get("ETag"))
		a, err = http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusNotModified {
			t.Errorf("%s: status %d for a known tag", accept, a.StatusCode)
		}
	}
}

func TestBrotli_levels(t *testing.T) {
	for _, level := range []int{-1, 12} {
		if _, err := (Brotli{level}).NewEncoder(); err == nil || !strings.Contains(err.Error(), "Brotli.Level") {
			t.Errorf("level %d: %v", level, err)
		}
	}
}
