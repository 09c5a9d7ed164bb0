//go:build unix

package cgi_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
)

func TestDir(t *testing.T) {
	dir := t.TempDir()
	const show = "#!/bin/sh\nprintf '\\n%s|%s|%s|%s' \"${0##*/}\" \"$SCRIPT_NAME\" \"$PATH_INFO\" \"${PWD##*/}\"\n"
	for _, name := range []string{
		"a.cgi", "sub/b", "sub/index.cgi", "with space", ".hidden", "a.cgi~", "a.cgi.bak", "#a.cgi#", "a.cgi.orig", "a.cgi.dpkg-old",
		"a.cgi.swp", ".git/hooks/x",
	} {
		write(t, dir, name, show)
	}
	write(t, dir, "plain.txt", "secret")
	if err := os.Chmod(filepath.Join(dir, "plain.txt"), 0o644); err != nil {
		t.Fatal(err)
	}
	base := filepath.Base(dir)
	j := new(journal)
	mux := http.NewServeMux()
	d := &cgi.Dir{Root: dir, Index: []string{"index.cgi"}, Programs: cgi.Handler{Logger: j.logger()}}
	mux.Handle("/cgi-bin/", http.StripPrefix("/cgi-bin", d))
	mux.Handle("/m/", &cgi.Dir{Root: dir, Programs: cgi.Handler{Mount: "/m", Logger: j.logger()}})
	at := site(t, mux)
	for _, tt := range []struct{ path, want string }{
		{"/cgi-bin/a.cgi", "200 a.cgi|/cgi-bin/a.cgi||" + base},
		{"/cgi-bin/a.cgi/", "200 a.cgi|/cgi-bin/a.cgi|/|" + base},
		{"/cgi-bin/a.cgi/x/y%20z?q", "200 a.cgi|/cgi-bin/a.cgi|/x/y z|" + base},
		{"/cgi-bin/with%20space/x", "200 with space|/cgi-bin/with space|/x|" + base},
		{"/cgi-bin/sub/b/c", "200 b|/cgi-bin/sub/b|/c|sub"},
		{"/cgi-bin/sub/", "200 index.cgi|/cgi-bin/sub/index.cgi||sub"},
		{"/cgi-bin/sub", "301 Location: /cgi-bin/sub/; <a href=\"/cgi-bin/sub/\">Moved Permanently</a>."},
		{"/cgi-bin/sub?q=1", "301 Location: /cgi-bin/sub/?q=1; <a href=\"/cgi-bin/sub/?q=1\">Moved Permanently</a>."},
		{"/m/a.cgi/x", "200 a.cgi|/m/a.cgi|/x|" + base},
		{"/m/sub", "404"},
		{"/m/sub/", "404"},
		{"/cgi-bin/", "404"},
		{"/cgi-bin/no", "404"},
		{"/cgi-bin/no/a.cgi", "404"},
		{"/cgi-bin/plain.txt", "403"},
		{"/cgi-bin/plain.txt/a.cgi", "403"}, // what is there splits the path, and nothing else (CVE-2019-11043)
		{"/cgi-bin/.hidden", "404"},
		{"/cgi-bin/.git/hooks/x", "404"},
		{"/cgi-bin/a.cgi~", "404"},
		{"/cgi-bin/a.cgi.bak", "404"},
		{"/cgi-bin/%23a.cgi%23", "404"},
		{"/cgi-bin/a.cgi.orig/x", "404"},
		{"/cgi-bin/a.cgi.dpkg-old", "404"},
		{"/cgi-bin/a.cgi.swp", "404"},
		{"/cgi-bin/sub%2F..%2Fa.cgi", "404"},
		{"/cgi-bin/..%2fa.cgi", "404"},
		{"/cgi-bin/sub%5Cb", "404"},
	} {
		if got := ask(t, "GET", at+tt.path, nil); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
	if !strings.Contains(j.String(), "is not executable; chmod +x it") {
		t.Errorf("the log does not say why: %s", j)
	}
	// A folder at the root of the server: no address of another host comes out of it.
	bare := site(t, &cgi.Dir{Root: dir, Index: []string{"index.cgi"}})
	if got := ask(t, "GET", bare+"//sub", nil); !strings.HasPrefix(got, "301 Location: /sub/;") {
		t.Error(got)
	}
}
