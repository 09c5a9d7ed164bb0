//go:build dev

package cgitrace_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

var quietPage = &cgitrace.Page{Logger: slog.New(slog.DiscardHandler)}

// spec 4: the first MiB is held back and replaced.
func TestHeldBack(t *testing.T) {
	both(t, func(t *testing.T, h2 bool) {
		for name, write := range map[string]func(http.ResponseWriter){
			"Write": func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("half", 1<<18)) },
			"ReadFrom": func(w http.ResponseWriter) {
				io.Copy(w, io.LimitReader(strings.NewReader(strings.Repeat("half", 1<<17)), 1<<19))
			},
			"header": func(w http.ResponseWriter) { w.Header().Set("X-Inner", "1"); w.WriteHeader(201) },
		} {
			s := serve(t, quietPage.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				write(w)
				culprit(w, r)
			})), h2)
			resp, body := get(t, s, browser)
			if resp.StatusCode != 500 || strings.Contains(body, "half"+"half") || !strings.Contains(body, "<h1>cart 7") ||
				resp.Header.Get("Content-Encoding") != "" || resp.Header.Get("X-Inner") != "" {
				t.Errorf("%s: %d %v %.200s", name, resp.StatusCode, resp.Header, body)
			}
		}
	})
}

// spec 4: beyond that, a page in the identity coding and of open length gets the traceback, anything else breaks off.
func TestAppended(t *testing.T) {
	both(t, func(t *testing.T, h2 bool) {
		for _, tt := range []struct {
			name     string
			header   []string
			appended bool
		}{
			{"HTML", []string{"Content-Type", "text/html; charset=utf-8"}, true},
			{"HTML, sniffed", nil, true},
			{"HTML with a length", []string{"Content-Type", "text/html", "Content-Length", "9000000"}, false},
			{"HTML, compressed", []string{"Content-Type", "text/html", "Content-Encoding", "zstd"}, false},
			{"JSON", []string{"Content-Type", "application/json"}, false},
		} {
			for cut, end := range map[string]func(http.ResponseWriter){
				"Flush": func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
				"1 MiB": func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("<!---->", 1<<18)) },
			} {
				s := serve(t, quietPage.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					for i := 0; i < len(tt.header); i += 2 {
						w.Header().Set(tt.header[i], tt.header[i+1])
					}
					io.WriteString(w, "<!doctype html><h1>Orders</h1><p title='")
					end(w)
					culprit(w, r)
				})), h2)
				resp, body, err := tryGet(s, browser)
				appended := err == nil && resp.StatusCode == 200 && strings.Contains(body, "<h1>Orders") && strings.Contains(body, "<h1>cart 7 of REDACTED is empty</h1>")
				if appended != tt.appended || !tt.appended && (err == nil || strings.Contains(body, "culprit")) {
					t.Errorf("%s, %s: %v, %d bytes, ends with %.200s", tt.name, cut, err, len(body), body[max(0, len(body)-200):])
				}
			}
		}
	})
}

// Page.Off and strangers: a stream that broke off is never added to.
func TestNothingAppendedForStrangers(t *testing.T) {
	page, _ := production(&cgitrace.Page{})
	s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<!doctype html><h1>Orders</h1>")
		w.(http.Flusher).Flush()
		panic("x")
	})), false)
	if _, body, err := tryGet(s, browser); err == nil {
		t.Errorf("the answer ends well: %s", body)
	}
}

// What is held back leaves as it would have without Page.
func TestHeldBackIsFaithful(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"nothing":     func(http.ResponseWriter, *http.Request) {},
		"short":       func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") },
		"long":        func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat("long ", 1<<19)) },
		"status":      func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) },
		"late header": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201); w.Header().Set("X-Late", "1") },
		"trailers": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			io.WriteString(w, "hello")
			w.Header().Set("X-Sum", "5")
			w.Header().Set(http.TrailerPrefix+"X-More", "6")
		},
		"no body": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(204)
			_, err := io.WriteString(w, "x")
			w.Header().Set(http.TrailerPrefix+"X", fmt.Sprint(err))
		},
		"103": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</a>")
			w.WriteHeader(103)
			w.WriteHeader(200)
		},
	} {
		both(t, func(t *testing.T, h2 bool) {
			render := func(h http.Handler) string {
				resp, body := get(t, serve(t, h, h2), "")
				resp.Header.Del("Date")
				return fmt.Sprint(resp.Status, resp.Header, resp.ContentLength, resp.Trailer, body)
			}
			if got, want := render(quietPage.Wrap(h)), render(h); got != want {
				t.Errorf("%s:\n got %.300s\nwant %.300s", name, got, want)
			}
		})
	}
}

