package gzip_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// spec 9
func TestRanges(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serve(t, proto, content)
		a := s.get(takesGzip, "Range: bytes=100-5099")
		a.status(http.StatusPartialContent)
		a.is("", prose[100:5100])
		a.field("Content-Length", "5000")
		a.field("Etag", `"v1"`)

		a = s.get(takesGzip, "Range: bytes=0-2999,5000-7999")
		a.status(http.StatusPartialContent)
		a.is("", string(a.raw))
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "multipart/byteranges") ||
			!strings.Contains(string(a.raw), prose[:3000]) || !strings.Contains(string(a.raw), prose[5000:8000]) ||
			a.ContentLength != int64(len(a.raw)) {
			t.Errorf("%q, %d bytes, Content-Length %d", a.Header.Get("Content-Type"), len(a.raw), a.ContentLength)
		}

		a = s.get(takesGzip, "Range: bytes=999999-")
		a.status(http.StatusRequestedRangeNotSatisfiable)
		a.field("Content-Range", fmt.Sprintf("bytes */%d", len(prose)))
		a.field("Content-Encoding")

		a = serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain") // and Content-Range forgotten
			w.WriteHeader(http.StatusPartialContent)
			io.WriteString(w, prose)
		}).get(takesGzip)
		a.is("", prose)

		a = serve(t, proto, with("Content-Range: bytes 0-9/1000000")).get(takesGzip) // and 206 forgotten
		a.is("", prose)

		// The whole, compressed, has no ranges to offer.
		a = s.get(takesGzip)
		a.is("gzip", prose)
		a.field("Accept-Ranges")
		s.get().field("Accept-Ranges", "bytes")
	})
}

// spec 10
func TestNoBody(t *testing.T) {
	for _, status := range []int{200, 201, 204, 205, 304, 404, 500} {
		for _, how := range []string{"status", "write nothing", "return"} {
			t.Run(fmt.Sprint(status, " ", how), func(t *testing.T) {
				protocols(t, func(t *testing.T, proto int) {
					s := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Type", "text/html")
						switch how {
						case "status":
							w.WriteHeader(status)
						case "write nothing":
							w.WriteHeader(status)
							_, _ = w.Write(nil)
							_, _ = io.WriteString(w, "")
							_, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader(""))
						}
					})
					a := s.get(takesGzip)
					if how == "return" {
						a.status(http.StatusOK)
					} else {
						a.status(status)
					}
					a.is("", "")
					if a.StatusCode == 204 || a.StatusCode == 205 {
						a.field("Vary")
					}
					if len(a.raw) != 0 {
						t.Errorf("%d bytes", len(a.raw))
					}
				})
			})
		}
	}
}

// Answers other than 200 are worth compressing like any.
func TestStatuses(t *testing.T) {
	for _, status := range []int{200, 201, 203, 302, 400, 404, 418, 500, 503, 599} {
		protocols(t, func(t *testing.T, proto int) {
			s := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Location", "/")
				w.WriteHeader(status)
				io.WriteString(w, prose)
			})
			s.server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			a := s.get(takesGzip)
			a.status(status)
			a.is("gzip", prose)
			s.quiet()
		})
	}
}

// spec 11
func TestHead(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		same    []string // fields that must be those of the GET
		coding  string
	}{
		{"length declared", content, []string{"Content-Encoding", "Etag", "Vary", "Content-Type", "Accept-Ranges"}, "gzip"},
		{"body written", with(`ETag: "v1"`), []string{"Content-Encoding", "Etag", "Vary", "Content-Type"}, "gzip"},
		{
			"body written, type sniffed", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, prose) },
			[]string{"Content-Encoding", "Vary", "Content-Type"},
			"gzip",
		},
		{"body copied", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			io.Copy(w, io.LimitReader(strings.NewReader(prose), 5000))
		}, []string{"Content-Encoding", "Vary", "Content-Type"}, "gzip"},
		{"flushed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			w.(http.Flusher).Flush()
			io.WriteString(w, prose)
		}, []string{"Content-Encoding", "Vary", "Content-Type"}, "gzip"},
		{
			"small", func(w http.ResponseWriter, _ *http.Request) { write(w, "text/css", "small") },
			[]string{"Content-Encoding", "Content-Length", "Vary", "Content-Type"},
			"",
		},
		{"small, length declared", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			write(w, "text/css", "small")
		}, []string{"Content-Encoding", "Content-Length", "Vary", "Content-Type"}, ""},
		{"ineligible", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(prose)))
			write(w, "image/png", prose)
		}, []string{"Content-Encoding", "Content-Length", "Vary", "Content-Type"}, ""},
		{"nothing known", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			if r.Method != "HEAD" {
				io.WriteString(w, prose)
			}
		}, []string{"Vary", "Content-Type"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				s := serve(t, proto, c.handler)
				head, get := s.do("HEAD", takesGzip), s.get(takesGzip)
				head.status(http.StatusOK)
				if len(head.raw) != 0 {
					t.Errorf("%d bytes of body", len(head.raw))
				}
				if got := head.coding(); got != c.coding {
					t.Errorf("Content-Encoding %q, want %q", got, c.coding)
				}
				for _, name := range c.same {
					head.field(name, get.Header.Values(name)...)
				}
				if head.coding() != "" && head.Header.Get("Content-Length") != "" {
					t.Errorf("Content-Length %s beside Content-Encoding", head.Header.Get("Content-Length"))
				}
				s.quiet()
			})
		})
	}
}

