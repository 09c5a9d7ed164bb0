package ajp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// environ writes the variables of a request, those with line ends quoted.
func environ(ctx context.Context) string {
	var b strings.Builder
	for name, value := range cgienv.Env(ctx).All() {
		if strings.Contains(value, "\n") {
			value = fmt.Sprintf("%q", value)
		}
		fmt.Fprintf(&b, "%s=%s\n", name, value)
	}
	return b.String()
}

func readAll(r *http.Request) (string, error) {
	b, err := io.ReadAll(r.Body)
	return string(b), err
}

func echo(w http.ResponseWriter, r *http.Request) {
	b, err := readAll(r)
	fmt.Fprintf(w, "%s %s %d %d %v", r.Method, r.URL, r.ContentLength, len(b), err)
}

// A connection is kept, whatever was left of a body.
func TestKept(t *testing.T) {
	addr := serve(t, &ajp.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/unread" {
			echo(w, r)
		}
	})})
	p := dial(t, addr)
	body := strings.Repeat("x", 300_000)
	unread := packet(forward("POST", "/unread", []string{"Host: h", "Transfer-Encoding: chunked"}, ""))
	chunked := packet(forward("POST", "/chunked", []string{"Host: h", "Transfer-Encoding: chunked"}, ""))
	for range 3 {
		for _, tt := range []struct {
			send, body, want string
			first            bool
		}{
			{get("/"), "", "GET / 0 0 <nil>", false},
			{post("/read", len(body)), body, "POST /read 300000 300000 <nil>", true},
			{post("/unread", len(body)), body, "", true},
			{post("/unread", 10), body[:10], "", true},
			{unread, body + body, "", false}, // not to be asked for after the answer
			{chunked, body, "POST /chunked -1 300000 <nil>", false},
			{chunked, "", "POST /chunked -1 0 <nil>", false},
			{packet(forward("MKACTIVITY", "/", nil, "")), "", "MKACTIVITY / 0 0 <nil>", false},
		} {
			body := pieces(tt.body, false)
			p.send(tt.send)
			if tt.first {
				p.send(body(5000))
			}
			if a, reuse := p.answer("POST", body); a.Body != tt.want || !reuse {
				t.Fatalf("%q, reuse %t, instead of %q", a.Body, reuse, tt.want)
			}
		}
	}
	p.send(packet("\x0a"))
	p.expect(pong)
}

// Apache fills packets of its own size (ProxyIOBufferSize), whatever was asked for.
func TestLargeChunks(t *testing.T) {
	p := dial(t, serve(t, &ajp.Server{Handler: http.HandlerFunc(echo)}))
	large := chunk(strings.Repeat("x", 65_526))
	for _, tt := range []struct {
		send   string
		chunks []string
		want   string
	}{
		{post("/", 3*65_526) + large, []string{large, large}, "POST / 196578 196578 <nil>"},
		{packet(forward("POST", "/", []string{"Transfer-Encoding: chunked"}, "")), []string{large, large, chunk("x"), chunk("")}, "POST / -1 131053 <nil>"},
	} {
		p.send(tt.send)
		a, reuse := p.answer("POST", func(int) string {
			s := tt.chunks[0]
			tt.chunks = tt.chunks[1:]
			return s
		})
		if a.Body != tt.want || !reuse {
			t.Errorf("%q, reuse %t", a.Body, reuse)
		}
	}
}

