package matrix_test

import (
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/webserver"
)

// below are the cases for an application that is not at the root.
func below() []probe {
	list := []probe{
		{name: "the prefix alone", run: func(at trip) string { return at.outside(at.prefix) }},
		{name: "the prefix with a query", run: func(at trip) string { return at.outside(at.prefix + "?a=b") }},
		{name: "what only begins like the prefix", run: func(at trip) string { return at.outside(at.prefix + "x") }},
	}
	for _, p := range probes() {
		switch p.name {
		case "method GET", "method POST with a body", "path /a%2Fb", "path /a/b/", "path /a;b=c", "path /a//b", "path /a/../b", "path /%C3%A9", "query ?a=%2F%20+%C3%A9",
			"upload of 300 KB", "HEAD, short", "a redirect", "one Cookie", "Authorization Basic", "two requests on one connection":
			list = append(list, p)
		}
	}
	return list
}

// outside asks for a target that the prefix is not put before.
func (at trip) outside(target string) string {
	at.prefix = ""
	return at.visit(request{target: target})
}

var belowDifferences = []difference{
	{
		nginx, "the prefix alone | the prefix with a query",
		"+ status 301",
		"/wiki is sent on to /wiki/",
		"the location is /wiki/; a location /wiki would be that of /wikix too", false,
	},
	{
		"nginx-* apache-* haproxy-* lighttpd-cgi lighttpd-ajp", "what only begins like the prefix",
		"- Content-Type | - X-Content-Type-Options | - body | + a page | + Content-Type | + body",
		"404 is the server's own", "it does not reach the program", false,
	},
}

// escaped are for a prefix with %20 in it.
var escaped = []difference{
	{
		"apache-ajp apache-http", "the prefix alone | the prefix with a query | method GET | method POST with a body | path /a/b/ | path /a%2Fb | path /a//b | path /a;b=c | path /a/../b | path /%C3%A9 | query ?a=%2F%20+%C3%A9 | upload of 300 KB | HEAD, short | a redirect | one Cookie | Authorization Basic | two requests on one connection",
		"+ status ",
		"no prefix that has to be escaped",
		"Apache does not find the ProxyPass again by its address, and forgets what stands behind it: secret=, nocanon", false,
	},
}

// TestPrefix tells the program its prefix.
func TestPrefix(t *testing.T) {
	for _, prefix := range []string{"/wiki", "/my%20wiki"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			mount, _ := url.PathUnescape(prefix)
			paths, list, outcomes := behind(t, prefix, mount, below())
			known := slices.Concat(differences, belowDifferences)
			if mount != prefix {
				known = append(known, escaped...)
			}
			check(t, paths, list, outcomes, known)
		})
	}
}

// TestPrefixFound tells the program nothing: some servers do.
func TestPrefixFound(t *testing.T) {
	t.Parallel()
	tell := "apache-cgi apache-uwsgi lighttpd-cgi lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi"
	paths, _, outcomes := behind(t, "/wiki", "", []probe{{name: "path", request: request{target: "/a/b"}}})
	for _, path := range paths {
		got := outcomes[place{path, "path"}]
		want := `sees Path "/wiki/a/b"`
		if slices.Contains(strings.Fields(tell), path.String()) {
			want = `sees Path "/a/b"` + "\n" + `sees Prefix "/wiki"`
		}
		if !strings.Contains(got, want) && path.String() != "lighttpd-ajp" {
			t.Errorf("%s: no %q in\n%s", path, want, got)
		}
	}
}

// behind runs cases with the application at a prefix, with the program told a mount.
func behind(t *testing.T, prefix, mount string, list []probe) ([]webserver.Path, []probe, map[place]string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: web servers are started on Linux only")
	}
	dir := openFolder(t)
	paths := webserver.Paths()
	site := webserver.Start(t, webserver.App{Binary: program, Prefix: prefix, Env: []string{"ECHO_DIR=" + dir, "ECHO_MOUNT=" + mount}}, paths...)
	return paths, list, run(site, dir, prefix, paths, list)
}
