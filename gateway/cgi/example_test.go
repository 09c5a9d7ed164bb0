package cgi_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// A web server starts the program with the request in its environment. Here the example plays the web
// server's part; a real program leaves Environ, Stdin and Stdout out.
func ExampleServer() {
	s := &cgi.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil // for the same output every day
			_, _ = fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
		}),
		Environ: []string{
			"REQUEST_METHOD=GET", "REQUEST_URI=/cgi-bin/app/page", "SCRIPT_NAME=/cgi-bin/app", "PATH_INFO=/page",
		},
		Stdin:  strings.NewReader(""),
		Stdout: lineEnds{},
	}
	if err := s.Serve(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Status: 200 OK
	// Content-Length: 9
	// Content-Type: text/plain; charset=utf-8
	//
	// GET /page
}

// lineEnds writes to the standard output, with the line ends that an example has.
type lineEnds struct{}

func (lineEnds) Write(p []byte) (int, error) {
	_, err := os.Stdout.WriteString(strings.ReplaceAll(string(p), "\r\n", "\n"))
	return len(p), err
}
