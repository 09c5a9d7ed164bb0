package gzip_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// What all pages have in common is a dictionary that browsers fetch when they have nothing
// better to do. From the second page on, they are sent only what is new in it.
func ExampleDictionary() {
	const head = "<!doctype html><title>A wiki</title><nav><a href=/>Start</a><a href=/changes>Changes</a></nav>"
	common := &gzip.Dictionary{Content: []byte(head), Match: "/wiki/*"}

	mux := http.NewServeMux()
	mux.Handle("GET /common.dict", common)
	mux.HandleFunc("GET /wiki/{page}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Link", common.Link("/common.dict"))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "%s<h1>%s</h1>", head, r.PathValue("page"))
	})
	zip := &gzip.Compressor{MinSize: 1, Dictionaries: []*gzip.Dictionary{common}}
	site := zip.Wrap(mux)

	first := httptest.NewRecorder()
	site.ServeHTTP(first, httptest.NewRequest("GET", "/wiki/Start", nil))
	fmt.Println(first.Header().Get("Link"))

	// What a browser does with it:
	hash := sha256.Sum256([]byte(head))
	r := httptest.NewRequest("GET", "/wiki/Next", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd, dcb, dcz")
	r.Header.Set("Available-Dictionary", ":"+base64.StdEncoding.EncodeToString(hash[:])+":")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	next := httptest.NewRecorder()
	site.ServeHTTP(next, r)
	fmt.Println(next.Header().Get("Content-Encoding"), strings.Join(next.Header()["Vary"], ", "), next.Body.Len() < 80)
	// Output:
	// </common.dict>; rel="compression-dictionary"
	// dcz Accept-Encoding, Available-Dictionary true
}

// What a user sees must not be in a dictionary: everybody can fetch it, and the lengths of other
// pages tell how much they have in common with it.
func ExampleDictionary_incorrect() {
	invoice := "<h1>Invoice</h1><p>Ada Lovelace, 12 St James's Square</p>"
	_ = &gzip.Dictionary{Content: []byte(invoice), Match: "/invoice/*"} // wrong: Ada's address

	_ = &gzip.Dictionary{Content: []byte("<h1>Invoice</h1><p>"), Match: "/invoice/*"} // the template
}
