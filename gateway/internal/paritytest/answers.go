package paritytest

import (
	"io"
	"net/http"
	"strings"
)

// answers are of status and body.
func answers() []Case {
	get := Request{}
	head := Request{Method: "HEAD"}
	return []Case{
		{"nothing", get, func(http.ResponseWriter, *http.Request, Note) {}},
		{"hello", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := w.Write([]byte("hello"))
			note("%d %v", n, err)
		}},
		{"empty write", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := w.Write(nil)
			note("%d %v", n, err)
		}},
		{"string", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := io.WriteString(w, "hello")
			note("%d %v", n, err)
		}},
		{"long string", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := io.WriteString(w, strings.Repeat("long", 10_000))
			note("%d %v", n, err)
		}},
		{"strings", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			for range 3000 {
				_, _ = io.WriteString(w, "abc")
				_, _ = w.Write([]byte("def"))
			}
		}},
		{"2048", get, writes(2048)},
		{"2049", get, writes(2049)},
		{"1024 and 1024", get, writes(1024, 1024)},
		{"1024 and 1025", get, writes(1024, 1025)},
		{"100 and 5000", get, writes(100, 5000)},
		{"5000 and 100", get, writes(5000, 100)},
		{"1 MB", get, writes(1 << 20)},
		{"64 times 16 KB", get, writes(repeat(16<<10, 64)...)},
		{"404", get, status(404, "")},
		{"404 with text", get, status(404, "not here")},
		{"201", get, status(201, "made")},
		{"299", get, status(299, "x")},
		{"418", get, status(418, "tea")},
		{"599", get, status(599, "x")},
		{"999", get, status(999, "x")},
		{"204", get, status(204, "")},
		{"204 with text", get, status(204, "no")},
		{"205", get, status(205, "")},
		{"304", get, status(304, "")},
		{"304 with text", get, status(304, "no")},
		{"101", get, status(101, "")},
		{"HEAD nothing", head, func(http.ResponseWriter, *http.Request, Note) {}},
		{"HEAD hello", head, writes(5)},
		{"HEAD 5000", head, writes(5000)},
		{"HEAD 204", head, status(204, "")},
		{"HEAD 404", head, status(404, "gone")},
		{"HEAD with length", head, func(w http.ResponseWriter, _ *http.Request, _ Note) { w.Header().Set("Content-Length", "12345") }},
		{"HEAD with length and text", head, func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.Header().Set("Content-Length", "5")
			n, err := w.Write([]byte("hello"))
			note("%d %v", n, err)
			n, err = w.Write([]byte("!"))
			note("%d %v", n, err)
		}},
		{"HEAD flushed", head, func(w http.ResponseWriter, _ *http.Request, note Note) {
			_, _ = w.Write([]byte("hello"))
			note("%v", http.NewResponseController(w).Flush())
			n, err := w.Write([]byte("hello"))
			note("%d %v", n, err)
		}},
		{"twice", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.WriteHeader(201)
			w.WriteHeader(404)
		}},
		{"after text", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			_, _ = w.Write([]byte("hello"))
			w.WriteHeader(404)
		}},
		{"early hints", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header().Set("Link", "</a.css>; rel=preload")
			w.WriteHeader(103)
			w.Header().Set("X-A", "1")
			w.WriteHeader(200)
			_, _ = w.Write([]byte("hello"))
		}},
		{"100 by hand", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.WriteHeader(100)
			_, _ = w.Write([]byte("hello"))
		}},
		{"1xx after text", get, func(w http.ResponseWriter, _ *http.Request, _ Note) {
			_, _ = w.Write([]byte("hello"))
			w.WriteHeader(103)
		}},
		{"impossible status", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			for _, code := range []int{0, 99, -1, 1000} {
				func() {
					defer func() { note("%v", recover()) }()
					w.WriteHeader(code)
				}()
			}
			w.WriteHeader(202)
		}},
		{"flushed at once", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.(http.Flusher).Flush()
			_, err := w.Write([]byte("hello"))
			note("%v", err)
		}},
		{"flushed after status", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.WriteHeader(404)
			note("%v", http.NewResponseController(w).Flush())
		}},
		{"flushed between", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			for range 3 {
				_, _ = w.Write([]byte("hello"))
				note("%v", http.NewResponseController(w).Flush())
			}
		}},
		{"flushed 204", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.WriteHeader(204)
			note("%v", http.NewResponseController(w).Flush())
		}},
		{"http.Error", get, func(w http.ResponseWriter, _ *http.Request, _ Note) { http.Error(w, "no", http.StatusForbidden) }},
		{"http.NotFound", get, func(w http.ResponseWriter, r *http.Request, _ Note) { http.NotFound(w, r) }},
		{"http.Redirect", Request{Target: "/a/b?c"}, func(w http.ResponseWriter, r *http.Request, _ Note) {
			http.Redirect(w, r, "../d", http.StatusSeeOther)
		}},
		{"http.Redirect HEAD", head, func(w http.ResponseWriter, r *http.Request, _ Note) {
			http.Redirect(w, r, "/d", http.StatusFound)
		}},
		{"interfaces", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			_, flusher := w.(http.Flusher)
			_, readerFrom := w.(io.ReaderFrom)
			_, stringWriter := w.(io.StringWriter)
			_, pusher := w.(http.Pusher)
			_, notifier := w.(interface{ CloseNotify() <-chan bool })
			note("%v %v %v %v %v", flusher, readerFrom, stringWriter, pusher, notifier)
		}},
	}
}

// writes writes bodies of these lengths.
func writes(lengths ...int) func(http.ResponseWriter, *http.Request, Note) {
	return func(w http.ResponseWriter, _ *http.Request, note Note) {
		for _, length := range lengths {
			n, err := w.Write([]byte(strings.Repeat("0123456789", length/10+1)[:length]))
			if n != length || err != nil {
				note("%d of %d, %v", n, length, err)
			}
		}
	}
}

func status(code int, body string) func(http.ResponseWriter, *http.Request, Note) {
	return func(w http.ResponseWriter, _ *http.Request, note Note) {
		w.WriteHeader(code)
		n, err := w.Write([]byte(body))
		note("%d %v", n, err)
	}
}

func repeat(n, times int) (list []int) {
	for range times {
		list = append(list, n)
	}
	return list
}
