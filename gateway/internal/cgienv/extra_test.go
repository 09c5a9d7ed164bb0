package cgienv_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

func TestExtra(t *testing.T) {
	extra, err := cgienv.NewExtra(map[string]string{"B": "2", "A": "1", "REQUEST_METHOD": "forged"})
	if err != nil {
		t.Fatal(err)
	}
	vars := cgienv.Vars{{Name: "REQUEST_METHOD", Value: "GET"}}
	extra.AddTo(&vars)
	if got := fmt.Sprint(vars); got != "[{REQUEST_METHOD GET} {A 1} {B 2}]" {
		t.Error(got)
	}
	for _, bad := range []string{"", "A B", "A=B", "HTTP_PROXY", "http_x", "A\n"} {
		if _, err := cgienv.NewExtra(map[string]string{bad: ""}); err == nil {
			t.Errorf("%q is a name", bad)
		}
	}
	if _, err := cgienv.NewExtra(map[string]string{"A": "a\x00"}); err == nil {
		t.Error("NUL is a value")
	}
}

func TestCheckMount(t *testing.T) {
	for mount, good := range map[string]bool{"": true, "/": true, "/a": true, "/a/b": true, "a": false, "/a/": true, "/a?b": false, "/a%20b": false, "//": true} {
		if err := cgienv.CheckMount(mount); (err == nil) != good {
			t.Errorf("%q: %v", mount, err)
		}
	}
}

// Only a layer of ours can say that a request without TLS came over it.
func TestVarsScheme(t *testing.T) {
	r := incoming("/a")
	r.URL.Scheme = "https" // as a trusted proxy's is set
	forged := incoming("/a")
	forged.RequestURI, forged.URL.Scheme = "https://example.com/a", "https"
	for want, r := range map[string]*http.Request{"on": r, "": forged} {
		vars, err := (&cgienv.Outgoing{}).Vars(r)
		if got := vars.Get("HTTPS"); got != want || err != nil {
			t.Errorf("%s: HTTPS is %q, want %q, %v", r.RequestURI, got, want, err)
		}
	}
}
