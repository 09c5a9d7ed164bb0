package cgi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// A Server's program under a Handler is what the handler is behind net/http's server.
func TestRoundTrip(t *testing.T) {
	paritytest.Run(t, func(t *testing.T, _ http.Handler, q paritytest.Request) paritytest.Answer {
		file := filepath.Join(t.TempDir(), "notes")
		h := &cgi.Handler{
			Path:   os.Args[0],
			Env:    map[string]string{"CGI_TEST_CASE": q.Case, "CGI_TEST_NOTES": file, "GORACE": "atexit_sleep_ms=0"},
			Logger: paritytest.Silent,
		}
		var running sync.WaitGroup
		a := paritytest.OverHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			running.Add(1)
			defer running.Done()
			h.ServeHTTP(early{w}, r)
		}), q)
		running.Wait()
		if b, err := os.ReadFile(file); err == nil {
			if err := json.Unmarshal(b, &a.Notes); err != nil {
				t.Error(err)
			}
		}
		return a
	}, known)
}

// known are the cases in which the two are not the same.
var known = paritytest.Known{
	"header X-A: 1, X-A: 2, X-B: 3, X-A: 4":    "a variable has one value",
	"header of many lines":                     "the same",
	"header Connection: close":                 "fields about the connection are not the program's",
	"header Connection: keep-alive, X-A, Keep": "the same",
	"header Te: trailers, Trailer: X-T":        "the same",
	"header Upgrade: websocket, Connection: U": "the same",
	"header Expect: 100-continue":              "the Handler has met it",

	"target http://example.org/a?b":      "REQUEST_URI is without scheme and host",
	"target https://user@example.org:99": "the same",
	"target /%00":                        "no variable can have it",
	"target /a%0Ab":                      "none should have it",

	"no date": "net/http's server adds one, unless the program could say that it wants none",
	"101":     "the protocol cannot be switched",

	"POST, read deadline over":          "a pipe that others may share has no deadlines",
	"write deadline over":               "the same",
	"deadlines taken back":              "the same",
	"POST 300 KB, read after flush":     "the program reads the body before it answers",
	"POST, expecting, read after flush": "the same",
	"POST, torn":                        "the program is ended, and is not given what there is of the body",

	"panic":                      "a program that ends without an answer is a 502, which tells more than a closed connection",
	"panic after text":           "the same",
	"panic with unread body":     "the same",
	"panic nil":                  "the same",
	"abort":                      "the same",
	"length too large":           "the same",
	"length too small":           "the same",
	"copy with length too small": "the same",
	"panic after a lot":          "an exit status behind an answer without a length is in the log only",
	"panic after flush":          "the same",
	"abort after flush":          "the same",
	"goexit":                     "the same",
}

// early sends the head at once, so that net/http's server adds to it neither a length nor a type that
// the program has not said.
type early struct{ http.ResponseWriter }

func (e early) WriteHeader(status int) {
	e.ResponseWriter.WriteHeader(status)
	_ = http.NewResponseController(e.ResponseWriter).Flush()
}

func (e early) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// runCase is the program that answers a case's request, and leaves its notes in a file.
func runCase(name string) (code int) {
	var mu sync.Mutex
	notes := []string{}
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		notes = append(notes, fmt.Sprintf(format, args...))
	}
	code = 3
	done := make(chan struct{})
	go func() { // a handler may end its goroutine
		defer close(done)
		for _, c := range paritytest.Cases() {
			if c.Name != name {
				continue
			}
			s := &cgi.Server{
				Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.Handler(w, r, note) }),
				Logger:  paritytest.Silent,
			}
			if s.Serve(context.Background()) == nil {
				code = 0
			}
		}
	}()
	<-done
	mu.Lock()
	defer mu.Unlock()
	b, err := json.Marshal(notes)
	if err == nil {
		err = os.WriteFile(os.Getenv("CGI_TEST_NOTES"), b, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}
