package auth

import (
	"net/http"
	"net/url"
	"strings"
)

// Next returns where to send somebody who has just signed in or out: the form field or
// query parameter "next" where that is a path on this origin, else [Guard.Home]. It
// reads the form only where that was parsed before.
func (g *Guard) Next(r *http.Request) string {
	s, err := g.settle()
	if err != nil {
		return "/"
	}
	next := r.PostForm.Get("next")
	if next == "" {
		next = r.URL.Query().Get("next")
	}
	if !local(next) || path(next) == path(s.loginPath) {
		return s.home
	}
	return next
}

func path(s string) string {
	p, _, _ := strings.Cut(s, "?")
	p, _, _ = strings.Cut(p, "#")
	return p
}

// maxNext bounds what is carried through a login.
const maxNext = 2 << 10

// local reports whether a browser that is sent to s stays on this origin, as the URL
// parser of the WHATWG reads s and not as RFC 3986 does: there "\" is "/", tabs and
// line ends are not there at all, and "//" begins a host. It is stricter than that:
// what would be such an address after a proxy or a handler has decoded it, or has
// cleaned its path, is refused too.
func local(s string) bool {
	if s == "" || s[0] != '/' || len(s) > maxNext {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f { // the rest of a URL is percent-encoded
			return false
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return false
	}
	return plain(path(s)) && plain(u.Path)
}

// plain refuses the paths that hide a host, or something a log or a header chokes on.
func plain(p string) bool {
	return !strings.Contains(p, "//") && !strings.ContainsFunc(p, func(r rune) bool {
		return r == '\\' || r < ' ' || r == 0x7f
	})
}
