package session

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/internal/fieldlist"
)

// Cookie says what the session's cookie looks like. The zero Cookie is the safest:
// __Host-session, Secure, HttpOnly, SameSite=Lax, Path=/, gone when the browser
// closes. HttpOnly cannot be turned off.
type Cookie struct {
	// Name is the cookie's name. "" is "__Host-session"; with a Domain or a Path,
	// which that prefix forbids, "__Secure-session"; with InsecureCookie "session".
	Name string

	// Path limits the cookie to a part of the site; "" is "/". It is no protection
	// from other parts of the same host.
	Path string

	// Domain lets the hosts below a domain share the cookie; "" keeps it to the host
	// that set it.
	Domain string

	// MaxAge is how long the browser keeps the cookie, at most 400 days (RFC 6265bis
	// §5.5). 0 makes a browser session: the cookie goes when the browser closes. The
	// server enforces IdleTimeout and Lifetime in either case.
	MaxAge time.Duration

	// SameSite is http.SameSiteLaxMode when 0. None requires Secure.
	SameSite http.SameSite

	// Partitioned keys the cookie by the top-level site as well (CHIPS), for pages
	// embedded in others' pages. It requires Secure.
	Partitioned bool

	// InsecureCookie leaves Secure out, so that the cookie also travels over plain
	// http, where anybody on the way can take it. It is not needed for
	// http://localhost and http://127.0.0.1: Chromium, Firefox and curl keep a Secure
	// cookie there (Safari may not). Nothing else turns Secure off, no
	// X-Forwarded-Proto and no missing TLS.
	InsecureCookie bool
}

const (
	maxCookie    = 4096                 // name and value (RFC 6265bis §5.5)
	maxCookieAge = 400 * 24 * time.Hour // what browsers cut Max-Age down to
	// maxSameName bounds how many cookies of our name a request may carry: a browser
	// sends several when Path or Domain was changed, and the stale one may be first.
	maxSameName = 4
)

// cookieForm is a Cookie that was checked, in the form in which it is used.
type cookieForm struct {
	name   string
	secure bool
	attrs  string // "; Path=/; HttpOnly…"
}

// form returns c in its final form, or what is wrong with it.
func (c Cookie) form() (f cookieForm, problem string) {
	if c.Path == "" {
		c.Path = "/"
	}
	if c.Name == "" {
		switch {
		case c.InsecureCookie:
			c.Name = "session"
		case c.Domain != "" || c.Path != "/":
			c.Name = "__Secure-session"
		default:
			c.Name = "__Host-session"
		}
	}
	if c.SameSite == 0 {
		c.SameSite = http.SameSiteLaxMode
	}
	hc := http.Cookie{
		Name: c.Name, Value: "v", Path: c.Path, Domain: c.Domain, SameSite: c.SameSite,
		HttpOnly: true, Secure: !c.InsecureCookie, Partitioned: c.Partitioned,
	}
	lower := strings.ToLower(c.Name) // browsers compare the prefixes so
	switch err := hc.Valid(); {
	case c.Partitioned && c.InsecureCookie:
		return f, "Cookie.Partitioned: browsers refuse it without Secure; leave InsecureCookie off"
	case c.SameSite == http.SameSiteNoneMode && c.InsecureCookie:
		return f, "Cookie.SameSite: browsers refuse None without Secure; leave InsecureCookie off"
	case c.SameSite < http.SameSiteLaxMode || c.SameSite > http.SameSiteNoneMode:
		return f, "Cookie.SameSite: not Lax, Strict or None"
	case err != nil:
		return f, "Cookie: " + err.Error()
	case c.Path[0] != '/':
		return f, "Cookie.Path: does not start with a slash"
	case strings.HasPrefix(lower, "__host-") && (c.Domain != "" || c.Path != "/" || c.InsecureCookie):
		return f, "Cookie.Name: browsers refuse __Host- with a Domain, a Path other than / or InsecureCookie"
	case strings.HasPrefix(lower, "__secure-") && c.InsecureCookie:
		return f, "Cookie.Name: browsers refuse __Secure- with InsecureCookie"
	case c.MaxAge < 0 || c.MaxAge > maxCookieAge:
		return f, "Cookie.MaxAge: not between 0 and 400 days"
	case c.MaxAge > 0 && c.MaxAge < time.Second:
		return f, "Cookie.MaxAge: less than a second"
	}
	_, f.attrs, _ = strings.Cut(hc.String(), "; ")
	f.attrs = "; " + f.attrs
	f.name, f.secure = c.Name, !c.InsecureCookie
	return f, ""
}

// set returns a Set-Cookie line that gives the client value, to be kept for maxAge, but
// no longer than the session may live.
func (f *cookieForm) set(value string, maxAge, left time.Duration) string {
	b := make([]byte, 0, len(f.name)+1+len(value)+len(f.attrs)+20)
	b = append(b, f.name...)
	b = append(b, '=')
	b = append(b, value...)
	b = append(b, f.attrs...)
	if maxAge > 0 {
		age := max(min(maxAge, left), time.Second)
		b = append(b, "; Max-Age="...)
		b = strconv.AppendInt(b, int64(age/time.Second), 10)
	}
	return string(b)
}

// fits returns ErrTooLarge for a value so long that browsers drop the cookie.
func (f *cookieForm) fits(length int) error {
	if len(f.name)+length > maxCookie {
		return ErrTooLarge
	}
	return nil
}

// drop returns a Set-Cookie line that makes the client forget the cookie. It carries
// no value that anybody could use.
func (f *cookieForm) drop() string {
	return f.name + "=" + f.attrs + "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"
}

// put makes line the only Set-Cookie line of its name in h, and keeps the response
// out of caches.
func (f *cookieForm) put(h http.Header, line string) {
	lines := h["Set-Cookie"]
	kept := make([]string, 0, len(lines)+1)
	for _, l := range lines {
		if name, _, _ := strings.Cut(l, "="); strings.TrimSpace(name) != f.name {
			kept = append(kept, l)
		}
	}
	h["Set-Cookie"] = append(kept, line)
	if !fieldlist.Has(h["Cache-Control"], "no-store") {
		h["Cache-Control"] = []string{"no-store"}
	}
}

// cookieValue returns the value of the nth cookie called name in the request's
// Cookie lines (RFC 6265 §5.4). It allocates nothing.
func cookieValue(lines []string, name string, n int) (value string, ok bool) {
	for _, line := range lines {
		for rest, more := line, true; more; {
			var pair string
			pair, rest, more = strings.Cut(rest, ";")
			pair = strings.Trim(pair, " \t")
			if len(pair) <= len(name) || pair[len(name)] != '=' || pair[:len(name)] != name {
				continue
			}
			if n == 0 {
				return strings.Trim(pair[len(name)+1:], `"`), true
			}
			n--
		}
	}
	return "", false
}