// What does not fit into the body that was told ends the connection, and is an error to the
// handler.
func TestBadBodies(t *testing.T) {
	const chunked = "chunked: " // of no length that was told
	for _, tt := range []struct{ name, body, want string }{
		{"good", chunk("hello"), "5 <nil>"},
		{"in two", chunk("he") + chunk("llo"), "5 <nil>"},
		{"short", chunk("he") + chunk(""), "2 unexpected EOF"},
		{"short, the other end", chunk("he") + "\x12\x34\x00\x00", "2 unexpected EOF"},
		{"long", chunk("hello!"), "0 ajp: more of a body came than was asked for"},
		{"long later", chunk("hell") + chunk("oo"), "4 ajp: more of a body came than was asked for"},
		{"no packet", "hello", "0 ajp: a packet does not begin with 0x1234; is it HTTP?"},
		{"half a length", packet("\x00"), "0 ajp: a packet of the body is not as long as it says"},
		{"packet longer than the content", packet(num(3) + "hell"), "0 ajp: a packet of the body is not as long as it says"},
		{"content past the end", packet(num(5) + "hell"), "0 ajp: a packet of the body is not as long as it says"},
		{"end of the connection", chunk("he"), "2 unexpected EOF"},
		{"end in a packet", chunk("hello")[:8], "2 unexpected EOF"},
		{chunked + "good", chunk("hello") + chunk(""), "5 <nil>"},
		{chunked + "end of the connection", chunk("hello"), "5 unexpected EOF"},
		{chunked + "end of the connection at once", "", "0 unexpected EOF"},
		{chunked + "end in a packet", chunk("hello")[:8], "2 unexpected EOF"},
		{"end in a head", chunk("hello")[:3], "0 unexpected EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 1)
			p := dial(t, serve(t, &ajp.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				b, err := readAll(r)
				got <- fmt.Sprint(len(b), " ", err)
			})}))
			send := post("/", 5)
			if strings.HasPrefix(tt.name, chunked) {
				send = packet(forward("POST", "/", []string{"Transfer-Encoding: chunked"}, ""))
			}
			p.send(send + tt.body)
			_ = p.Conn.(*net.TCPConn).CloseWrite()
			if g := <-got; g != tt.want {
				t.Errorf("the handler got %q", g)
			}
		})
	}
}

// Answers are in packets that are not too long, and equal what was written.
func TestAnswers(t *testing.T) {
	for _, size := range []int{0, 8192, 16384, 65536, 1 << 20} {
		for _, writes := range [][]int{{0}, {1}, {2048, 1}, {8183, 1, 1}, {8184}, {8185}, {100, 8000, 100}, {65528}, {65529}, {3_000_000}, {5000, 5000, 5000}, {9000, 3, 70_000, 3}} {
			var want strings.Builder
			p := dial(t, serve(t, &ajp.Server{PacketSize: size, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for i, n := range writes {
					s := strings.Repeat(string(rune('a'+i)), n)
					want.WriteString(s)
					_, _ = w.Write([]byte(s)) // a string would come in pieces
				}
			})}))
			p.send(get("/"))
			var got strings.Builder
			for kind := byte(0); kind != end; {
				var content string
				var err error
				if kind, content, err = p.next(); err != nil {
					t.Fatal(err)
				}
				if length, most := len(content)+5, max(size, 8192); length > min(most, 65536) {
					t.Errorf("PacketSize %d: a packet of %d bytes", size, length)
				}
				if kind == bodyChunk {
					got.WriteString(content[2 : len(content)-1])
				}
			}
			if got.String() != want.String() {
				t.Errorf("PacketSize %d, writes %v: %d bytes differ from those that were written", size, writes, got.Len())
			}
		}
	}
}

// A flush is an empty packet, by which Apache knows it, after what was written.
func TestFlush(t *testing.T) {
	goOn := make(chan bool)
	p := dial(t, serve(t, &ajp.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 2 {
			_, _ = io.WriteString(w, "tick")
			w.(http.Flusher).Flush()
			<-goOn
		}
	})}))
	p.send(get("/"))
	p.expect(head)
	for range 2 {
		if got := p.expect(bodyChunk); got != "\x00\x04tick\x00" {
			t.Errorf("%q", got)
		}
		if got := p.expect(bodyChunk); got != "\x00\x00\x00" {
			t.Errorf("the flush is %q", got)
		}
		goOn <- true
	}
	if got := p.expect(end); got != "\x01" {
		t.Errorf("the end is %q", got)
	}
}

// A handler may answer while it reads, if the server in front goes on.
func TestFullDuplex(t *testing.T) {
	p := dial(t, serve(t, &ajp.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		buf := make([]byte, 5)
		for range 100 {
			_, err := io.ReadFull(r.Body, buf)
			_, err2 := w.Write(buf)
			w.(http.Flusher).Flush()
			if err = errors.Join(err, err2); err != nil {
				t.Error(err)
				return
			}
		}
	})}))
	p.send(post("/", 500) + chunk("12345"))
	a, _ := p.answer("POST", func(int) string { return chunk("12345") })
	if a.Body != strings.Repeat("12345", 100) {
		t.Errorf("%q", a.Body)
	}
}

