package cgi_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// runServer is a process that serves one request, of which it prints the answer.
func runServer(file string) int {
	h := &cgi.Handler{Path: file}
	s := httptest.NewServer(h)
	defer s.Close()
	r, _ := http.NewRequestWithContext(context.Background(), "GET", s.URL, nil)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer resp.Body.Close()
	for scan := bufio.NewScanner(resp.Body); scan.Scan(); {
		fmt.Println(scan.Text())
	}
	return 0
}
