package gateway_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway"
)

// A web server makes the words of a query arguments of a CGI program (RFC 3875 §4.4). One that reads
// flags must not let any client choose where it listens, and so by which protocol clients say who
// they are.
func TestQueryIsNoFlag(t *testing.T) {
	own := os.Args
	defer func() { os.Args = own }()
	listens := func() bool {
		l, err := gateway.Listen(t.Context(), "fcgi://127.0.0.1:0")
		if err == nil {
			_ = l.Close()
		} else if !strings.Contains(err.Error(), "words of the query") {
			t.Error(err)
		}
		return err == nil
	}
	for _, c := range []struct {
		method, query string
		args          []string
		want          bool
	}{
		{"GET", "--listen+fcgi://0.0.0.0:9000", []string{"--listen", "fcgi://0.0.0.0:9000"}, false},
		{"GET", "--listen=fcgi://0.0.0.0:9000", []string{"--listen", "fcgi://127.0.0.1:0"}, true}, // no words: they are ours
		{"GET", "", []string{"--listen", "fcgi://127.0.0.1:0"}, true},
		{"GET", "--listen+x", nil, true},
		{"", "--listen+x", []string{"--listen", "x"}, true}, // started by hand
	} {
		t.Setenv("GATEWAY_INTERFACE", "CGI/1.1")
		t.Setenv("REQUEST_METHOD", c.method)
		t.Setenv("QUERY_STRING", c.query)
		os.Args = append(own[:1:1], c.args...)
		if got := listens(); got != c.want {
			t.Errorf("%s %q with arguments %q: listens %v", c.method, c.query, c.args, got)
		}
	}
	t.Setenv("REQUEST_METHOD", "GET")
	os.Args = []string{own[0], "--listen", "x"}
	for _, url := range []string{"http://127.0.0.1:0", "fcgi:"} { // and not the request's body, as FastCGI
		s := &gateway.Server{Handler: http.NotFoundHandler(), URL: url}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Serve(ctx); err == nil || !strings.Contains(err.Error(), "words of the query") {
			t.Errorf("Serve at %s: %v", url, err)
		}
	}
}