// spec: a client that goes away ends the context; here, by the end of the connection.
func TestClientGone(t *testing.T) {
	for _, tt := range []struct{ name, send string }{
		{"without a body", get("/")},
		{"body read", post("/", 5) + chunk("hello")},
		{"in the body", post("/", 10) + chunk("hello")},
		{"chunked body read", packet(forward("POST", "/", []string{"Transfer-Encoding: chunked"}, "")) + chunk("a") + chunk("")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			begun, gone := make(chan bool), make(chan error)
			p := dial(t, serve(t, &ajp.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(begun)
				_, _ = readAll(r)
				<-r.Context().Done()
				gone <- context.Cause(r.Context())
			})}))
			p.send(tt.send)
			<-begun
			_ = p.Close()
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}

// An answer that breaks off has no end, on a connection that was kept until then.
func TestTorn(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"panic at once": func(http.ResponseWriter, *http.Request) { panic("oops") },
		"panic after a flush": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"too short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "hello")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := dial(t, serve(t, &ajp.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/torn" {
					h(w, r)
				}
			})}))
			p.send(get("/"))
			p.answer("GET", nil)
			p.send(get("/torn"))
			if a, _ := p.answer("GET", nil); !a.Torn {
				t.Errorf("%+v", a)
			}
		})
	}
}

// A header that is longer than a packet can be is not sent: 500, and the connection goes on.
func TestHeaderTooLong(t *testing.T) {
	p := dial(t, serve(t, &ajp.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			w.Header().Set("X-Long", strings.Repeat("x", 65_300))
		case "/too-long":
			w.Header().Set("X-Long", strings.Repeat("x", 65_536))
		case "/far-too-long":
			w.Header()["X-Long"] = make([]string, 70_000)
		}
		_, _ = io.WriteString(w, strings.Repeat("body", 5000))
	})}))
	for path, status := range map[string]int{"/long": 200, "/too-long": 500, "/far-too-long": 500, "/": 200} {
		p.send(get(path))
		if a, reuse := p.answer("GET", nil); a.Status != status || a.Torn || !reuse {
			t.Errorf("%s: %d, torn %t, reuse %t", path, a.Status, a.Torn, reuse)
		}
	}
}

func TestTimeouts(t *testing.T) {
	const short = 50 * time.Millisecond
	for _, tt := range []struct {
		name   string
		server *ajp.Server
		send   string
		torn   bool // an answer begins, but has no end
	}{
		{"nothing", &ajp.Server{ReadHeaderTimeout: short}, "", false},
		{"half a head", &ajp.Server{ReadHeaderTimeout: short}, "\x12\x34", false},
		{"half a packet", &ajp.Server{ReadHeaderTimeout: short}, get("/")[:20], false},
		{"idle", &ajp.Server{IdleTimeout: short}, packet("\x0a"), false},
		{"body", &ajp.Server{ReadTimeout: short}, post("/", 10) + chunk("hello"), false},
		{"unread body", &ajp.Server{ReadTimeout: short}, post("/unread", 10), false},
		{"answer", &ajp.Server{WriteTimeout: short}, get("/endless"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.server
			s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/endless" {
					for r.Context().Err() == nil {
						_, _ = w.Write(make([]byte, 1<<16))
					}
				}
				if r.URL.Path != "/unread" {
					_, err := readAll(r)
					if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Error(err)
					}
				}
			})
			p := dial(t, serve(t, s))
			p.send(tt.send)
			if tt.torn {
				time.Sleep(2 * short) // its buffers fill up
			}
			for {
				kind, _, err := p.next()
				if isTimeout(err) {
					t.Fatal(err)
				}
				if err != nil {
					return
				}
				if kind == end && tt.torn {
					t.Error("an end")
				}
			}
		})
	}
}

// Shutdown answers what is under way, and says that the connection ends with it; idle ones end.
func TestShutdown(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	s := &ajp.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			close(entered)
			<-leave
		}
		_, _ = io.WriteString(w, "whole")
	})}
	addr := serve(t, s)
	idle, busy := dial(t, addr), dial(t, addr)
	idle.send(get("/"))
	if _, reuse := idle.answer("GET", nil); !reuse {
		t.Error("the connection is not kept")
	}
	busy.send(get("/wait"))
	<-entered
	done := make(chan error)
	go func() { done <- s.Shutdown(context.Background()) }()
	idle.ended()
	close(leave)
	if a, reuse := busy.answer("GET", nil); a.Body != "whole" || reuse {
		t.Errorf("%q, reuse %t", a.Body, reuse)
	}
	busy.ended()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
