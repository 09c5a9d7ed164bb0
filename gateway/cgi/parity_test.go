package cgi_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

func TestParity(t *testing.T) {
	paritytest.Run(t, func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
		var environ []string
		for _, v := range q.Vars() {
			environ = append(environ, v[0]+"="+v[1])
		}
		var stdout bytes.Buffer
		done := make(chan error)
		go func() { // a handler may end its goroutine
			err := cgi.ErrAborted
			defer func() { done <- err }()
			s := cgi.Server{
				Handler: h, Environ: environ, Stdin: strings.NewReader(q.Body), Stdout: &stdout, Logger: paritytest.Silent,
			}
			err = s.Serve(context.Background())
		}()
		err := <-done
		a := paritytest.ReadCGI(&stdout, q.Method)
		a.Torn = a.Torn || err == cgi.ErrAborted
		return a
	}, paritytest.Known{
		"POST, read deadline over":          "a pipe that others may share has no deadlines",
		"write deadline over":               "the same",
		"deadlines taken back":              "the same",
		"POST 300 KB, read after flush":     "Apache takes no answer before it has sent the body",
		"POST, expecting, read after flush": "the same",
	})
}