// spec 12
func TestEarlyHints(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serve(t, proto, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusProcessing)
			text(w, r)
		})
		a := s.get(takesGzip)
		a.status(http.StatusOK)
		a.is("gzip", prose)
		if len(a.interim) != 2 || a.interim[0].status != 103 || a.interim[1].status != 102 {
			t.Fatalf("interim answers: %v", a.interim)
		}
		if h := a.interim[0].header; h.Get("Link") == "" || h.Get("Content-Encoding") != "" {
			t.Errorf("103 with %v", h)
		}
		s.quiet()
	})
}

// spec 13: what comes after 101 is another protocol's.
func TestUpgrade(t *testing.T) {
	for _, way := range []string{"Hijacker", "ResponseController", "WriteHeader"} {
		t.Run(way, func(t *testing.T) {
			s := serve(t, 1, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				var conn net.Conn
				var err error
				switch way {
				case "Hijacker":
					conn, _, err = w.(http.Hijacker).Hijack()
				case "WriteHeader":
					w.Header().Set("Connection", "Upgrade")
					w.Header().Set("Upgrade", "prose")
					w.WriteHeader(http.StatusSwitchingProtocols)
					fallthrough
				default:
					conn, _, err = http.NewResponseController(w).Hijack()
				}
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				if way != "WriteHeader" {
					io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: prose\r\n\r\n")
				}
				io.WriteString(conn, prose)
			})
			conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: prose\r\nAccept-Encoding: gzip\r\n\r\n")
			br := bufio.NewReader(conn)
			res, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != 101 || res.Header.Get("Content-Encoding") != "" || res.Header.Get("Vary") != "" {
				t.Errorf("%s %v", res.Status, res.Header)
			}
			if rest, err := io.ReadAll(br); string(rest) != prose {
				t.Errorf("%d bytes, want %d: %v", len(rest), len(prose), err)
			}
			s.quiet()
		})
	}
}

// spec 13: a request that would upgrade, and is answered after all.
func TestUpgrade_declined(t *testing.T) {
	a := serve(t, 1, text).get(takesGzip, "Connection: Upgrade", "Upgrade: h2c")
	a.is("gzip", prose)
}

// spec 13
func TestConnect(t *testing.T) {
	bare := make(chan bool, 1)
	h := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bare <- !gzip.Disable(w)
		w.Header().Set("Content-Type", "text/plain")
		_ = http.NewResponseController(w).Flush()
		io.WriteString(w, prose)
	}))
	s := serveHandler(t, 1, h)
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprint(conn, "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nAccept-Encoding: gzip\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "CONNECT"})
	if err != nil {
		t.Fatal(err)
	}
	if res.Header.Get("Content-Encoding") != "" || !<-bare {
		t.Errorf("a tunnel through the Compressor: %v", res.Header)
	}
}

// What a handler wrote before it takes the connection is sent as it would be without the
// layer.
func TestHijack_afterWrite(t *testing.T) {
	hijack := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		write(w, "text/plain", "before ")
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		rw.WriteString("after")
		rw.Flush()
		conn.Close()
		if _, err := io.WriteString(w, "x"); err != http.ErrHijacked {
			t.Errorf("a write after Hijack: %v", err)
		}
	})
	ask := func(h http.Handler) string {
		conn, err := net.Dial("tcp", serveHandler(t, 1, h).server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
		got, _ := io.ReadAll(conn)
		return string(got)
	}
	if got, want := ask(wrap(hijack)), ask(hijack); got != want || !strings.HasSuffix(got, "after") {
		t.Errorf("%q, want %q", got, want)
	}
}

// Half a gzip body and then something raw would be nobody's protocol.
func TestHijack_encoded(t *testing.T) {
	s := serve(t, 1, func(w http.ResponseWriter, r *http.Request) {
		text(w, r)
		if _, _, err := w.(http.Hijacker).Hijack(); err == nil {
			t.Error("hijacked in the middle of an encoded body")
		}
	})
	s.get(takesGzip).is("gzip", prose)
}
