package cgianswer_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
	"github.com/surcoat/surcoat/gateway/internal/fieldline"
)

func TestReadHead(t *testing.T) {
	long := strings.Repeat("x", 60_000)
	for _, tt := range []struct{ text, want string }{
		{"Content-Type: text/plain\r\n\r\nbody", "200 -1 map[Content-Type:[text/plain]] body"},
		{"Content-Type: text/plain\n\nbody", "200 -1 map[Content-Type:[text/plain]] body"},
		{"\nbody", "200 -1 map[] body"},
		{"Status: 404 Not Found\n\n", "404 -1 map[] "},
		{"status: 404\n\n", "404 -1 map[] "},
		{"Status: 999 odd\n\n", "999 -1 map[] "},
		{"content-length: 4\n\nbody", "200 4 map[Content-Length:[4]] body"},
		{"Set-Cookie: a=1\nSet-Cookie: b=2\n\n", "200 -1 map[Set-Cookie:[a=1 b=2]] "},
		{"X-A:b\nX-B: \t c \n\n", "200 -1 map[X-A:[b] X-B:[c]] "},
		{"Location: /x\n\n", "302 -1 map[Location:[/x]] redirect "},
		{"Location: http://e.org/\nStatus: 303 See Other\n\n", "303 -1 map[Location:[http://e.org/]] "},
		{"Status: 201\nLocation: /new\n\n", "201 -1 map[Location:[/new]] "},
		{"<!--: spam\nX-A: b\n\n", "200 -1 map[X-A:[b]] "}, // Python's cgitb
		{"HTTP/1.1 404 Not Found\r\nX-A: b\r\n\r\n", "404 -1 map[X-A:[b]] "},
		{"HTTP/1.0 200\n\n", "200 -1 map[] "},
		{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "103 -1 map[Link:[</a>]] HTTP/1.1 200 OK\r\n\r\n"},
		{"Connection: close\nKeep-Alive: 1\nTransfer-Encoding: chunked\nUpgrade: x\nTrailer: x\nX-A: b\n\n", "200 -1 map[X-A:[b]] "},
		{"X-A: " + long + "\n\n", "200 -1 map[X-A:[" + long + "]] "},

		{"", "EOF"},
		{"X", "unexpected EOF"},
		{"X-A: b\n", "unexpected EOF"},
		{"X-A: b\nX-B", "unexpected EOF"},
		{"hello\n\n", `a line that is no header field, before any empty line: "hello"`},
		{"<h1>: x\n\n", `a line that is no header field, before any empty line: "<h1>: x"`},
		{"X-A: b\n folded: c\n\n", `a line that is no header field, before any empty line: " folded: c"`},
		{"X-A : b\n\n", `a line that is no header field, before any empty line: "X-A : b"`},
		{": b\n\n", `a line that is no header field, before any empty line: ": b"`},
		{"X-A: a\rb\n\n", `a line that is no header field, before any empty line: "X-A: a\rb"`},
		{"X-A: a\x00b\n\n", `a line that is no header field, before any empty line: "X-A: a\x00b"`},
		{"Status: 099\n\n", `a status that is none: "Status: 099"`},
		{"Status: 1000\n\n", `a status that is none: "Status: 1000"`},
		{"Status: 100 Continue\n\n", `a status that is none: "Status: 100 Continue"`},
		{"Status: -20\n\n", `a status that is none: "Status: -20"`},
		{"Status: OK\n\n", `a status that is none: "Status: OK"`},
		{"Status:\n\n", `a status that is none: "Status:"`},
		{"Status: 200\nStatus: 500\n\n", `a second status: "Status: 500"`},
		{"HTTP/1.1 200 OK\nStatus: 500\n\n", `a second status: "Status: 500"`},
		{"HTTP/1.1 099\n\n", `a status that is none: "HTTP/1.1 099"`},
		{"HTTP/1.1 101 Switching Protocols\n\n", `101, but the protocol cannot be switched`},
		{"X-A: b\nHTTP/1.1 200 OK\n\n", `a line that is no header field, before any empty line: "HTTP/1.1 200 OK"`},
		{"Content-Length: 4\nContent-Length: 4\n\n", `a second Content-Length: "Content-Length: 4"`},
		{"Content-Length: 4\nContent-Length: 5\n\n", `a second Content-Length: "Content-Length: 5"`},
		{"Content-Length: -4\n\n", `a Content-Length that is none: "Content-Length: -4"`},
		{"Content-Length: +4\n\n", `a Content-Length that is none: "Content-Length: +4"`},
		{"Content-Length: 4, 4\n\n", `a Content-Length that is none: "Content-Length: 4, 4"`},
		{"Content-Length:\n\n", `a Content-Length that is none: "Content-Length:"`},
		{"Content-Length: 99999999999999999999\n\n", `a Content-Length that is none: "Content-Length: 99999999999999999999"`},
	} {
		if got := read(tt.text); got != tt.want {
			t.Errorf("%.60q: %.200s, want %.200s", tt.text, got, tt.want)
		}
	}
}

// read is what becomes of a text, in words.
func read(text string) string {
	r := bufio.NewReader(strings.NewReader(text))
	h, err := cgianswer.ReadHead(r)
	var bad *cgianswer.Error
	if errors.As(err, &bad) {
		return strings.TrimPrefix(bad.Error(), "the answer's head: ")
	}
	if err != nil {
		return err.Error()
	}
	rest, _ := io.ReadAll(r)
	redirect := ""
	if h.Redirect {
		redirect = "redirect "
	}
	return fmt.Sprintf("%d %d %v %s%s", h.Status, h.Length, h.Header, redirect, rest)
}

// What has no end is not kept.
func TestReadHeadLong(t *testing.T) {
	for name, text := range map[string]string{
		"a line":             "X-A: " + strings.Repeat("x", 1<<20),
		"a line, at its end": "X-A: " + strings.Repeat("x", 64<<10) + "\n\n",
		"a head":             strings.Repeat("X-A: "+strings.Repeat("x", 1000)+"\n", 1100) + "\n",
	} {
		var bad *cgianswer.Error
		if _, err := cgianswer.ReadHead(bufio.NewReader(strings.NewReader(text))); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add("Status: 404\nContent-Length: 4\n\nbody")
	f.Add("HTTP/1.1 103 Early\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := cgianswer.ReadHead(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return
		}
		if h.Status < 100 || h.Status > 999 || h.Length < -1 {
			t.Errorf("%+v", h)
		}
		for name, values := range h.Header {
			for _, value := range values {
				if !fieldline.ValidName(name) || !fieldline.ValidValue(value) || name != http.CanonicalHeaderKey(name) {
					t.Errorf("%q: %q", name, value)
				}
			}
		}
	})
}
