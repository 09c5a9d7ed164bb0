package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"
)

// ask is what a browser asks that has a dictionary, if it has one.
func ask(t *testing.T, url string, dictionary []byte) (coding string, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	if dictionary != nil {
		hash := sha256.Sum256(dictionary)
		r.Header.Set("Accept-Encoding", "gzip, dcz")
		r.Header.Set("Available-Dictionary", ":"+base64.StdEncoding.EncodeToString(hash[:])+":")
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, res.Status, err)
	}
	return res.Header.Get("Content-Encoding"), body
}

// Another process knows what the one before it sent.
func TestRedeploy(t *testing.T) {
	dir := t.TempDir()
	old, now := newRelease(1), newRelease(2)
	first := httptest.NewServer(site(old, dir))
	ask(t, first.URL+"/", nil)
	ask(t, first.URL+old.scriptName, nil)
	first.Close()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		kept, _ := filepath.Glob(filepath.Join(dir, "*"))
		writing, _ := filepath.Glob(filepath.Join(dir, "*.tmp"))
		if len(kept) == 2 && len(writing) == 0 { // they get there a moment after they were sent
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the folder holds %q", kept)
		}
	}

	second := httptest.NewServer(site(now, dir))
	defer second.Close()
	for _, c := range []struct {
		path     string
		old, now []byte
	}{{"/", old.page, now.page}, {now.scriptName, old.script, now.script}} {
		_, whole := ask(t, second.URL+c.path, nil)
		coding, difference := ask(t, second.URL+c.path, c.old)
		if coding != "dcz" || 15*len(difference) > len(whole) {
			t.Errorf("%s: %d bytes as %s, %d as gzip", c.path, len(difference), coding, len(whole))
		}
	}
}

// The releases are the same at each start, and of the size that docs/dictionaries.md says.
func TestReleases(t *testing.T) {
	for n, size := range map[int]int{1: 73, 2: 75} {
		r, again := newRelease(n), newRelease(n)
		if !bytes.Equal(r.page, again.page) || !bytes.Equal(r.script, again.script) {
			t.Errorf("release %d differs from itself", n)
		}
		if got := (len(r.page) + 500) / 1000; got != size {
			t.Errorf("the page of release %d has %d kB", n, got)
		}
	}
}
