package cgi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
)

func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "a.cgi", "#!/bin/sh\necho 'Content-Type: text/plain'; echo; env | sort; cat; echo err >&2")
	s := httptest.NewServer(&cgi.Handler{Path: file})
	defer s.Close()
	resp, err := http.Post(s.URL+"/x/y?z", "text/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	t.Log(resp, string(b), err)
}
