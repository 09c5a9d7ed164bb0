package lint_test

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
)

// seed is a handler with mistakes. Each line that lint has to name ends in a comment
// "want" with the rules it breaks; the test reads them from this file.
type seed struct {
	name   string
	method string
	serve  http.HandlerFunc
}

var page = template.Must(template.New("").Parse(`<p>{{.}}</p>`))

var seeded = []seed{
	{"nothing wrong", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "fine")
	}},

	// The status.
	{"status twice", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusTeapot) // want repeated-status
	}},
	{"status twice, at the end", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "fine")
		w.WriteHeader(http.StatusOK) // want repeated-status
	}},
	{"status after a write", "GET", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "fine")
		w.WriteHeader(http.StatusTeapot) // want late-status
	}},
	{"status after a flush", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		w.WriteHeader(http.StatusTeapot) // want late-status
	}},
	{"error after a template", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_ = page.Execute(w, "x")
		http.Error(w, "failed", http.StatusInternalServerError) // want late-status late-header
	}},
	{"status 0", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(0) // want invalid-status
	}},
	{"status 1000", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(1000) // want invalid-status
	}},
	{"hints after the answer", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusEarlyHints) // want late-interim
	}},

	// The header.
	{"header after a write", "GET", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "fine")
		w.Header().Set("X-Late", "1") // want late-header
	}},
	{"headers after a write", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-One", "1")
		_, _ = io.WriteString(w, "fine")
		w.Header().Set("X-One", "2") // want late-header
		w.Header().Del("X-One")      // want late-header
		w.Header().Add("X-Two", "1") // want late-header
		w.Header().Add("X-Two", "2") // want late-header
	}},
	{"header after a write, in a map taken before", "GET", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header() // want late-header
		_, _ = io.WriteString(w, "fine")
		h.Set("X-Late", "1")
	}},
	{"cookie after a write", "GET", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode("fine")
		http.SetCookie(w, &http.Cookie{Name: "late", Value: "1"}) // want late-header
	}},
	{"value overwritten in place", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-One", "1")
		w.WriteHeader(http.StatusOK)
		w.Header()["X-One"][0] = "2" // want late-header
	}},
	{"values put back as they were", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Many"] = []string{"1", "2"}
		w.Header().Set("X-One", "1")
		w.WriteHeader(http.StatusOK)
		w.Header()["X-Many"] = []string{"1", "2"}
		w.Header().Set("X-One", "1")
	}},
	{"second value changed", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Many"] = []string{"1", "2"}
		w.WriteHeader(http.StatusOK)
		w.Header()["X-Many"] = []string{"1", "3"} // want late-header
	}},
	{"trailers are not late", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum, X-More")
		_, _ = io.WriteString(w, "fine")
		w.Header().Set("X-Sum", "1")
		w.Header().Set("x-more", "1")
		w.Header().Set(http.TrailerPrefix+"X-Undeclared", "1")
		w.Header().Set("X-Late", "1") // want late-header
	}},
	{"names", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X One"] = []string{"1"} // want invalid-name
		w.Header()[""] = []string{"1"}      // want invalid-name
		w.Header()["X:One"] = []string{"1"} // want invalid-name
		w.Header().Set("X-Ä", "1")          // want invalid-name
	}},
	{"values", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-One", "a\r\nSet-Cookie: b=c") // want invalid-value
		w.Header().Set("X-Two", "a\nb")                 // want invalid-value
		w.Header().Set("X-Three", "a\x00b")             // want invalid-value
		w.Header().Set("X-Four", "a\x7fb")              // want invalid-value
		w.Header().Set("X-Five", "a\tb é")
		_, _ = io.WriteString(w, "fine")
	}},
	{"value mended before the header left", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-One", "a\nb")
		w.Header().Set("X-One", "a b")
		w.Header().Set("X-Two", "a\nb")
		w.Header().Del("X-Two")
	}},
	{"value spoilt on a second line", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("X-One", "a")
		w.Header().Add("X-One", "a\nb") // want invalid-value
		w.WriteHeader(http.StatusOK)
	}},
	{"hop by hop", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "keep-alive")    // want hop-by-hop
		w.Header().Set("Keep-Alive", "timeout=5")     // want hop-by-hop
		w.Header().Set("Transfer-Encoding", "gzip")   // want hop-by-hop
		w.Header().Set("Te", "trailers")              // want hop-by-hop
		w.Header().Set("Upgrade", "h2c")              // want hop-by-hop
		w.Header().Set("Proxy-Connection", "x")       // want hop-by-hop
		w.Header().Set("Trailer", "X-Sum")            // end to end
		w.Header().Set("Proxy-Authenticate", "Basic") // about the exchange, not the connection
	}},
	{"Connection: close is how a handler asks for it", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
	}},
	{"426 names the protocol", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.WriteHeader(http.StatusUpgradeRequired)
	}},

	// The body.
	{"longer than declared", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4")
		_, _ = io.WriteString(w, "fine")
		_, _ = io.WriteString(w, "!") // want content-length
	}},
	{"longer than declared, copied", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4")
		_, _ = io.Copy(w, strings.NewReader("too long")) // want content-length
	}},
	{"longer than declared, copied by ReadFrom", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4")
		_, _ = io.Copy(w, io.LimitReader(strings.NewReader("too long"), 100)) // want content-length
	}},
	{"shorter than declared", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10") // want content-length
		_, _ = io.WriteString(w, "short")
	}},
	{"nothing of what was declared", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10") // want content-length
	}},
	{"HEAD declares what GET sends", "HEAD", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
	}},
	{"HEAD with a body", "HEAD", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "dropped by net/http")
	}},
	{"304 declares what 200 would send", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.WriteHeader(http.StatusNotModified)
	}},
	{"length of a 204", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10") // want content-length
		w.WriteHeader(http.StatusNoContent)
	}},
	{"length that is no number", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "ten") // want malformed-length
		_, _ = io.WriteString(w, "fine")
	}},
	{"two lengths", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4")
		w.Header().Add("Content-Length", "4") // want malformed-length
		_, _ = io.WriteString(w, "fine")
	}},
	{"a body on 204", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		_, _ = io.WriteString(w, "")
		_, _ = fmt.Fprintf(w, "%d", 1) // want body-not-allowed
	}},
	{"a body on 304", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotModified)
		_, _ = w.Write([]byte("old news")) // want body-not-allowed
	}},
	{"a body on 304, copied", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotModified)
		_, _ = io.Copy(w, io.LimitReader(strings.NewReader("old news"), 100)) // want body-not-allowed
	}},

	// What a status or a field asks for.
	{"401", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized) // want missing-field
	}},
	{"401 by http.Error", "GET", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "who are you?", http.StatusUnauthorized) // want missing-field
	}},
	{"405", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusMethodNotAllowed) // want missing-field
	}},
	{"407", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired) // want missing-field
	}},
	{"301", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusMovedPermanently) // want missing-field
	}},
	{"302", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusFound) // want missing-field
	}},
	{"303", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusSeeOther) // want missing-field
	}},
	{"307", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTemporaryRedirect) // want missing-field
	}},
	{"308", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusPermanentRedirect) // want missing-field
	}},
	{"206", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusPartialContent) // want missing-field
	}},
	{"206 in parts", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/byteranges; boundary=x")
		w.WriteHeader(http.StatusPartialContent)
	}},
	{"416", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable) // want missing-field
	}},
	{"426", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUpgradeRequired) // want missing-field
	}},
	{"coded without Vary", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip") // want missing-vary
		w.Header().Set("Vary", "Origin, Accept")
		_, _ = io.WriteString(w, "not really")
	}},
	{"coded with Vary", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Cookie, accept-encoding")
		_, _ = io.WriteString(w, "not really")
	}},
	{"entity tags", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", "1234") // want malformed-etag
	}},
	{"entity tags: w/", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["ETag"] = []string{`w/"1"`} // want malformed-etag
	}},
	{"entity tags: quote inside", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"2"`) // want malformed-etag
	}},
	{"entity tags: weak", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `W/"1-é!"`)
	}},
	{"dates", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "2020-02-02T20:20:20Z")                   // want malformed-date
		w.Header().Set("Last-Modified", "Sun, 02 Feb 2020 20:20:20 UTC") // want malformed-date
		w.Header().Set("Expires", "Monday, 03-Feb-20 20:20:20 GMT")      // want malformed-date
		w.Header().Set("Retry-After", "soon")                            // want malformed-date
	}},
	{"dates: wrong day of the week", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", "Mon, 02 Feb 2020 20:20:20 GMT") // want malformed-date
	}},
	{"dates in order", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", "Sun, 02 Feb 2020 20:20:20 GMT")
		w.Header().Set("Expires", "0")
		w.Header().Set("Retry-After", "120")
	}},

	// The request.
	{"request header changed, then written", "GET", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Seen", "1")
		w.WriteHeader(http.StatusOK) // want request-changed
	}},
	{"request header changed, nothing written", "GET", func(w http.ResponseWriter, r *http.Request) { // want request-changed
		r.Header.Del("User-Agent")
	}},
	{"request header changed at the end", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK) // want request-changed
		r.Header["User-Agent"][0] = "me"
	}},
	{"URL changed", "GET", func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/elsewhere"
		_, _ = io.WriteString(w, "fine") // want request-changed
	}},
	{"request changed beside a header", "GET", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Add("Accept", "text/html")
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"}) // want request-changed
		w.WriteHeader(http.StatusOK)
	}},
	{"a copy changed", "GET", func(w http.ResponseWriter, r *http.Request) {
		r2 := r.Clone(r.Context())
		r2.URL.Path, r2.Header = "/elsewhere", http.Header{}
		r.Header.Set("User-Agent", r.Header.Get("User-Agent"))
		_ = r.ParseForm()
		_ = r.FormValue("x")
		_, _ = io.WriteString(w, "fine")
	}},
	{"the usual copies", "GET", http.StripPrefix("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "fine")
	})).ServeHTTP},

	// Whose line it is.
	{"in a function of the handler's own", "GET", func(w http.ResponseWriter, r *http.Request) {
		fail := func() {
			w.WriteHeader(http.StatusUnauthorized) // want missing-field
		}
		defer fail()
	}},
	{"through a wrapper", "GET", func(w http.ResponseWriter, r *http.Request) {
		w = wrapper{wrapper{w}}
		w.Header().Set("ETag", "1234")   // want malformed-etag
		w.WriteHeader(http.StatusOK)     // the first
		w.WriteHeader(http.StatusTeapot) // want repeated-status
		_, _ = io.WriteString(w, "fine")
	}},
	{"after many calls of Header", "GET", func(w http.ResponseWriter, r *http.Request) {
		for i := range 40 {
			w.Header().Set(fmt.Sprint("X-", i), "1")
		}
		w.Header().Set("X-Bad", "\n") // want invalid-value
	}},
}

// wrapper is anybody's writer around the handler's.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Header() http.Header         { return w.ResponseWriter.Header() }
func (w wrapper) WriteHeader(status int)      { w.ResponseWriter.WriteHeader(status) }
func (w wrapper) Write(p []byte) (int, error) { return w.ResponseWriter.Write(p) }
