package matrix_test

import (
	"strings"
)

// probe is a case: a request, or a conversation of another kind.
type probe struct {
	name    string
	request request
	run     func(at trip) string // in place of the request
	// slow: it may wait for long, and so is begun first.
	slow bool
}

func (p probe) on(at trip) string {
	if p.run != nil {
		return p.run(at)
	}
	return at.visit(p.request)
}

// upload is a body of 300 KB.
var upload = strings.Repeat("0123456789abcdef\n", 300<<10/17)

func probes() []probe {
	return append(append(requests(), answers()...), conversations()...)
}

// requests are of what the program sees.
func requests() []probe {
	list := []probe{
		{name: "the client's address", request: request{header: []string{"X-Case: connection"}}},
		{name: "a Host with another port", request: request{host: "example.org:8081"}},
		{name: "a Host without a port", request: request{host: "example.org"}},
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "BREW"} {
		list = append(list, probe{name: "method " + method, request: request{method: method, target: "/a"}})
		if method != "GET" {
			list = append(list, probe{name: "method " + method + " with a body", request: request{method: method, target: "/a", body: "name=value", header: []string{"Content-Type: application/x-www-form-urlencoded"}}})
		}
	}
	for _, target := range []string{
		"/a/b/", "/a%2Fb", "/a%2fb", "/a%20b", "/a//b", "//a", "/a;b=c", "/%C3%A9", "/é", "/a/../b", "/a/./b", "/a/%2e%2e/b", "/a%5Cb", "/a+b", "/a%25b", "/a%3Fb", "/a%23b",
		"/%7Euser", "/[1]", "/a%0Ab", "/a%00b", "/a%zzb", "/a~", "/" + strings.Repeat("long/", 400),
	} {
		name := "path " + target
		list = append(list, probe{name: name[:min(len(name), 20)], request: request{target: target}})
	}
	for _, query := range []string{"?", "?a=1&b=2&a=3", "?a;b", "?a=%2F%20+%C3%A9", "?a=%zz", "?a?b", "?a=/../b", "?a=\"<>"} {
		list = append(list, probe{name: "query " + query, request: request{target: "/a" + query}})
	}
	for _, h := range []struct {
		name  string
		lines []string
	}{
		{"a repeated field", []string{"X-A: 1", "X-B: 3", "X-A: 2"}},
		{"one Cookie", []string{"Cookie: a=1; b=2"}},
		{"two Cookie fields", []string{"Cookie: a=1", "Cookie: b=2"}},
		{"a field name with _", []string{"X_Real_Ip: 6.6.6.6"}},
		{"_ beside -", []string{"X-Real-Ip: 1.1.1.1", "X_Real_Ip: 6.6.6.6"}},
		{"Proxy (httpoxy)", []string{"Proxy: http://evil.example/"}},
		{"Authorization Basic", []string{"Authorization: Basic eDp5"}},
		{"Authorization Bearer", []string{"Authorization: Bearer abc"}},
		{"a field of 8 KB", []string{"X-Long: " + strings.Repeat("v", 8<<10)}},
		{"a field of 30 KB", []string{"X-Long: " + strings.Repeat("v", 30<<10)}},
		{"80 fields", strings.Split(strings.Repeat("X-Many: some value\n", 79)+"X-Many: v", "\n")},
		{"an empty field", []string{"X-Empty:"}},
		{"bytes above ASCII", []string{"X-Latin: caf\xe9", "X-Utf: café"}},
		{"what browsers send", []string{"Accept: text/html,*/*;q=0.8", "Accept-Encoding: gzip, deflate, br", "Accept-Language: de", "User-Agent: Mozilla/5.0 (X11)", "Referer: http://example.org/", "Upgrade-Insecure-Requests: 1", "Sec-Fetch-Site: none", "Dnt: 1", "Priority: u=1", "Cache-Control: max-age=0"}},
		{"conditions", []string{"If-None-Match: \"x\"", "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT", "Range: bytes=0-1"}},
		{"Content-Type without a body", []string{"Content-Type: text/plain"}},
		{"Te", []string{"Te: trailers", "Connection: te", "X-Case: connection"}},
		{"Connection: close", []string{"Connection: close", "X-Case: connection"}},
		{"an offer of h2c", []string{"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"}},
		{"fields that variables are made of", []string{"Content-Md5: x", "Https: on", "Remote-User: root", "Auth-Type: Basic", "Script-Name: /x", "Path-Info: /y"}},
		{"what a proxy would say", []string{"X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6", "Via: 1.1 x"}},
	} {
		list = append(list, probe{name: h.name, request: request{header: h.lines}})
	}
	return append(
		list,
		probe{name: "upload of 300 KB", request: request{method: "POST", body: upload, header: []string{"Content-Type: text/plain"}}},
		probe{name: "upload of 300 KB, unread", request: request{method: "POST", do: "unread", body: upload}},
		probe{name: "upload in chunks", request: request{method: "POST", body: upload, chunks: 10}},
		probe{name: "upload in chunks, unread", request: request{method: "POST", do: "unread", body: upload, chunks: 10}},
		probe{name: "upload in no chunks", request: request{method: "POST", chunks: 1}},
		probe{name: "upload of nothing", request: request{method: "POST", length: true}},
		probe{name: "trailers of a request", request: request{method: "POST", body: "body", chunks: 1, header: []string{"Trailer: X-Sum"}, then: "X-Sum: 42\r\n"}},
		probe{name: "GET with a body", request: request{method: "GET", body: "body"}},
	)
}

// answers are of what the client gets.
func answers() []probe {
	var list []probe
	for _, status := range []string{"200", "201", "204", "205", "299", "304", "404", "500", "503", "599"} {
		list = append(list, probe{name: "answer " + status + " without a body", request: request{do: "status", header: []string{"X-Status: " + status}}})
	}
	for _, status := range []string{"400", "401", "403", "404", "413", "500", "502", "503", "504"} {
		list = append(list, probe{name: "error " + status, request: request{do: "error", header: []string{"X-Status: " + status}}})
	}
	for _, a := range []struct{ name, do string }{
		{"an empty answer", "empty"},
		{"a type is found", "text"},
		{"no type", "type"},
		{"a Content-Length", "length"},
		{"304 with an ETag", "cached"},
		{"103 before the answer", "early"},
		{"fields of an answer", "fields"},
		{"an empty field of an answer", "empty field"},
		{"a redirect", "redirect"},
		{"a redirect, 301", "moved"},
		{"201 with a Location", "location"},
		{"200 with a Location", "location200"},
		{"X-Sendfile", "sendfile"},
		{"5 MB", "large"},
		{"trailers of an answer", "trailers"},
		{"panic before the answer", "panic"},
	} {
		list = append(list, probe{name: a.name, request: request{do: a.do}})
	}
	for _, do := range []string{"", "text", "length", "large", "empty"} {
		list = append(list, probe{name: "HEAD, " + map[string]string{"": "seen", "text": "short", "length": "with a Content-Length", "large": "of 5 MB", "empty": "of nothing"}[do], request: request{method: "HEAD", do: do}})
	}
	return list
}
