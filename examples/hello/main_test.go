package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Over TLS, as the session's cookie is Secure and net/http's jar keeps to that also on
// localhost, where browsers make an exception.
func TestHello(t *testing.T) {
	server := httptest.NewTLSServer(site())
	defer server.Close()
	client := server.Client()
	var err error
	if client.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	says := func(want string) {
		t.Helper()
		res, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, err := io.ReadAll(res.Body); err != nil || strings.TrimSpace(string(body)) != want {
			t.Errorf("%q, %v; want %q", body, err, want)
		}
	}
	says("Hello, stranger! This is visit 1.")
	says("Hello, stranger! This is visit 2.")
	res, err := client.PostForm(server.URL+"/signup", url.Values{"name": {"Ada"}, "password": {"a few words in a row"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // it has led to the start page, which counted visit 3
	if res.StatusCode != http.StatusOK {
		t.Fatalf("sign-up: %s", res.Status)
	}
	says("Hello, Ada! This is visit 4.")
}
