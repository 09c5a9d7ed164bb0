package scgi_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/apptest"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/scgi"
	"github.com/surcoat/surcoat/internal/testserver"
)

// A WSGI program runs behind uWSGI, which speaks this protocol too.
func TestClientUWSGI(t *testing.T) {
	file, err := filepath.Abs("../uwsgi/testdata/app.py")
	if err != nil {
		t.Fatal(err)
	}
	c := &scgi.Client{Addresses: []string{testserver.UWSGI(t, "scgi", file).Addr}, Mount: "/app"}
	upload := paritytest.Request{Method: "POST", Target: "/app/upload", Body: strings.Repeat("body", 100_000)}
	for _, tt := range []struct {
		q    paritytest.Request
		want string
	}{
		{upload, "201 400000 5663c4eee83db258d58e4a31989cd750"},
		{paritytest.Request{Target: "/app/stream"}, "200 line 0\nline 1\nline 2\nline 3\nline 4\n"},
		{paritytest.Request{Target: "/app/fail"}, "502"},
		{paritytest.Request{Target: "/app/short"}, "torn"},
		{paritytest.Request{Target: "/other"}, "404"},
	} {
		if got := apptest.Ask(t, c, tt.q); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.q.Target, got, tt.want)
		}
	}
}
