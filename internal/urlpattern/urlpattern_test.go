package urlpattern_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/urlpattern"
)

func ExamplePattern() {
	dictionary, _ := url.Parse("https://example.com/app/v1/main.js")
	p, err := urlpattern.Parse("/app/:version/main.js", dictionary)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Match(&url.URL{Path: "/app/v2/main.js"}), p.Match(&url.URL{Path: "/app/v2/beta/main.js"}))
	// Output: true false
}

// The verdicts are Chromium's, and where the standard's own tests have them (urlpatterntestdata.json of
// web-platform-tests) also theirs.
func TestMatch(t *testing.T) {
	for _, tt := range []struct{ pattern, matches, others string }{
		{`/foo/bar`, `/foo/bar /foo/bar? /foo/bar?q`, `/foo/ba /foo/bar/ /foo/bar/baz /FOO/bar /x/foo/bar`},
		// Stars.
		{`/foo/*`, `/foo/ /foo/bar /foo/bar/baz /foo/?q`, `/foo /foobar /`},
		{`*`, `/d/ /d/x /d/x/y`, `/ /e /dx`},
		{`/*`, `/ /a/b`, ``},
		{`/*/b`, `/a/b //b /a/x/b /b/b`, `/b /a/bb /a/b/`},
		{`/*a*b*c`, `/abc /xaxbxc /ababcc`, `/acb /abcd /ac`},
		{`/aa*aa`, `/aaaa /aaxaa /aaaaa`, `/aa /aaa`},
		{`/app/*/main.js`, `/app/1/main.js /app/1/2/main.js`, `/app/main.js /app/1/main.jsx`},
		{`/foo/*?`, `/foo /foo/ /foo/a/b`, `/foobar /fo`},
		{`/foo/*+`, `/foo/ /foo/a/b`, `/foo /foobar`},
		{`/foo/**`, `/foo /foo/ /foo/a/b`, `/foobar /fo`},
		{`/*{}**?`, `/ /foobar`, ``},
		// Names.
		{`/foo/:bar`, `/foo/bar /foo/index.html`, `/foo/ /foo /foo/bar/ /foo/a/b`},
		{`/foo/:bar?`, `/foo /foo/bar`, `/foo/ /foobar /foo/a/b`},
		{`/foo/:bar+`, `/foo/bar /foo/a/b`, `/foo /foo/ /foobar /foo/a/`},
		{`/foo/:bar*`, `/foo /foo/bar /foo/a/b`, `/foo/ /foobar /foo/a//b`},
		{`/:foo\bar`, `/bazbar /bbar`, `/bar /baz /b/bar`},
		{`/:foo.`, `/bar. /..`, `/bar /.`},
		{`/:a-:b`, `/x-y /x-y-z /---`, `/x-/y /xy /-x`},
		{`/{:foo}:bar*`, `/ab /abc`, `/a/b /`},
		// Groups.
		{`/foo{/bar}`, `/foo/bar`, `/foo /foo/ /foo/bar/baz`},
		{`/foo{/bar}?`, `/foo /foo/bar`, `/foo/ /foo/bar/bar`},
		{`/foo{/bar}+`, `/foo/bar /foo/bar/bar`, `/foo /foo/ /foo/bar/baz`},
		{`/foo{/bar}*`, `/foo /foo/bar /foo/bar/bar`, `/foo/ /foo/bar/baz`},
		{`/foo{-:n}?.js`, `/foo.js /foo-1.js`, `/foo-.js /foo1.js`},
		{`/{v:n.}*x`, `/x /v1.x /v1.v2.x /v1.2.x`, `/v.x /v1x /v1.v2x`},
		{`/foo{}bar`, `/foobar`, `/foo{}bar`},
		{`{/foo}/x`, `/foo/x`, `/d/foo/x`},
		// Escapes and characters.
		{`/foo\*`, `/foo*`, `/foo /foobar`},
		{`/foo{\:}`, `/foo:`, `/foo`},
		{`/foo\{`, `/foo%7B`, `/foo`},
		{`/foo\(`, `/foo(`, `/foo`},
		{`/c\+\+`, `/c++`, `/cpp`},
		{`/foo!`, `/foo!`, `/foo`},
		{`/a|b^c'`, `/a%7Cb%5Ec'`, `/abc`},
		{`/a[b]`, `/a[b]`, `/ab`},
		{`/caf%C3%A9`, `/caf%C3%A9`, `/caf%c3%a9 /caf`},
		{`/caf%c3%a9`, `/caf%c3%a9`, `/caf%C3%A9`},
		{`/%61`, `/%61`, `/a`},
		{`/a b`, `/a%20b`, `/a+b`},
		// Relative to https://example.com/d/f?k=v, and dots.
		{`b`, `/d/b`, `/b /d/f/b`},
		{`./b`, `/d/b`, `/b`},
		{`../b/*`, `/b/x`, `/d/b/x`},
		{`:x.js`, `/d/a.js`, `/a.js /d/e/a.js`},
		{``, `/d/ /d/?q`, `/d/f /`},
		{`/foo/../bar`, `/bar`, `/foo/bar`},
		{`/foo/%2E%2e/bar/.`, `/bar/`, `/bar /foo/bar`},
		{`/a/./:x`, `/a//y`, `/a/y`}, // the slash before a wildcard belongs to the wildcard
		{`\/b`, `/b`, `/d/b`},
		{`data{\:}x`, `/d/data:x`, `/d/data`},
		// The search.
		{`/foo?bar`, `/foo?bar`, `/foo /foo? /foo?barb /foo?bar=1 /foo?BAR`},
		{`/foo?`, `/foo /foo?`, `/foo?a`},
		{`/foo??bar`, `/foo?bar`, `/foo??bar`},
		{`/foo?q=*`, `/foo?q= /foo?q=a/b`, `/foo /foo?r=`},
		{`/foo?q=:v&r`, `/foo?q=1&r /foo?q=a/b&r`, `/foo?q=&r`},
		{`/foo?a\?b`, `/foo?a?b`, `/foo?ab /foo?b`},
		{`/foo?q='%61`, `/foo?q=%27%61`, `/foo?q='a`},
		{`/*\?foo`, `/?foo /a/b?foo`, `/ /foo`},
		{`/:name\?foo`, `/bar?foo`, `/bar /?foo`},
		{`/{bar}\?foo`, `/bar?foo`, `/bar /foo`},
		{`/:name?foo`, `/xfoo`, `/foo /x?foo`},
		{`?bar`, `/d/f?bar`, `/d/f /d/?bar /d/f?k=v`},
		// The fragment counts only in that what is left out before it is empty, or base's.
		{`/foo?bar#baz`, `/foo?bar`, `/foo /foo?`},
		{`/foo#baz`, `/foo`, `/foo?bar`},
		{`#baz`, `/d/f?k=v`, `/d/f /d/?k=v`},
		// With the origin.
		{`https://example.com/foo/*`, `/foo/x`, `/foo`},
		{`HTTPS://EXAMPLE.com:443/foo`, `/foo`, `/`},
		{`https://example.com`, `/ /foo/bar?q`, ``},
		{`https://example.com?foo`, `/?foo`, `/ /foo?foo`},
		{`https://example.com\?foo`, `/?foo`, `/`},
		{`https://example.com/*#foo`, `/ /a`, `/a?q`},
	} {
		p, err := urlpattern.Parse(tt.pattern, parsed(t, "https://example.com/d/f?k=v"))
		if err != nil {
			t.Error(err)
			continue
		}
		// Its own form means the same, whatever the base.
		own, err := urlpattern.Parse(p.String(), parsed(t, "http://other.example/x/y"))
		if err != nil || own.String() != p.String() {
			t.Errorf("%q is %q in its own form, which is %q, %v", tt.pattern, p, own, err)
		}
		for _, p := range []urlpattern.Pattern{p, own} {
			for _, u := range strings.Fields(tt.matches) {
				if !p.Match(parsed(t, "https://example.com"+u)) {
					t.Errorf("%q does not match %s", p, u)
				}
			}
			for _, u := range strings.Fields(tt.others) {
				if p.Match(parsed(t, "https://example.com"+u)) {
					t.Errorf("%q matches %s", p, u)
				}
			}
		}
	}
}

