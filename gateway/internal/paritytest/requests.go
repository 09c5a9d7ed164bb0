package paritytest

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sort"
	"strings"
)

// requests are of what the handler sees.
func requests() []Case {
	cases := []Case{
		{"context", Request{}, func(_ http.ResponseWriter, r *http.Request, note Note) {
			note("%v", r.Context().Err())
			_, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
			note("%v", ok)
			_, ok = r.Context().Deadline()
			note("%v", ok)
			select {
			case <-r.Context().Done():
				note("over")
			default:
			}
			child, cancel := context.WithCancel(r.Context())
			cancel()
			note("%v %v", child.Err(), r.Context().Err())
		}},
		{"peer", Request{}, func(_ http.ResponseWriter, r *http.Request, note Note) {
			at, err := netip.ParseAddrPort(r.RemoteAddr)
			note("%v %v %v", at.Addr(), at.Port() != 0, err)
		}},
		{"options of all", Request{Method: "OPTIONS", Target: "*"}, see},
	}
	for _, target := range []string{
		"/", "/a", "/a/", "/a%2Fb", "/a%2fb%20c", "/a//b", "//a/b", "/a/../b/./c", "/a;b=c", "/%", "/%zz", "/%00", "/a%0Ab",
		"/é", "/%C3%A9", "/?", "/?a=b&c", "/?a=%zz", "/a?b?c", "/a?b#c", "/a#b", "/a+b", "/:80", "/a:b", "a", "*",
		"http://example.org/a?b", "https://user@example.org:99", "/" + strings.Repeat("long/", 400),
		"/\"<>\\^`{|}", "/a\x7fb", "/[1]", "/%5B1%5D", "/!$&'()*+,;=:@", "/%21%24",
	} {
		cases = append(cases, Case{"target " + target[:min(len(target), 30)], Request{Target: target}, see})
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "A!#$%&'*+-.^_`|~9", "A(B"} {
		cases = append(cases, Case{"method " + method, Request{Method: method}, see})
	}
	for _, header := range [][]string{
		{"X-A: 1", "X-A: 2", "X-B: 3", "X-A: 4"},
		{"x-lower: a", "X-UPPER: B", "X-MiXeD-Case: c"},
		{"X-Empty:"},
		{"X-Long: " + strings.Repeat("v", 6000)},
		{"X-Latin: caf\xe9", "X-Utf: café"},
		{"X-Control: a\x01b"},
		{"X-Tab: a\tb"},
		{"Cookie: a=1; b=2"},
		{"Authorization: Basic eDp5", "User-Agent: x", "Accept: */*", "Referer: http://example.org/"},
		{"Content-Type: text/plain; charset=utf-8"},
		{"Pragma: no-cache"},
		{"Pragma: no-cache", "Cache-Control: max-age=0"},
		{"Connection: close"},
		{"Connection: keep-alive, X-A", "Keep-Alive: 5", "X-A: 1"},
		{"Te: trailers", "Trailer: X-T"},
		{"Upgrade: websocket", "Connection: Upgrade"},
		{"X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4", "X-Real-Ip: 1.2.3.4"},
		{"Sec-Fetch-Site: none", "Priority: u=1", "Dnt: 1"},
		{"X-1: a", "1-X: b", "X--Y: c"},
		{"Expect: 100-continue"},
	} {
		name := "header " + strings.Join(header, ", ")
		cases = append(cases, Case{name[:min(len(name), 40)], Request{Header: header}, see})
	}
	many := Request{}
	for range 200 {
		many.Header = append(many.Header, "X-Many: "+strings.Repeat("v", 20))
	}
	return append(cases, Case{"header of many lines", many, see})
}

// see notes the whole request.
func see(_ http.ResponseWriter, r *http.Request, note Note) {
	note("%s %q %s %d.%d", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor)
	u := *r.URL
	u.User = nil
	note("url %#v, as %q", u, r.URL)
	note("host %q, length %d, coding %v, close %v, trailer %v, tls %v", r.Host, r.ContentLength, r.TransferEncoding, r.Close, r.Trailer, r.TLS != nil)
	note("body %v, form %v, pattern %q", r.Body == http.NoBody, r.Form, r.Pattern)
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		note("%s: %q", name, r.Header[name])
	}
}
