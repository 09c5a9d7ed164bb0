package cgienv

import (
	"net/http"
	"strings"
)

// sent is what a client's header had that variables tell in another way.
type sent struct {
	length bool // Content-Length
}

// readHeader turns the HTTP_ variables, of which there are count, into h.Header and h.Host.
//
// A field that came twice is two variables (nginx, haproxy) or has been joined with ", " (Apache,
// lighttpd); for the first the lines stay lines, the second cannot be undone. Which field names
// had "_" cannot be told any more, nor which HTTP_X_REAL_IP was really X-Real-IP where the server
// lets X_Real_IP through (lighttpd).
func (h *Head) readHeader(vars Vars, count int) (s sent) {
	h.Header = make(http.Header, count+2)
	values := make([]string, count) // one array for nearly all the lists of one
	for i := range vars {
		name, value := vars[i].Name, vars[i].Value
		if !strings.HasPrefix(name, "HTTP_") {
			continue
		}
		key := fieldName(name)
		switch key {
		case "Host":
			h.Host = value
			h.hosts++
			continue
		case "Content-Length":
			s.length = true
			continue
		case "Content-Type":
			continue // CONTENT_TYPE has it
		case "Proxy":
			continue // to a program it would be the variable that sets its proxy (httpoxy, CVE-2016-5385)
		}
		if list, ok := h.Header[key]; ok {
			h.Header[key] = append(list, value)
			continue
		}
		if len(values) == 0 {
			h.Header[key] = []string{value}
			continue
		}
		values[0] = value
		h.Header[key] = values[:1:1]
		values = values[1:]
	}
	return s
}

// fieldName is HTTP_USER_AGENT's User-Agent. What it makes of a name that is none, no header can
// have.
func fieldName(variable string) string {
	if name, ok := known[variable]; ok {
		return name
	}
	name := []byte(variable[len("HTTP_"):])
	upper := true
	for i, c := range name {
		switch {
		case c == '_':
			name[i], c = '-', '-'
		case upper && 'a' <= c && c <= 'z':
			name[i] = c - 'a' + 'A'
		case !upper && 'A' <= c && c <= 'Z':
			name[i] = c - 'A' + 'a'
		}
		upper = c == '-'
	}
	return string(name)
}

// known has the names that most requests have, so that they cost no memory.
var known = variables(
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control",
	"Connection", "Content-Length", "Content-Type", "Cookie", "Dnt", "Expect", "Forwarded", "From", "Host", "If-Match", "If-Modified-Since", "If-None-Match",
	"If-Range", "If-Unmodified-Since", "Keep-Alive", "Max-Forwards", "Origin", "Pragma", "Priority", "Range", "Referer",
	"Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site",
	"Sec-Fetch-User", "Sec-Gpc", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Upgrade-Insecure-Requests",
	"User-Agent", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "X-Request-Id",
	"X-Requested-With",
)

func variables(names ...string) map[string]string {
	m := make(map[string]string, len(names))
	for _, name := range names {
		m["HTTP_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = name
	}
	return m
}
