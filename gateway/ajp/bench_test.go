package ajp_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/ajp"
)

// Requests of a browser's size one after the other on a kept connection, as Apache sends them.
func BenchmarkServer(b *testing.B) {
	large := strings.Repeat("x", 1<<20)
	addr := serve(b, &ajp.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			_, _ = io.WriteString(w, large)
		case "/upload":
			_, _ = io.Copy(io.Discard, r.Body)
		default:
			_, _ = io.WriteString(w, "hello")
		}
	})})
	fields := []string{
		"Host: example.com", "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Accept: text/html,application/xhtml+xml", "Accept-Language: en-US,en;q=0.5", "Accept-Encoding: gzip, deflate, br",
		"Cookie: session=0123456789abcdef", "Connection: keep-alive",
	}
	piece := chunk(large[:8186])
	for _, tt := range []struct {
		name, send, body string
		length           int64
	}{
		{"hello", packet(forward("GET", "/", fields, "")), "", 0},
		{"large", packet(forward("GET", "/large", fields, "")), "", 1 << 20},
		{"upload", packet(forward("POST", "/upload", append(fields, "Content-Length: 818600"), "")) + piece, piece, 818600},
	} {
		b.Run(tt.name, func(b *testing.B) {
			p := dial(b, addr)
			b.ReportAllocs()
			b.SetBytes(tt.length)
			for b.Loop() {
				p.send(tt.send)
				for kind := byte(0); kind != end; {
					var err error
					if kind, err = p.skip(); err != nil {
						b.Fatal(err)
					}
					if kind == ask {
						p.send(tt.body)
					}
				}
			}
		})
	}
}

// skip reads a packet and drops it.
func (p *peer) skip() (kind byte, err error) {
	h, err := p.r.Peek(5)
	if err != nil {
		return 0, err
	}
	kind = h[4]
	_, err = p.r.Discard(4 + int(h[2])<<8 + int(h[3]))
	return kind, err
}
