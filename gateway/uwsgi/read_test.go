package uwsgi_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/uwsgi"
)

// hello is a request that is answered.
var hello = encode([2]string{"REQUEST_METHOD", "GET"}, [2]string{"REQUEST_URI", "/"}, [2]string{"SERVER_PROTOCOL", "HTTP/1.1"}, [2]string{"HTTP_HOST", "h"})

// What is no request in uwsgi ends the connection and reaches no handler.
func TestBadHeads(t *testing.T) {
	long := encode([2]string{"REQUEST_METHOD", "GET"}, [2]string{"X", strings.Repeat("x", 5000)})
	for name, tt := range map[string]struct {
		sent   string
		answer string // the beginning
	}{
		"good":                    {hello, "HTTP/1.1 200 OK\r\n"},
		"second modifier":         {hello[:3] + "\x05" + hello[4:], "HTTP/1.1 200 OK\r\n"},
		"HTTP":                    {"GET / HTTP/1.1\r\n\r\n", ""},
		"modifier 5":              {"\x05" + hello[1:], ""},
		"nothing":                 {"", ""},
		"cut in the length":       {hello[:2], ""},
		"cut in the variables":    {hello[:20], ""},
		"no variables":            {"\x00\x00\x00\x00", "HTTP/1.1 400 Bad Request\r\n"},
		"a name that is too long": {"\x00\x04\x00\x00\xff\xffab", ""},
		"half a length":           {"\x00\x01\x00\x00a", ""},
		"no value":                {"\x00\x03\x00\x00\x01\x00a", ""},
		"a value that is short":   {"\x00\x06\x00\x00\x01\x00a\x05\x00b", ""},
		"no name":                 {"\x00\x04\x00\x00\x00\x00\x00\x00", ""},
		"more than is allowed":    {long, ""},
		"two methods":             {encode([2]string{"REQUEST_METHOD", "G T"}, [2]string{"REQUEST_URI", "/"}), "HTTP/1.1 400 Bad Request\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			called := make(chan bool, 1)
			addr := serve(t, &uwsgi.Server{Logger: paritytest.Silent, MaxHeaderBytes: 4096, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				called <- true
			})})
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			_, _ = io.WriteString(conn, tt.sent)
			_ = conn.(*net.TCPConn).CloseWrite()
			b, _ := io.ReadAll(conn)
			if !strings.HasPrefix(string(b), tt.answer) || tt.answer == "" && len(b) > 0 {
				t.Errorf("answer %q", b)
			}
			if want := strings.Contains(tt.answer, "200"); (len(called) > 0) != want {
				t.Errorf("the handler was called: %t", !want)
			}
		})
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add([]byte(hello))
	f.Add([]byte("\x00\x04\x00\x00\xff\xffab"))
	f.Fuzz(func(t *testing.T, b []byte) {
		vars, rest, err := uwsgi.ReadHead(b, 1<<16)
		if err != nil {
			return
		}
		var list [][2]string
		for name, value := range vars.All() {
			list = append(list, [2]string{name, value})
		}
		if again := encode(list...) + string(rest); again[4:] != string(b[4:]) {
			t.Errorf("%q was read as %q", b, list)
		}
	})
}

func ExampleServer() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	s := &uwsgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s for %s", r.URL, r.RemoteAddr)
	})}
	go func() { _ = s.Serve(l) }()
	defer s.Close()

	// What nginx would do:
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	io.WriteString(conn, encode([2]string{"REQUEST_METHOD", "GET"}, [2]string{"REQUEST_URI", "/wiki?a"},
		[2]string{"SERVER_PROTOCOL", "HTTP/1.1"}, [2]string{"HTTP_HOST", "wiki.example"},
		[2]string{"REMOTE_ADDR", "192.0.2.7"}, [2]string{"REMOTE_PORT", "40000"}))
	answer, _ := io.ReadAll(conn)
	_, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	fmt.Println(body)
	// Output: /wiki?a for 192.0.2.7:40000
}
