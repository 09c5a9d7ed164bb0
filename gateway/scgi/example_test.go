package scgi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/gateway/scgi"
)

// The server in front, nginx with scgi_pass 127.0.0.1:4000, say, opens a connection for each
// request. Here the example plays its part.
func ExampleServer() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s := &scgi.Server{
		Mount: "/app",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil // for the same output every day
			_, _ = fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
		}),
	}
	done := make(chan error)
	go func() { done <- s.Serve(l) }()

	front, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	head := "CONTENT_LENGTH\x000\x00SCGI\x001\x00REQUEST_METHOD\x00GET\x00REQUEST_URI\x00/app/page\x00"
	fmt.Fprintf(front, "%d:%s,", len(head), head)
	answer, _ := io.ReadAll(front)
	fmt.Println(strings.ReplaceAll(string(answer), "\r\n", "\n"))

	_ = s.Shutdown(context.Background())
	fmt.Println(errors.Is(<-done, http.ErrServerClosed))
	// Output:
	// Status: 200 OK
	// Content-Length: 9
	// Content-Type: text/plain; charset=utf-8
	//
	// GET /page
	// true
}
