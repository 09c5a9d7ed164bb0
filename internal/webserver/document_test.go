package webserver_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/webserver"
)

// failing is a test that ends with a message.
type failing struct {
	testing.TB
	message string
}

func (*failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// fit is webserver.Fit, with the message of its failure.
func fit(prefix, text string, pairs ...string) (got, message string) {
	f := new(failing)
	done := make(chan struct{})
	go func() {
		defer close(done)
		got = webserver.Fit(f, prefix, text, pairs...)
	}()
	<-done
	return got, f.message
}

func TestFit(t *testing.T) {
	for _, row := range []struct{ name, prefix, text, from, to, want, message string }{
		{"replaced", "", "listen 80;\n", "listen 80;", "listen 127.0.0.1:12345;", "listen 127.0.0.1:12345;\n", ""},
		{"everywhere", "", "a b a\n", "a", "c", "c b c\n", ""},
		{"not there", "", "listen 81;\n", "listen 80;", "x", "", "has no"},
		{"in a comment only", "", "x # listen 80;\n", "listen 80;", "x", "", "has no"},
		{"left", "", "listen 80;\nserver_name example.com;\n", "listen 80;", "x", "", `"example.com" of docs/deploy/x/x.conf was not replaced`},
		{"left in a comment", "", "listen 80; # at example.com\n", "listen 80;", "x", "x\n", ""},
		{"comments", "", "# a\nlisten 80;  # b\n\"#\"\n", "listen 80;", "x", "\nx\n\"#\"\n", ""},
		{"no variant wanted", "", "# /wiki: y\nlisten 80;\n", "listen 80;", "x", "\nx\n", ""},
		{"variant", "/docs", "# /wiki: at /wiki/\n# /wiki: more\nat /\nlisten 80;\n", "listen 80;", "x", "at /docs/\nmore\nx\n", ""},
		{"escaped variant", "/my%20docs", "# /wiki: Pass \"/wiki\" \"http://h/wiki\"\nat /\nlisten 80;\n", "listen 80;", "x", "Pass \"/my docs\" \"http://h/my%20docs\"\nx\n", ""},
		{"no variant", "/docs", "listen 80;\n", "listen 80;", "x", "", "does not say what it is below a path"},
	} {
		got, message := fit(row.prefix, row.text, row.from, row.to)
		if got != row.want || (message == "") != (row.message == "") || !strings.Contains(message, row.message) {
			t.Errorf("%s: %q, %q", row.name, got, message)
		}
	}
}
