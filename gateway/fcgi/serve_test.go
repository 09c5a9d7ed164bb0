package fcgi_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// echo answers with what was asked for, and the body.
func echo(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "%s %s %d %s", r.Method, r.URL, r.ContentLength, b)
}

func TestKeptConnection(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(echo)}))
	for i := range 100 {
		p.send(request(1, true, fmt.Sprint("/", i), ""))
		if got, want := p.answer(1), fmt.Sprintf("GET /%d 0 ", i); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		p.send(request(2, true, "/", "body"))
		if got, want := p.answer(2), "POST / 4 body"; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	p.send(request(3, false, "/last", ""))
	if got := p.answer(3); got != "GET /last 0 " {
		t.Errorf("got %q", got)
	}
	p.closes()
}

// Pipelined requests, which no server sends, come in any order.
func TestManyInOneWrite(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(echo)}))
	var all strings.Builder
	const n = 90
	for id := 1; id <= n; id++ {
		all.WriteString(request(id*700, true, fmt.Sprint("/", id), strings.Repeat("b", id%3)))
	}
	go func() { _, _ = io.WriteString(p, all.String()) }()
	for id, a := range p.answers(n) {
		if !strings.Contains(a.out, fmt.Sprintf(" /%d %d ", id/700, (id/700)%3)) {
			t.Errorf("%d: %q", id, a.out)
		}
	}
}

// The records of several requests may be mixed.
func TestMixed(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(echo)}))
	var queues [][]string
	for id := 1; id <= 5; id++ {
		vars := variables(fmt.Sprint("/", id), "abc")
		q := []string{beginning(id, true)}
		for i := range len(vars) {
			q = append(q, record(params, id, vars[i:i+1]))
		}
		queues = append(queues, append(q, record(params, id, ""), record(stdin, id, "a"), record(stdin, id, "bc"), record(stdin, id, "")))
	}
	go func() {
		for i := 0; ; i++ {
			sent := false
			for _, q := range queues {
				if i < len(q) {
					sent = true
					_, _ = io.WriteString(p, q[i])
				}
			}
			if !sent {
				return
			}
		}
	}()
	for id, a := range p.answers(5) {
		if want := fmt.Sprintf("POST /%d 3 abc", id); !strings.HasSuffix(a.out, want) {
			t.Errorf("%d: %q", id, a.out)
		}
	}
}

// spec: variables split anywhere, inside a length too.
func TestSplit(t *testing.T) {
	long := strings.Repeat("v", 300)
	vars := variables("/", "") + pairs([2]string{"HTTP_X_LONG", long}, [2]string{"HTTP_" + strings.Repeat("N", 200), "1"})
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Method, len(r.Header), r.Header.Get("X-Long") == long)
	})}))
	for i := 1; i < len(vars); i++ {
		p.send(beginning(1, true) + padded(params, 1, vars[:i], strings.Repeat("p", i%256)) + record(params, 1, vars[i:]) +
			padded(params, 1, "", "p") + padded(stdin, 1, "", "padding"))
		if got := p.answer(1); got != "GET2 true" {
			t.Fatalf("split at %d: %q", i, got)
		}
	}
}

// What comes byte by byte is the same.
func TestTrickle(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(echo)}))
	for i, c := range request(1, true, "/", "hello") {
		if i%7 == 0 {
			time.Sleep(time.Millisecond) // so that they do not arrive together
		}
		p.send(string(c))
	}
	if got := p.answer(1); got != "POST / 5 hello" {
		t.Errorf("got %q", got)
	}
}

// Bodies around the sizes at which records and buffers end.
func TestAnswerSizes(t *testing.T) {
	const unit = 65528
	content := strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz", 100_000)
	addr := serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscanf(r.URL.RawQuery, "%d", &n)
		switch r.URL.Path {
		case "/write":
			_, _ = io.WriteString(w, "x")
			_, _ = w.Write([]byte(content[:n]))
		case "/writes":
			for i := 0; i < n; i += 1000 {
				_, _ = w.Write([]byte(content[i:min(n, i+1000)]))
			}
		case "/copy":
			_, _ = io.Copy(w, struct{ io.Reader }{strings.NewReader(content[:n])})
		case "/file":
			f, err := os.CreateTemp(t.TempDir(), "f")
			if err != nil {
				panic(err)
			}
			defer f.Close()
			_, _ = f.WriteString(content[:n])
			_, _ = f.Seek(0, io.SeekStart)
			_, _ = io.Copy(w, f)
		case "/head":
			w.Header().Set("X-Long", content[:n])
		}
	})})
	for _, path := range []string{"/write", "/writes", "/copy", "/file", "/head"} {
		t.Run(path, func(t *testing.T) {
			p := dial(t, addr)
			for _, n := range []int{0, 1, 2047, 2048, 2049, 8192, unit - 200, unit - 1, unit, unit + 1, 65535, 65536, 2 * unit, 2*unit + 1, 1<<20 + 1, 3_000_000} {
				p.send(request(1, true, fmt.Sprint(path, "?", n), ""))
				want := content[:n]
				if path == "/write" {
					want = "x" + want
				}
				if path != "/head" {
					if got := p.answer(1); got != want {
						t.Errorf("%d bytes: got %d", n, len(got))
					}
				} else if a := p.answers(1)[1]; !strings.Contains(a.out, "X-Long: "+want+"\r\n") {
					t.Errorf("a head of %d bytes: got %d", n, len(a.out))
				}
			}
		})
	}
}

