package cgi_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
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

// A program, here a shell script, answers what is below /hello.
func ExampleHandler() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "hello.cgi")
	program := "#!/bin/sh\necho 'Content-Type: text/plain'\necho\necho \"$GREETING, ${PATH_INFO#/}\"\n"
	if err := os.WriteFile(file, []byte(program), 0o755); err != nil {
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.Handle("/hello/", http.StripPrefix("/hello", &cgi.Handler{
		Path: file,
		Env:  map[string]string{"GREETING": "Hello"},
	}))
	visit(mux, "/hello/Ann")
	// Output:
	// 200 Hello, Ann
}

// The programs of a folder are found by their names. Nothing else in it is served.
func ExampleDir() {
	dir, err := os.MkdirTemp("", "cgi-bin")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	program := "#!/bin/sh\nprintf '\\n%s %s\\n' \"$SCRIPT_NAME\" \"$PATH_INFO\"\n"
	for name, mode := range map[string]os.FileMode{"where": 0o755, "where~": 0o755, "passwords": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(program), mode); err != nil {
			log.Fatal(err)
		}
	}

	d := &cgi.Dir{Root: dir, Programs: cgi.Handler{Logger: slog.New(slog.DiscardHandler)}}
	if err := d.Check(); err != nil {
		log.Fatal(err)
	}
	h := http.StripPrefix("/cgi-bin", d)
	visit(h, "/cgi-bin/where/am/I?")
	visit(h, "/cgi-bin/where~")
	visit(h, "/cgi-bin/passwords")
	// Output:
	// 200 /cgi-bin/where /am/I
	// 404
	// 403
}

// visit prints what a path is answered with.
func visit(h http.Handler, path string) {
	if runtime.GOOS == "windows" { // has no /bin/sh
		return
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != http.StatusOK {
		fmt.Println(w.Code)
		return
	}
	fmt.Print(w.Code, " ", w.Body)
}

// lineEnds writes to the standard output, with the line ends that an example has.
type lineEnds struct{}

func (lineEnds) Write(p []byte) (int, error) {
	_, err := os.Stdout.WriteString(strings.ReplaceAll(string(p), "\r\n", "\n"))
	return len(p), err
}
