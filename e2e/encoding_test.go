package e2e_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// What a client gets compressed is what it gets plain.
func TestEncodings(t *testing.T) {
	w := startWiki(t)
	c := w.client(t)
	c.signUp("Anna")
	c.save("Long", "0", strings.Repeat("A line that is there many times, with a link to [[Welcome]].\n\n", 500)).has(t, http.StatusSeeOther)
	stranger := w.client(t)
	dictionary, offer := stranger.dictionary()
	for _, path := range []string{"/wiki/Long", "/wiki/Welcome", "/recent", "/static/wiki.css"} {
		plain := stranger.get(path)
		plain.has(t, 200)
		for _, coding := range []struct {
			name   string
			decode func(io.Reader) (io.Reader, error)
		}{
			{"gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
			{"zstd", func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) }},
			{"dcz", func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderDictRaw(0, dictionary)) }}, // its header is a frame to skip
		} {
			t.Run(coding.name+path, func(t *testing.T) {
				r := stranger.request("GET", path, nil)
				r.Header.Set("Accept-Encoding", coding.name)
				r.Header.Set("Available-Dictionary", offer)
				a := stranger.must(r)
				a.has(t, 200)
				if got := a.header.Get("Content-Encoding"); got != coding.name {
					t.Fatalf("Content-Encoding %q", got)
				}
				if !strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Accept-Encoding") {
					t.Errorf("Vary is %q", a.header.Values("Vary"))
				}
				dec, err := coding.decode(strings.NewReader(a.body))
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(dec)
				if err != nil || string(body) != plain.body {
					t.Errorf("decoded: %v; the same: %t", err, string(body) == plain.body)
				}
				if len(a.body) >= len(plain.body) {
					t.Errorf("%d bytes compressed, %d plain", len(a.body), len(plain.body))
				}

				r = stranger.request("GET", path, nil) // what was cached is still good
				r.Header.Set("Accept-Encoding", coding.name)
				r.Header.Set("Available-Dictionary", offer)
				r.Header.Set("If-None-Match", a.header.Get("Etag"))
				if again := stranger.must(r); again.status != http.StatusNotModified || again.body != "" {
					t.Errorf("asked again with %s: %d", a.header.Get("Etag"), again.status)
				}
			})
		}
	}
}

// dictionary fetches what the pages have in common, and returns it with the Available-Dictionary of
// a browser that has it.
func (c *client) dictionary() (content []byte, offer string) {
	c.t.Helper()
	href, _, _ := strings.Cut(strings.TrimPrefix(c.get("/wiki/Welcome").header.Get("Link"), "<"), ">")
	a := c.get(href)
	a.has(c.t, http.StatusOK)
	hash := sha256.Sum256([]byte(a.body))
	return []byte(a.body), ":" + base64.StdEncoding.EncodeToString(hash[:]) + ":"
}

// The style sheet and the fonts may be kept for ever under the address that pages use.
func TestAssetsAreCached(t *testing.T) {
	c := startWiki(t).client(t)
	body := c.get("/wiki/Welcome").body
	_, rest, _ := strings.Cut(body, `rel="stylesheet" href="`)
	href, _, _ := strings.Cut(rest, `"`)
	a := c.get(href)
	a.has(t, 200, "@font-face", "url(literata.woff2?v=")
	if got := a.header.Get("Use-As-Dictionary"); got != `match="/static/wiki.css"` {
		t.Errorf("%s: Use-As-Dictionary %q", href, got)
	}
	if got := a.header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("%s: Cache-Control %q", href, got)
	}
	if u, err := url.Parse(href); err != nil || u.Query().Get("v") == "" {
		t.Errorf("the address %q has no version", href)
	}
	if got := c.get("/static/wiki.css?v=old").header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("an old address: Cache-Control %q", got)
	}
}