func TestString(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{`/foo/*`, `/foo/*`},
		{`*.css`, `/a{\:}b/\*/*.css`},
		{`?q=*`, `/a{\:}b/\*/f?q=*`},
		{`#x`, `/a{\:}b/\*/f?k=v{\:}\?`},
		{`/foo/../{bar}`, `/bar`},
		{`/:x{}y`, `{/:x}y`},
		{`/:x\?y`, `/:x\?y`},
		{`/{:x}:y?`, `/:x{:y}?`},
		{`/*{*}`, `/*{*}`},
		{`/a{\:}{*}`, `/a{\:}{*}`},
		{`/:x?/{a:y\b}/*`, `{/:x}?/{a:y\b}/*`},
		{`/{a\:}*`, `/{a\:}*`},
		{`/foo#x`, `/foo?`},
		{`/a?{b/:x}`, `/a?{b/:x}`},
		{`https://example.com`, `/*`},
	} {
		p, err := urlpattern.Parse(tt.pattern, parsed(t, "https://example.com/a:b/*/f?k=v:?"))
		if err != nil || p.String() != tt.want {
			t.Errorf("%q: %q, %v, want %q", tt.pattern, p, err, tt.want)
		}
	}
}

func TestParse_errors(t *testing.T) {
	for _, tt := range []struct{ pattern, says string }{
		{`/(.*)`, `"(" at byte 1 begins a regular expression`},
		{`/:x([0-9]+)`, `"(" at byte 3 begins a regular expression`},
		{`/a?(b)`, `"(" at byte 3`},
		{`/café`, "byte 4 is not printable ASCII"},
		{"/a\nb", "byte 2 is not printable ASCII"},
		{"/\\\x00", "byte 2 is not printable ASCII"},
		{`/foo\`, "backslash at byte 4"},
		{`/c++`, `the "+" at byte 2 modifies nothing; as a character it is written \+`},
		{`/a?b?c`, `the "?" at byte 4 modifies nothing`},
		{`/foo}`, `"}" at byte 4 closes nothing`},
		{`/{foo`, `"{" at byte 1 has no "}"`},
		{`/{a{b}}`, `"{" at byte 1 has no "}"`},
		{`/{:a:b}`, `"{" at byte 1 has no "}"`},
		{`/{a?}`, `"{" at byte 1 has no "}"`},
		{`/{a:}`, `"{" at byte 1 has no "}"`},
		{`/:id/:id`, "two :id, the second at byte 5"},
		{`/*a/../..`, `the dots in "a/../.."`},
		{`/foo:`, "colon at byte 4 ends a scheme"},
		{`/t=12:30`, "colon at byte 5 ends a scheme"},
		{`/foo\:x`, `written {\:}`},
		{`data:`, "not http or https"},
		{`ftp://example.com/`, "not http or https"},
		{`http{s}?://example.com/`, "pattern at byte 4"},
		{`https://*.example.com/`, "pattern at byte 8"},
		{`https://{sub.}?example.com/`, "pattern at byte 8"},
		{`https://example.com:port/`, "pattern at byte 19"},
		{`https:/example.com/`, "no // follows the scheme at byte 5"},
		{`https:///foo`, "no host at byte 8"},
		{`https://me@example.com/`, "or a user"},
		{`http://example.com/`, "the scheme is http, and the dictionary's https"},
		{`https://example.org/`, "the host is example.org, and the dictionary's example.com"},
		{`https://example.com:8443/`, "the host is example.com:8443"},
		{`https://example.com:80/`, "the host is example.com:80"},
		{`/a#:`, `colon at byte 3`},
		{`/a#}`, `"}" at byte 3`},
		{"/" + strings.Repeat("{a}*", 17), "17 wildcards and groups"},
		{"/" + strings.Repeat("*a", 16) + ":n", "17 wildcards and groups"},
		{"/" + strings.Repeat("a", 1024), "1025 bytes; 1024 are allowed"},
		{strings.Repeat("a", 1022), "1025 characters with the dictionary's path; 1024 are allowed"},
	} {
		p, err := urlpattern.Parse(tt.pattern, parsed(t, "https://example.com/d/f"))
		if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), "URL pattern ") {
			t.Errorf("%.80q: %v, want %q", tt.pattern, err, tt.says)
		}
		if p.Match(parsed(t, "/")) || p.Match(parsed(t, "/d/")) {
			t.Errorf("%q is an error and matches", tt.pattern)
		}
	}
}

// A server does not always know its own scheme and host.
func TestParse_partOfBase(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		base    *url.URL
		ok      bool
	}{
		{`http://a.example/x`, nil, true},
		{`http://a.example/x`, &url.URL{}, true},
		{`http://a.example/x`, &url.URL{Host: "a.example:80"}, true},
		{`https://a.example/x`, &url.URL{Host: "A.example"}, true},
		{`https://a.example/x`, &url.URL{Host: "a.example:80"}, false},
		{`https://a.example/x`, &url.URL{Scheme: "http"}, false},
		{`http://[\:\:1]:8080/x`, &url.URL{Scheme: "http", Host: "[::1]:8080"}, true},
		{`x`, nil, true},
		{`x`, &url.URL{Path: "*"}, true},
	} {
		p, err := urlpattern.Parse(tt.pattern, tt.base)
		if (err == nil) != tt.ok {
			t.Errorf("%s on %v: %v", tt.pattern, tt.base, err)
		}
		if got := p.Match(&url.URL{Path: "/x"}); got != tt.ok {
			t.Errorf("%s on %v: match is %v", tt.pattern, tt.base, got)
		}
	}
}

// No pattern makes a match try things twice: these would take a backtracking matcher years.
func TestMatch_hostile(t *testing.T) {
	long := &url.URL{Path: "/" + strings.Repeat("a", 8000)}
	names := "/"
	for i := range 8 {
		names += fmt.Sprintf(":n%d{a}*", i)
	}
	for _, pattern := range []string{
		"/" + strings.Repeat("*a", 500) + "*b",
		"/" + strings.Repeat("{a}?", 16) + strings.Repeat("a", 20) + "b",
		"/" + strings.Repeat("{*a}*", 16) + "b",
		"/" + strings.Repeat("{*}*", 16) + "b",
		"/" + strings.Repeat("{"+strings.Repeat("a", 50)+"}+", 16) + "b",
		"/a*a?" + strings.Repeat("*a", 500) + "b",
		names + "b",
	} {
		p, err := urlpattern.Parse(pattern, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p.Match(long) {
			t.Errorf("%.40s matches", pattern)
		}
	}
}

// A server compares each URL with the patterns of all dictionaries, and clients may send a megabyte.
func TestMatch_longURL(t *testing.T) {
	for _, pattern := range []string{"/*", "/:name", "/?*"} {
		p, err := urlpattern.Parse(pattern, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{8 << 10, 8<<10 + 1, 1 << 20} {
			u := &url.URL{Path: "/" + strings.Repeat("a", n-1)}
			if pattern == "/?*" {
				u = &url.URL{Path: "/", RawQuery: strings.Repeat("a", n-1)}
			}
			if got := p.Match(u); got != (n <= 8<<10) {
				t.Errorf("%s on %d bytes: %t", pattern, n, got)
			}
		}
	}
}

func TestMatch_allocatesNothing(t *testing.T) {
	u := parsed(t, "/app/v1/main.js?q=1")
	for _, pattern := range []string{"/app/*/main.js", "/app/:version/main.js", "/app{/v:n}*/*\\?q=:x"} {
		p, err := urlpattern.Parse(pattern, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() {
			if !p.Match(u) {
				t.Fatalf("%s does not match", pattern)
			}
		}); n > 0 && !raceEnabled /* with which pools lose some of what is put into them */ {
			t.Errorf("%s: %v allocations", pattern, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	u := &url.URL{Path: "/app/v1/main.js", RawQuery: "q=1"}
	for _, pattern := range []string{"/app/*/main.js", "/app/:version/main.js"} {
		b.Run(pattern, func(b *testing.B) {
			p, err := urlpattern.Parse(pattern, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Match(u)
			}
		})
	}
}

// FuzzParse: no pattern panics, and the pattern's own form is the same pattern.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"/foo/*", "/:x{/v:n.}*y\\?a=*", "*.css#x", "https://a.example:443/{a}?b", "?q=\\*", "../{:x}:y?", "/a\\:{\\:}/**", "{/a}{/../b:x}", "/{a:x\\b}c",
	} {
		f.Add(s, "/a/b:*/c", "/a/b/c?q=1")
	}
	f.Fuzz(func(t *testing.T, pattern, base, target string) {
		p, err := urlpattern.Parse(pattern, &url.URL{Host: "a.example", Path: base, RawQuery: base})
		if err != nil {
			return
		}
		own, err := urlpattern.Parse(p.String(), nil)
		if err != nil {
			if len(p.String()) > 1024 { // escapes can make it longer than it was
				return
			}
			t.Fatalf("%q is %q in its own form: %v", pattern, p, err)
		}
		if own.String() != p.String() {
			t.Errorf("%q is %q in its own form, and that is %q", pattern, p, own)
		}
		path, query, _ := strings.Cut(target, "?")
		u := &url.URL{Path: path, RawQuery: query}
		if p.Match(u) != own.Match(u) {
			t.Errorf("%q matches %s: %v; its own form %q: %v", pattern, u, p.Match(u), own, own.Match(u))
		}
	})
}

func parsed(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