// What is repeated stays repeated; what FastCGI has no place for is dropped.
func TestFields(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-T")
		w.WriteHeader(http.StatusEarlyHints)
		for _, c := range r.Header["X-R"] {
			w.Header().Add("Set-Cookie", c)
		}
		w.Header().Set("X-C", strings.Join(r.Header["Cookie"], "; "))
		_, _ = io.WriteString(w, "x")
		w.Header().Set("X-T", "t")
	})}))
	vars := variables("/", "") + pairs([2]string{"HTTP_X_R", "a"}, [2]string{"HTTP_X_R", "b"}, [2]string{"HTTP_COOKIE", "1"}, [2]string{"HTTP_COOKIE", "2"})
	p.send(beginning(1, true) + stream(params, 1, vars) + stream(stdin, 1, ""))
	a := p.answers(1)[1]
	if !strings.HasPrefix(a.out, "Status: 200 OK\r\n") || strings.Contains(a.out, "Hints") || strings.Contains(a.out, "X-T") ||
		!strings.Contains(a.out, "Set-Cookie: a\r\nSet-Cookie: b\r\n") || !strings.Contains(a.out, "X-C: 1; 2\r\n") {
		t.Errorf("answer %q", a.out)
	}
}

func TestGetValues(t *testing.T) {
	const conns, reqs, mpxs = "FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"
	for _, tt := range []struct {
		name     string
		server   *fcgi.Server
		question [][2]string
		want     [][2]string
	}{
		{"all, by default", &fcgi.Server{}, [][2]string{{conns}, {reqs}, {mpxs}}, [][2]string{{conns, "4096"}, {reqs, "100"}, {mpxs, "1"}}},
		{"all", &fcgi.Server{MaxConns: 7, MaxRequests: 5}, [][2]string{{mpxs}, {conns}, {reqs}}, [][2]string{{conns, "7"}, {reqs, "5"}, {mpxs, "1"}}},
		{"no multiplexing", &fcgi.Server{MaxRequests: 1}, [][2]string{{mpxs}, {reqs}}, [][2]string{{reqs, "1"}, {mpxs, "0"}}},
		{"no bound", &fcgi.Server{MaxConns: -1}, [][2]string{{conns}, {mpxs}}, [][2]string{{mpxs, "1"}}},
		{"unknown", &fcgi.Server{}, [][2]string{{"FCGI_X"}, {"PATH", "x"}}, nil},
		{"twice", &fcgi.Server{}, [][2]string{{reqs}, {reqs}}, [][2]string{{reqs, "100"}}},
		{"nothing", &fcgi.Server{}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := dial(t, serve(t, tt.server))
			p.send(padded(getValues, 0, pairs(tt.question...), "padding"))
			if got, want := p.mustNext(), (got{getValuesResult, 0, pairs(tt.want...)}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// spec: roles and types that are not known.
func TestUnknown(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(echo)}))
	for _, kind := range []byte{0, 10, 11, 12, 255} {
		p.send(padded(kind, 0, "whatever", "padding"))
		if got, want := p.mustNext(), (got{unknownType, 0, string([]byte{kind, 0, 0, 0, 0, 0, 0, 0})}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	for _, role := range []string{"\x00\x02", "\x00\x03", "\x00\x00", "\x01\x01"} {
		p.send(record(begin, 1, role+"\x01\x00\x00\x00\x00\x00") + stream(params, 1, variables("/", "")) + stream(stdin, 1, "xyz"))
		if got, want := p.mustNext(), (got{end, 1, "\x00\x00\x00\x00\x03\x00\x00\x00"}); got != want {
			t.Errorf("role %q: got %+v, want %+v", role, got, want)
		}
	}
	p.send(request(1, true, "/", ""))
	if got := p.answer(1); got != "GET / 0 " {
		t.Errorf("got %q", got)
	}
	p.send(record(begin, 1, "\x00\x02\x00\x00\x00\x00\x00\x00") + stream(params, 1, variables("/", "")))
	if got := p.mustNext(); got.kind != end {
		t.Errorf("got %+v", got)
	}
	p.closes()
}

// What is FastCGI but no request is answered, and the connection goes on.
func TestBadRequests(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Mount: "/wiki", Handler: http.HandlerFunc(echo)}))
	for _, tt := range []struct{ target, status string }{
		{"/wiki/a", "200 OK"}, {"/other", "404 Not Found"}, {"/wiki/a\nb", "400 Bad Request"}, {"/wiki/b", "200 OK"},
	} {
		p.send(request(1, true, tt.target, ""))
		if a := p.answers(1)[1]; !strings.HasPrefix(a.out, "Status: "+tt.status+"\r\n") {
			t.Errorf("%q: %q", tt.target, a.out)
		}
	}
}

// A body whose length is not told has an end all the same.
func TestLengthUnknown(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(echo)}))
	for _, tt := range []struct{ coding, body, want string }{
		{"", "", "PUT / 0 "},
		{"", "hello", "PUT / -1 hello"},
		{"chunked", "", "PUT / -1 "},
		{"chunked", "hello", "PUT / -1 hello"},
	} {
		vars := pairs([2]string{"REQUEST_METHOD", "PUT"}, [2]string{"REQUEST_URI", "/"}, [2]string{"HTTP_TRANSFER_ENCODING", tt.coding})
		if tt.coding == "" {
			vars = pairs([2]string{"REQUEST_METHOD", "PUT"}, [2]string{"REQUEST_URI", "/"})
		}
		p.send(beginning(1, true) + stream(params, 1, vars))
		time.Sleep(10 * time.Millisecond) // so that it is not known at once
		p.send(stream(stdin, 1, tt.body))
		if got := p.answer(1); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
