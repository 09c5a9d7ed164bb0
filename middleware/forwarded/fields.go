package forwarded

import (
	"maps"
	"net/http"
	"strings"
)

// claimed reports whether h has a forwarding field, under any spelling.
func claimed(h http.Header) bool {
	for name := range h {
		if forwarding(name) {
			return true
		}
	}
	return false
}

// forwarding reports whether name is Forwarded, X-Real-Ip or X-Forwarded-anything. "_"
// counts as "-": CGI and WSGI programs inside could not tell the two apart.
func forwarding(name string) bool {
	if len(name) < len("Forwarded") {
		return false
	}
	switch name[0] {
	case 'F', 'f':
		return same(name, "forwarded")
	case 'X', 'x':
		const prefix = "x-forwarded-"
		return same(name, "x-real-ip") || len(name) > len(prefix) && same(name[:len(prefix)], prefix)
	}
	return false
}

// same compares name with lower, which is in lower case, by letter.
func same(name, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_':
			c = '-'
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// without returns a copy of h that has no forwarding fields.
func without(h http.Header) http.Header {
	h = maps.Clone(h)
	for name := range h {
		if forwarding(name) {
			delete(h, name)
		}
	}
	return h
}

// vouched returns a copy of h, which came from a trusted proxy, with nothing in the
// fields this package reads that no trusted proxy has vouched for. Other X-Forwarded
// fields are between the proxy and the application.
func vouched(h http.Header, o *origin) http.Header {
	h = maps.Clone(h)
	for name := range h {
		if strings.Contains(name, "_") && forwarding(name) {
			delete(h, name)
		}
	}
	set := func(name, value string) {
		if value == "" {
			delete(h, name)
		} else {
			h[name] = []string{value}
		}
	}
	set("Forwarded", o.standard)
	set("X-Forwarded-For", o.chain)
	set("X-Forwarded-Proto", o.Scheme)
	set("X-Forwarded-Host", o.Host)
	if h["X-Real-Ip"] != nil {
		value := ""
		if o.Addr.IsValid() {
			value = o.Addr.String()
		}
		set("X-Real-Ip", value)
	}
	return h
}
