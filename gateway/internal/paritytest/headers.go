package paritytest

import (
	"fmt"
	"net/http"
	"strings"
)

// headers are of the answer's header.
func headers() []Case {
	set := func(name, value, body string) func(http.ResponseWriter, *http.Request, Note) {
		return func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.Header()[name] = []string{value}
			n, err := w.Write([]byte(body))
			note("%d %v", n, err)
		}
	}
	with := func(q Request, name string, h func(http.ResponseWriter)) Case {
		return Case{name, q, func(w http.ResponseWriter, _ *http.Request, _ Note) { h(w) }}
	}
	get := Request{}
	const html = "<!DOCTYPE html><title>x</title>"
	return []Case{
		{"own type", get, set("Content-Type", "text/x-a", "hello")},
		{"empty type", get, set("Content-Type", "", "hello")},
		{"html", get, set("X-A", "b", html)},
		{"html, coded", get, set("Content-Encoding", "gzip", html)},
		{"html, identity", get, set("Content-Encoding", "identity", html)},
		{"html, empty coding", get, set("Content-Encoding", "", html)},
		{"binary", get, set("X-A", "b", "\x00\x01\x02\xff")},
		{"line ends in a value", get, set("X-A", "a\r\nSet-Cookie: evil=1", "")},
		{"space around a value", get, set("X-A", " \t a b\t ", "")},
		{"empty value", get, set("X-A", "", "")},
		{"latin 1 value", get, set("X-A", "caf\xe9", "")},
		{"utf 8 value", get, set("X-A", "café", "")},
		{"own date", get, set("Date", "Thu, 01 Jan 1970 00:00:00 GMT", "")},
		{"connection", get, set("Connection", "close", "hello")},
		{"keep-alive", get, set("Keep-Alive", "timeout=5", "hello")},
		{"transfer-encoding chunked", get, set("Transfer-Encoding", "chunked", "hello")},
		{"transfer-encoding identity", get, set("Transfer-Encoding", "identity", "hello")},
		{"length", get, set("Content-Length", "5", "hello")},
		{"length too large", get, set("Content-Length", "6", "hello")},
		{"length too small", get, set("Content-Length", "4", "hello")},
		{"length 0", get, set("Content-Length", "0", "")},
		{"length 0 and text", get, set("Content-Length", "0", "x")},
		{"length negative", get, set("Content-Length", "-5", "hello")},
		{"length with blank", get, set("Content-Length", "5 ", "hello")},
		{"length no number", get, set("Content-Length", "five", "hello")},
		{"length empty", get, set("Content-Length", "", "hello")},
		with(get, "length and transfer-encoding", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "5")
			w.Header().Set("Transfer-Encoding", "chunked")
			_, _ = w.Write([]byte("hello"))
		}),
		with(get, "length, then all but the last write", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("hello"))
			_, _ = w.Write([]byte("world"))
			_, _ = w.Write([]byte("!"))
		}),
		with(get, "length, 204", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "5")
			w.WriteHeader(204)
		}),
		with(get, "length and type, 304", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "5")
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Etag", `"x"`)
			w.WriteHeader(304)
		}),
		with(get, "type, 204", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(204)
		}),
		with(get, "no date", func(w http.ResponseWriter) {
			w.Header()["Date"] = nil
			_, _ = w.Write([]byte("hello"))
		}),
		with(get, "no type", func(w http.ResponseWriter) {
			w.Header()["Content-Type"] = nil
			_, _ = w.Write([]byte(html))
		}),
		with(get, "several cookies", func(w http.ResponseWriter) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		}),
		with(get, "names", func(w http.ResponseWriter) {
			w.Header()["x-lower"] = []string{"1"}
			w.Header()["X_Under"] = []string{"2"}
			w.Header()["bad name"] = []string{"3"}
			w.Header()["bad:name"] = []string{"4"}
			w.Header()[""] = []string{"5"}
			w.Header()["X-Nil"] = nil
		}),
		with(get, "many", func(w http.ResponseWriter) {
			for i := range 200 {
				w.Header().Add(fmt.Sprintf("X-%d", i%100), strings.Repeat("v", i))
			}
		}),
		with(get, "late", func(w http.ResponseWriter) {
			h := w.Header()
			h.Set("X-A", "early")
			w.WriteHeader(200)
			h.Set("X-A", "late")
			w.Header().Set("X-B", "late")
			h.Del("X-C")
			_, _ = w.Write([]byte("hello"))
		}),
		with(get, "late without early", func(w http.ResponseWriter) {
			w.WriteHeader(200)
			w.Header().Set("X-B", "late")
			_, _ = w.Write([]byte("hello"))
		}),
		with(get, "late after write", func(w http.ResponseWriter) {
			_, _ = w.Write([]byte("hello"))
			w.Header().Set("X-B", "late")
			w.Header().Set("Content-Type", "text/late")
		}),
		with(get, "late after flush", func(w http.ResponseWriter) {
			w.(http.Flusher).Flush()
			w.Header().Set("X-B", "late")
		}),
		with(get, "trailer declared", func(w http.ResponseWriter) {
			w.Header().Set("Trailer", "X-T, Cache-Control")
			_, _ = w.Write([]byte("hello"))
			w.Header().Set("X-T", "t")
		}),
		with(get, "trailer by prefix", func(w http.ResponseWriter) {
			_, _ = w.Write([]byte("hello"))
			w.(http.Flusher).Flush()
			w.Header().Set(http.TrailerPrefix+"X-T", "t")
		}),
		with(get, "trailer by prefix, early", func(w http.ResponseWriter) {
			w.Header().Set(http.TrailerPrefix+"X-T", "t")
			_, _ = w.Write([]byte("hello"))
		}),
		with(Request{Method: "HEAD"}, "HEAD with type", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/x-a")
			w.WriteHeader(200)
		}),
	}
}
