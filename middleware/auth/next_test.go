package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
)

// hostile are values of next that leave the origin for some browser, proxy or handler, or
// did once. Most follow from the URL parser of the WHATWG (url.spec.whatwg.org
// §4.4): "\" is "/" in special schemes, tab and line ends are dropped anywhere, controls
// and blanks at both ends, and a scheme may be followed by any number of slashes.
var hostile = []string{
	"//evil.example", "///evil.example", "////evil.example", "//evil.example/%2f..",
	`/\evil.example`, `\/evil.example`, `\\evil.example`, `/\/evil.example`, `//\evil.example`, `/\\evil.example`,
	"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", "\n//evil.example", "/\r\n/evil.example",
	" //evil.example", "\x00//evil.example", "\x0b//evil.example", "\x1f//evil.example", "\u00a0//evil.example", "\ufeff//evil.example",
	"/\t\\evil.example", "/\x00/evil.example", "/\x0b/evil.example", "/ /evil.example", "/\u2028/evil.example", "/a\x7f",
	"/%5cevil.example", "/%5Cevil.example", "/%2fevil.example", "/%2Fevil.example", "/%2f%2fevil.example", "/%5c%5cevil.example",
	"/%09/evil.example", "/%0a/evil.example", "/%0d%0aSet-Cookie:x=y", "/a%00b",
	"/.//evil.example", "/..//evil.example", "/a/..//evil.example", "/./%2fevil.example", "/%2e%2e//evil.example", "/a//evil.example",
	"http://evil.example", "https://evil.example", "HTTPS://evil.example", "http:evil.example", "https:/evil.example", "https:///evil.example",
	`https:\\evil.example`, `https:/\evil.example`, "ftp://evil.example", "ws://evil.example",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "file:///etc/passwd",
	"//user@evil.example", "//example.com@evil.example", "//evil.example:80", "//[::1]", "//0x7f.1", "//evil%2eexample", "//evil。example", "/／evil.example",
	"evil.example", "a/b", "?a", "#a", "", ".", "..", "*",
	"/\u202eevil", "/é", "/%zz", "/%", "/" + strings.Repeat("x", 2048),
	"/login", "/login?next=%2Flogin", "/login#x",
}

// spec 23.
func TestNextNeverLeavesTheOrigin(t *testing.T) {
	guard := &auth.Guard{
		Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from}}, LoginPath: "/login", Home: "/home",
	}
	for _, next := range hostile {
		if got := guard.Next(withNext(next)); got != "/home" {
			t.Errorf("next %q: %q, want /home", next, got)
		}
	}
	for _, next := range []string{
		"/", "/a", "/a/b/", "/a?b=c&d=e", "/a?u=https://example.org//x", "/a#b", "/a?b#c", "/%C3%A9", "/a%20b", "/a:b@c", "/?next=%2F%2Fevil.example", "/login/x",
		"/a?b=%5C%2F%2F",
	} {
		if got := guard.Next(withNext(next)); got != next {
			t.Errorf("next %q: %q", next, got)
		}
	}
}

func withNext(next string) *http.Request {
	return request("GET", "/login?"+url.Values{"next": {next}}.Encode())
}

// The form field outweighs the query, as it is what was shown.
func TestNextOfAForm(t *testing.T) {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from}}}
	r := request("POST", "/login?next=%2Fquery")
	r.PostForm = url.Values{"next": {"/form"}}
	if got := guard.Next(r); got != "/form" {
		t.Errorf("%q, want /form", got)
	}
	if got := (&auth.Guard{}).Next(r); got != "/" {
		t.Errorf("a Guard that cannot work: %q, want /", got)
	}
}

// whatwg says where a browser on https://site.example goes for ref, following the states of
// the URL parser that decide about the origin; it knows no more than these.
func whatwg(ref string) (sameOrigin bool) {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' })
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(ref)
	if i := strings.IndexByte(ref, ':'); i > 0 && !strings.ContainsAny(ref[:i], `/\?#`) {
		return false // a scheme, or as good as
	}
	ref = strings.ReplaceAll(ref, `\`, "/")
	return !strings.HasPrefix(ref, "//")
}

// spec 23, for whatever else may come.
func FuzzNext(f *testing.F) {
	for _, next := range hostile {
		f.Add(next)
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from}}}
	f.Fuzz(func(t *testing.T, next string) {
		got := guard.Next(withNext(next))
		decoded, err := url.PathUnescape(got)
		if err != nil && !strings.Contains(got, "?") && !strings.Contains(got, "#") {
			t.Errorf("next %q: %q does not decode", next, got)
		}
		if !whatwg(got) || err == nil && !whatwg(decoded) || got[0] != '/' {
			t.Errorf("next %q: %q leaves the origin", next, got)
		}
		for i := range len(got) {
			if got[i] <= ' ' || got[i] >= 0x7f {
				t.Errorf("next %q: %q has byte %#x", next, got, got[i])
			}
		}
	})
}
