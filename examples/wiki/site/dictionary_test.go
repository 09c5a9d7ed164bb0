package site_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// dictionary follows the Link of a page, as a browser does that has nothing else to do.
func (v *visitor) dictionary(path string) string {
	v.t.Helper()
	link, ok := strings.CutPrefix(v.get(path).Header.Get("Link"), "<")
	href, rest, _ := strings.Cut(link, ">")
	if !ok || rest != `; rel="compression-dictionary"` {
		v.t.Fatalf("%s: Link is %q", path, link)
	}
	a := v.do("GET", href, "", "Accept-Encoding", "identity").is(200)
	for field, want := range map[string]string{
		"Use-As-Dictionary": `match="/*"`, "Cache-Control": "public, max-age=2592000", "Set-Cookie": "",
	} {
		if got := a.Header.Get(field); !strings.Contains(got, want) || want == "" && got != "" {
			v.t.Errorf("%s: %s is %q", href, field, got)
		}
	}
	return a.body
}

// with asks for a page as a browser does that has a dictionary.
func (v *visitor) with(dictionary, path string) answer {
	v.t.Helper()
	hash := sha256.Sum256([]byte(dictionary))
	return v.do("GET", path, "", "Accept-Encoding", "gzip, dcz", "Available-Dictionary", ":"+base64.StdEncoding.EncodeToString(hash[:])+":")
}

// All pages are sent as what they have more than the dictionary, to everybody.
func TestDictionary(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		w := open(t, http2)
		w.page("A", "A short text.", "A short text, changed.")
		for _, name := range []string{"", "Anna"} {
			v := w.visitor(name)
			d := v.dictionary("/wiki/A")
			for _, path := range []string{"/wiki/A", "/wiki/A?rev=1", "/wiki/Nowhere", "/history/A", "/diff/A?from=1&to=2", "/recent", "/pages", "/login", "/signup", "/nothing/here"} {
				if name != "" && (path == "/login" || path == "/signup") {
					continue // these lead back
				}
				zipped := v.do("GET", path, "", "Accept-Encoding", "gzip")
				a := v.with(d, path).is(zipped.StatusCode)
				if coding := a.Header.Get("Content-Encoding"); coding != "dcz" || 2*len(a.body) > len(zipped.body) {
					t.Errorf("%q at %s: %d bytes as %q, %d as gzip", name, path, len(a.body), coding, len(zipped.body))
				}
				if vary := strings.Join(a.Header.Values("Vary"), ", "); !strings.Contains(vary, "Available-Dictionary") {
					t.Errorf("%s: Vary is %q", path, vary)
				}
			}
			if a := v.with(d, "/wiki/A"); !strings.Contains(a.Header.Get("Etag"), "-dcz-") {
				t.Errorf("ETag is %q", a.Header.Get("Etag"))
			} else {
				hash := sha256.Sum256([]byte(d))
				v.do("GET", "/wiki/A", "", "Accept-Encoding", "gzip, dcz", "If-None-Match", a.Header.Get("Etag"),
					"Available-Dictionary", ":"+base64.StdEncoding.EncodeToString(hash[:])+":").is(http.StatusNotModified)
			}
			v.with("another release's", "/wiki/A").is(200)
		}
	}
}

// Whoever writes what: the dictionary is the same, and there is nothing of it in there.
func TestNobodyIsInTheDictionary(t *testing.T) {
	empty := open(t, false)
	empty.page("A", "x")
	before := empty.visitor("").dictionary("/wiki/A")

	w := open(t, false)
	v := w.visitor("Wolfhelm")
	v.save("Heart_of_oak", "0", "Words that only Wolfhelm wrote.").is(303)
	after := start(t, w.folder, false).visitor("").dictionary("/wiki/Heart_of_oak")
	if after != before {
		t.Error("it depends on what is in the wiki")
	}
	for _, own := range []string{"Wolfhelm", "oak", "that only", "session"} {
		if strings.Contains(after, own) {
			t.Errorf("%q is in it", own)
		}
	}
	if again := v.dictionary("/wiki/Heart_of_oak"); again != before {
		t.Error("somebody who is signed in is given another")
	}
}