// More than Content-Length allows is refused at once, as by the server on HTTP/1.1.
func TestHeldBackCountsBytes(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "2")
		io.WriteString(w, "ok")
		if _, err := io.WriteString(w, "more"); err != http.ErrContentLength {
			t.Errorf("got %v", err)
		}
	}
	if _, body := get(t, serve(t, quietPage.Wrap(http.HandlerFunc(h)), false), ""); body != "ok" {
		t.Errorf("got %q", body)
	}
}

// zeros is a stream of n bytes.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n <= 0 {
		return 0, io.EOF
	}
	n := int(min(z.n, int64(len(p))))
	z.n -= int64(n)
	return n, nil
}

// sink is a writer to nowhere.
type sink struct {
	h http.Header
	n int64
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(p []byte) (int, error) { s.n += int64(len(p)); return len(p), nil }

// spec 4: a 10 GB download streams.
func TestTenGigabytes(t *testing.T) {
	const size = 10 << 30
	for name, write := range map[string]func(http.ResponseWriter){
		"ReadFrom": func(w http.ResponseWriter) { io.Copy(w, &zeros{size}) },
		"Write": func(w http.ResponseWriter) {
			p := make([]byte, 1<<20)
			for range size / len(p) {
				w.Write(p)
			}
		},
	} {
		w := &sink{h: http.Header{}}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		quietPage.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { write(w) })).ServeHTTP(w, request("GET", "", ""))
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; w.n != size || got > 16<<20 {
			t.Errorf("%s: %d bytes arrived, %d were allocated", name, w.n, got)
		}
	}
}

// The body is recorded as it is read, up to a bound, and reaches the handler whole.
func TestBodyTee(t *testing.T) {
	long := strings.Repeat("0123456789", 100_000)
	for _, tt := range []struct {
		name, kind, body string
		read             int64
		note             string
		check            func(problem) bool
	}{
		{"long text", "text/plain", long, 1 << 30, "The first 65536 of 1000000 bytes that the handler read.", func(p problem) bool { return len(p.Panic.Request.Body) < 20<<10 }},
		{"unread", "text/plain", "hello", 0, "The handler read nothing of the body.", func(p problem) bool { return p.Panic.Request.Body == "" }},
		{"half read", "text/plain", "hello", 3, "The handler read 3 of 5 bytes.", func(p problem) bool { return p.Panic.Request.Body == "hel" }},
		{"JSON", "application/json", `{"user":"ada","password":"hunter2"}`, 99, "", func(p problem) bool {
			return strings.Contains(p.Panic.Request.Body, `"user": "ada"`) && strings.Contains(p.Panic.Request.Body, "REDACTED")
		}},
		{"form", "application/x-www-form-urlencoded", "user=ada&password=hunter2", 99, "", func(p problem) bool {
			return fmt.Sprint(p.Panic.Request.Form) == "[{password REDACTED} {user ada}]" && strings.Contains(p.Panic.Request.Curl, "--data-urlencode 'user=ada'")
		}},
		{"binary", "application/octet-stream", "\x00\x01\xff", 99, "3 bytes that are no text.", func(p problem) bool { return p.Panic.Request.Body == "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := request("POST", "application/json", tt.body)
			r.Header.Set("Content-Type", tt.kind)
			p := decode(t, traceback(&cgitrace.Page{}, r, func(w http.ResponseWriter, r *http.Request) {
				b, err := io.ReadAll(io.LimitReader(r.Body, tt.read))
				if err != nil || string(b) != tt.body[:min(tt.read, int64(len(tt.body)))] {
					t.Errorf("the handler read %d bytes, %v", len(b), err)
				}
				panic("x")
			}))
			if p.Panic.Request.BodyNote != tt.note || !tt.check(p) {
				t.Errorf("note %q, %+.300v", p.Panic.Request.BodyNote, p.Panic.Request)
			}
		})
	}
}
