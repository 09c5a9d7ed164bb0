package paritytest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// bodies are of the request's body.
func bodies() []Case {
	post := func(n int) Request {
		return Request{Method: "POST", Header: []string{"Content-Type: text/plain"}, Body: strings.Repeat("b", n)}
	}
	read := func(w http.ResponseWriter, r *http.Request, note Note) {
		b, err := io.ReadAll(r.Body)
		note("%d %d %v", r.ContentLength, len(b), err)
		n, err := r.Body.Read(make([]byte, 1))
		note("%d %v", n, err)
		note("%v", r.Body.Close())
		n, err = r.Body.Read(make([]byte, 1))
		note("%d %v", n, err)
		fmt.Fprint(w, len(b))
	}
	ignore := func(w http.ResponseWriter, _ *http.Request, _ Note) { fmt.Fprint(w, "ignored") }
	some := func(n int) func(http.ResponseWriter, *http.Request, Note) {
		return func(w http.ResponseWriter, r *http.Request, note Note) {
			got, err := io.ReadFull(r.Body, make([]byte, n))
			note("%d %v", got, err)
			fmt.Fprint(w, "some")
		}
	}
	after := func(prepare func(http.ResponseWriter)) func(http.ResponseWriter, *http.Request, Note) {
		return func(w http.ResponseWriter, r *http.Request, note Note) {
			prepare(w)
			b, err := io.ReadAll(r.Body)
			note("%d %v", len(b), err)
			fmt.Fprint(w, len(b))
		}
	}
	flush := func(w http.ResponseWriter) { w.(http.Flusher).Flush() }
	torn := post(1000)
	torn.Torn = true
	form := Request{Method: "POST", Header: []string{"Content-Type: application/x-www-form-urlencoded"}, Body: "a=1&b=2&a=3"}
	expecting := post(1000)
	expecting.Header = append(expecting.Header, "Expect: 100-continue")
	return []Case{
		{"GET, body read", Request{}, read},
		{"POST 0, read", post(0), read},
		{"POST 1, read", post(1), read},
		{"POST 5000, read", post(5000), read},
		{"POST 1 MB, read", post(1 << 20), read},
		{"GET 100, read", Request{Body: strings.Repeat("b", 100)}, read},
		{"DELETE 100, read", Request{Method: "DELETE", Body: strings.Repeat("b", 100)}, read},
		{"POST 1, ignored", post(1), ignore},
		{"POST 5000, ignored", post(5000), ignore},
		{"POST 256 KB, ignored", post(256 << 10), ignore},
		{"POST 300 KB, ignored", post(300 << 10), ignore},
		{"POST 5000, some", post(5000), some(10)},
		{"POST 300 KB, some", post(300 << 10), some(10)},
		{"POST 5000, some too many", post(5000), some(5001)},
		{"POST, closed", post(5000), func(w http.ResponseWriter, r *http.Request, note Note) {
			note("%v %v", r.Body.Close(), r.Body.Close())
			n, err := r.Body.Read(make([]byte, 1))
			note("%d %v", n, err)
		}},
		{"POST, read after text", post(5000), after(func(w http.ResponseWriter) { fmt.Fprint(w, "first ") })},
		{"POST, read after a lot", post(5000), after(func(w http.ResponseWriter) { fmt.Fprint(w, strings.Repeat("x", 5000)) })},
		{"POST, read after flush", post(5000), after(flush)},
		{"POST 300 KB, read after flush", post(300 << 10), after(flush)},
		{"POST, full duplex", post(5000), after(func(w http.ResponseWriter) {
			_ = http.NewResponseController(w).EnableFullDuplex()
			flush(w)
		})},
		{"POST, expecting, read", expecting, read},
		{"POST, expecting, ignored", expecting, ignore},
		{"POST, expecting, read after flush", expecting, after(flush)},
		{"POST, expecting what nobody can", Request{Method: "POST", Body: "x", Header: []string{"Expect: the-worst"}}, read},
		{"POST, torn", torn, func(_ http.ResponseWriter, r *http.Request, note Note) {
			b, err := io.ReadAll(r.Body)
			note("%d %v", len(b), err)
			panic(http.ErrAbortHandler)
		}},
		{"POST, limited", post(5000), func(w http.ResponseWriter, r *http.Request, note Note) {
			r.Body = http.MaxBytesReader(w, r.Body, 100)
			b, err := io.ReadAll(r.Body)
			note("%d %v", len(b), err)
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		}},
		{"POST, form", form, func(w http.ResponseWriter, r *http.Request, note Note) {
			note("%v %v", r.ParseForm(), r.Form)
		}},
		{"POST, no form", post(100), func(w http.ResponseWriter, r *http.Request, note Note) {
			note("%v %v", r.ParseForm(), r.PostForm)
		}},
		{"POST, files", multipart(), func(w http.ResponseWriter, r *http.Request, note Note) {
			note("%v", r.ParseMultipartForm(10))
			f, header, err := r.FormFile("file")
			if err != nil {
				note("%v", err)
				return
			}
			b, err := io.ReadAll(f)
			note("%s %d %v", header.Filename, len(b), err)
			_, onDisk := f.(*os.File)
			note("%v", onDisk)
		}},
		{"POST, read deadline over", torn, func(w http.ResponseWriter, r *http.Request, note Note) {
			note("%v", http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)))
			_, err := io.Copy(io.Discard, r.Body)
			note("%v", errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF))
			panic(http.ErrAbortHandler)
		}},
		{"write deadline over", Request{}, func(w http.ResponseWriter, _ *http.Request, note Note) {
			note("%v", http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)))
			_, err := w.Write(make([]byte, 100_000))
			note("%v", errors.Is(err, os.ErrDeadlineExceeded))
			note("%v", errors.Is(http.NewResponseController(w).Flush(), os.ErrDeadlineExceeded))
		}},
		{"deadlines taken back", post(5000), func(w http.ResponseWriter, r *http.Request, note Note) {
			rc := http.NewResponseController(w)
			note("%v %v", rc.SetReadDeadline(time.Now().Add(time.Hour)), rc.SetWriteDeadline(time.Now().Add(time.Hour)))
			note("%v %v", rc.SetReadDeadline(time.Time{}), rc.SetWriteDeadline(time.Time{}))
			b, err := io.ReadAll(r.Body)
			note("%d %v", len(b), err)
		}},
	}
}

func multipart() Request {
	body := "--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n" +
		strings.Repeat("f", 100_000) + "\r\n--xx--\r\n"
	return Request{Method: "POST", Header: []string{"Content-Type: multipart/form-data; boundary=xx"}, Body: body}
}
