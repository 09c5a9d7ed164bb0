package lint_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/surcoat/surcoat/middleware/lint"
)

// TestStandardHandlers: what net/http itself serves is right.
func TestStandardHandlers(t *testing.T) {
	files := http.FileServerFS(fstest.MapFS{
		"a.txt":          {Data: []byte(strings.Repeat("text ", 4000)), ModTime: time.Unix(1e9, 0)},
		"empty.txt":      {ModTime: time.Unix(1e9, 0)},
		"dir/index.html": {Data: []byte("<p>index"), ModTime: time.Unix(1e9, 0)},
		"list/b.txt":     {Data: []byte("b"), ModTime: time.Unix(1e9, 0)},
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tree/", http.NotFound)
	mux.HandleFunc("POST /only", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.PathValue("id")) })
	origin := httptest.NewServer(http.HandlerFunc(backend))
	defer origin.Close()
	to, _ := url.Parse(origin.URL)
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.FlushInterval, proxy.ErrorLog = -1, quiet
	slow := http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), time.Millisecond, "too slow")
	quick := http.TimeoutHandler(files, time.Hour, "too slow")
	limited := http.MaxBytesHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		}
	}), 10)

	for _, c := range []struct {
		name   string
		h      http.Handler
		method string
		path   string
		header string // "Name: value"
		status int
	}{
		{"file", files, "GET", "/a.txt", "", 200},
		{"file, HEAD", files, "HEAD", "/a.txt", "", 200},
		{"empty file", files, "GET", "/empty.txt", "", 200},
		{"index", files, "GET", "/dir/", "", 200},
		{"directory without a slash", files, "GET", "/dir", "", 301},
		{"directory list", files, "GET", "/list/", "", 200},
		{"no file", files, "GET", "/no.txt", "", 404},
		{"not modified", files, "GET", "/a.txt", "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT", 304},
		{"precondition failed", files, "GET", "/a.txt", "If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT", 412},
		{"range", files, "GET", "/a.txt", "Range: bytes=5-9", 206},
		{"ranges", files, "GET", "/a.txt", "Range: bytes=5-9,100-199", 206},
		{"range past the end", files, "GET", "/a.txt", "Range: bytes=99999-", 416},
		{"malformed range", files, "GET", "/a.txt", "Range: bytes=x", 416},
		{"malformed range, stripped", http.StripPrefix("/p", files), "GET", "/p/a.txt", "Range: bytes=x", 416},
		{"mux: found", mux, "GET", "/items/7", "", 200},
		{"mux: cleaned path", mux, "GET", "/items//7", "", 307},
		{"mux: slash added", mux, "GET", "/tree", "", 307},
		{"mux: not found", mux, "GET", "/no", "", 404},
		{"mux: wrong method", mux, "GET", "/only", "", 405},
		{"proxy", proxy, "GET", "/", "", 200},
		{"proxy: POST", proxy, "POST", "/echo", "", 200},
		{"proxy: body not read", proxy, "POST", "/", "", 200},
		{"proxy: trailers", proxy, "GET", "/trailers", "", 200},
		{"proxy: flushed", proxy, "GET", "/flush", "", 200},
		{"proxy: early hints", proxy, "GET", "/hints", "", 200},
		{"proxy: no content", proxy, "GET", "/204", "", 204},
		{"proxy: breaks off", proxy, "GET", "/abort", "", 200},
		{"proxy: no backend", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "127.0.0.1:1" }, ErrorLog: quiet}, "GET", "/", "", 502},
		{"timeout", slow, "GET", "/", "", 503},
		{"in time", quick, "GET", "/a.txt", "", 200},
		{"too large", limited, "POST", "/", "", 413},
		{"redirect", http.RedirectHandler("/there", http.StatusSeeOther), "GET", "/", "", 303},
		{"cross-origin", http.NewCrossOriginProtection().Handler(files), "POST", "/", "Sec-Fetch-Site: cross-site", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got collector
			watch := lint.Handler{Report: got.report}
			servers(t, watch.Wrap(c.h), func(t *testing.T, s *httptest.Server) {
				var body io.Reader
				if c.method == "POST" {
					body = strings.NewReader(strings.Repeat("body ", 5000))
				}
				r, _ := http.NewRequest(c.method, s.URL+c.path, body)
				if name, value, ok := strings.Cut(c.header, ": "); ok {
					r.Header.Set(name, value)
				}
				resp, err := s.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != c.status {
					t.Errorf("status %d, want %d", resp.StatusCode, c.status)
				}
				s.Close()
				for _, f := range got.faults {
					t.Errorf("reported %v", f)
				}
			})
		})
	}
}

// backend is what a proxy has behind it.
func backend(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/echo":
		_, _ = io.Copy(w, r.Body)
	case "/trailers":
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "1")
		w.Header().Set(http.TrailerPrefix+"X-Undeclared", "2")
	case "/flush":
		for range 3 {
			_, _ = io.WriteString(w, "data: x\n\n")
			_ = http.NewResponseController(w).Flush()
		}
	case "/hints":
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "body")
	case "/204":
		w.WriteHeader(http.StatusNoContent)
	case "/abort":
		_, _ = io.WriteString(w, strings.Repeat("half", 5000))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		_, _ = io.WriteString(w, "body")
	}
}

// TestUpgrade: a websocket, directly and through a proxy, is no fault; to write to the
// response after that is.
func TestUpgrade(t *testing.T) {
	upgrade := func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString(line)
		_ = rw.Flush()
	}
	origin := httptest.NewServer(http.HandlerFunc(upgrade))
	defer origin.Close()
	to, _ := url.Parse(origin.URL)
	for _, c := range []struct {
		name string
		h    http.Handler
		want []lint.Rule
	}{
		{"hijacked", http.HandlerFunc(upgrade), nil},
		{"through a proxy", httputil.NewSingleHostReverseProxy(to), nil},
		{"written to after", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			upgrade(w, r)
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, "more")
		}), []lint.Rule{lint.AfterHijack, lint.AfterHijack}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got collector
			watched, ended := (&lint.Handler{Report: got.report}).Wrap(c.h), make(chan struct{})
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended) // the server does not wait for a hijacked connection
				watched.ServeHTTP(w, r)
			}))
			s.Config.ErrorLog = quiet
			s.Start()
			defer s.Close()
			r, _ := http.NewRequest("GET", s.URL, nil)
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "echo")
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			conn := resp.Body.(io.ReadWriteCloser)
			_, _ = io.WriteString(conn, "hello\n")
			if line, _ := bufio.NewReader(conn).ReadString('\n'); line != "hello\n" {
				t.Errorf("echo %q", line)
			}
			_ = conn.Close()
			<-ended
			if len(got.faults) != len(c.want) {
				t.Fatalf("reported %v, want %v", got.faults, c.want)
			}
			for i, f := range got.faults {
				if f.Rule != c.want[i] || !strings.HasSuffix(f.File, "standard_test.go") {
					t.Errorf("reported %v, want %v here", f, c.want[i])
				}
			}
		})
	}
}

// TestHijackRefused: a handler that cannot have the connection answers in another way.
func TestHijackRefused(t *testing.T) {
	var got collector
	w := httptest.NewRecorder()
	(&lint.Handler{Report: got.report}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := w.(http.Hijacker).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack: %v", err)
		}
		http.Error(w, "use long polling", http.StatusNotImplemented)
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if len(got.faults) > 0 || w.Code != http.StatusNotImplemented {
		t.Errorf("status %d, reported %v", w.Code, got.faults)
	}
}
