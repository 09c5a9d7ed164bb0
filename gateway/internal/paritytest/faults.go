package paritytest

import (
	"net/http"
	"runtime"
	"strings"
)

// faults are handlers that do not end well.
func faults() []Case {
	get := Request{}
	post := Request{Method: "POST", Body: "hello"}
	flush := func(w http.ResponseWriter) {
		_, _ = w.Write([]byte("hello"))
		w.(http.Flusher).Flush()
	}
	return []Case{
		{"panic", get, func(http.ResponseWriter, *http.Request, Note) { panic("oops") }},
		{"panic after text", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			_, _ = w.Write([]byte("hello"))
			panic("oops")
		}},
		{"panic after a lot", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			_, _ = w.Write([]byte(strings.Repeat("x", 100_000)))
			panic("oops")
		}},
		{"panic after flush", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			flush(w)
			panic("oops")
		}},
		{"panic with unread body", post, func(http.ResponseWriter, *http.Request, Note) { panic("oops") }},
		{"abort", get, func(http.ResponseWriter, *http.Request, Note) { panic(http.ErrAbortHandler) }},
		{"abort after flush", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			flush(w)
			panic(http.ErrAbortHandler)
		}},
		{"goexit", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			flush(w)
			runtime.Goexit()
		}},
		{"panic nil", get, func(http.ResponseWriter, *http.Request, Note) { panic(nil) }},
	}
}
