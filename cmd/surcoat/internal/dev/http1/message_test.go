package http1_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/http1"
)

// after stands in a table's input where the message under test has to end.
const after = "\x00"

var requests = []struct{ name, bytes string }{
	{"no body", "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + after + "GET /2 HTTP/1.1\r\n"},
	{"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n" + after + "x"},
	{"empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" + after + "x"},
	{"length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + after + "GET"},
	{"length 0", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" + after + "GET"},
	{"chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n" + after + "GET"},
	{"trailers", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n1 \r\nx\r\n0\r\nSum: 3\r\n\r\n" + after},
	{"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n" + after},
	{"upgrade", "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + after + "\x81\x01a"},
	{"CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n" + after},
	{"made-up method", "M-SEARCH * HTTP/1.1\r\nHost: a\r\n\r\n" + after},
}

var responses = []struct{ name, method, bytes string }{
	{"length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + after + "HTTP/1.1"},
	{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + after + "HTTP/1.1"},
	{"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n" + after},
	{"204", "GET", "HTTP/1.1 204 No Content\r\n\r\n" + after},
	{"interim", "POST", "HTTP/1.1 100 Continue\r\n\r\n" + after + "HTTP/1.1 200 OK\r\n"},
	{"early hints", "GET", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + after + "HTTP/1.1 200 OK\r\n"},
	{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + after + "H"},
	{"refused CONNECT", "CONNECT", "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n" + after},
}

func TestRequestsEnd(t *testing.T) {
	for _, tt := range requests {
		ends(t, tt.name, http1.NewRequest, tt.bytes)
	}
}

func TestResponsesEnd(t *testing.T) {
	for _, tt := range responses {
		r := &http.Request{Method: tt.method}
		ends(t, tt.name, func() *http1.Message { return http1.NewResponse(r) }, tt.bytes)
	}
}

// ends checks that messages end where they should, whatever pieces they come in.
func ends(t *testing.T, name string, message func() *http1.Message, input string) {
	t.Helper()
	want := strings.Index(input, after)
	b := []byte(strings.Replace(input, after, "", 1))
	for size := 1; size <= len(b); size++ {
		m := message()
		n := 0
		for n < len(b) && !m.Ended() {
			took, err := m.Follow(b[n:min(n+size, len(b))])
			if err != nil {
				t.Fatalf("%s in pieces of %d: %v after %q", name, size, err, b[:n])
			}
			n += took
		}
		if n != want || !m.Ended() {
			t.Errorf("%s in pieces of %d: ended %t after %q", name, size, m.Ended(), b[:n])
		}
	}
}

func TestUntilClose(t *testing.T) {
	for _, tt := range []struct{ method, bytes string }{
		{"GET", "HTTP/1.1 200 OK\r\n\r\nand so on"},
		{"GET", "HTTP/1.0 200 OK\r\n\r\n"},
		{"GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x01a"},
		{"CONNECT", "HTTP/1.1 200 OK\r\n\r\nbytes"},
	} {
		m := http1.NewResponse(&http.Request{Method: tt.method})
		if n, err := m.Follow([]byte(tt.bytes)); err != nil || n != len(tt.bytes) || m.Ended() || !m.UntilClose() {
			t.Errorf("%q: %d, %v, ended %t, until close %t", tt.bytes, n, err, m.Ended(), m.UntilClose())
		}
	}
}

func TestUnknown(t *testing.T) {
	long := strings.Repeat("a", 2<<20)
	for _, in := range []string{
		"\x16\x03\x01\x02\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", long, "GET / HTTP/1.1\r\nA: " + long,
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0" + long,
	} {
		if _, err := http1.NewRequest().Follow([]byte(in)); !errors.Is(err, http1.ErrUnknown) {
			t.Errorf("%.60q: %v", in, err)
		}
	}
	for _, in := range []string{"\x15\x03\x03", "220 mail.example ESMTP\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"} {
		if _, err := http1.NewResponse(&http.Request{Method: "GET"}).Follow([]byte(in)); !errors.Is(err, http1.ErrUnknown) {
			t.Errorf("%.60q: %v", in, err)
		}
	}
}

// FuzzRequest compares the end that is found with the one that net/http finds.
func FuzzRequest(f *testing.F) {
	for _, tt := range requests {
		f.Add([]byte(strings.Replace(tt.bytes, after, "", 1)), uint8(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		n, ended := follow(http1.NewRequest(), b, len(b)+1)
		if pn, pended := follow(http1.NewRequest(), b, int(piece)+1); pended != ended || ended && pn != n {
			t.Fatalf("ended %t after %d; in pieces of %d, %t after %d", ended, n, piece+1, pended, pn)
		}
		if !ended {
			return
		}
		from := bytes.NewReader(bytes.TrimLeft(b, "\r\n"))
		br := bufio.NewReader(from)
		r, err := http.ReadRequest(br)
		if err != nil {
			t.Fatalf("%q is no request to net/http: %v", b, err)
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // net/http asks for more of a chunk's form
		}
		if got := len(b) - from.Len() - br.Buffered(); got != n {
			t.Errorf("%q ends after %d, to net/http after %d", b, n, got)
		}
	})
}

func FuzzResponse(f *testing.F) {
	for _, tt := range responses {
		f.Add([]byte(strings.Replace(tt.bytes, after, "", 1)), tt.method == "HEAD", uint8(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, head bool, piece uint8) {
		r := &http.Request{Method: "GET"}
		if head {
			r.Method = "HEAD"
		}
		n, ended := follow(http1.NewResponse(r), b, len(b)+1)
		if pn, pended := follow(http1.NewResponse(r), b, int(piece)+1); pended != ended || ended && pn != n {
			t.Fatalf("ended %t after %d; in pieces of %d, %t after %d", ended, n, piece+1, pended, pn)
		}
	})
}

// follow returns where m ends in b, given in pieces.
func follow(m *http1.Message, b []byte, piece int) (n int, ended bool) {
	for n < len(b) && !m.Ended() {
		took, err := m.Follow(b[n:min(n+piece, len(b))])
		n += took
		if err != nil {
			return n, false
		}
	}
	return n, m.Ended()
}
