// Package fieldline says which names and values can be a line of an HTTP header (RFC 9110 §5.1,
// §5.5), with net/http's leniency.
package fieldline

import "strings"

// ValidName reports whether s is a token (RFC 9110 §5.6.2): a field's name, or a method.
func ValidName(s string) bool {
	for i := range len(s) {
		if !token[s[i]] {
			return false
		}
	}
	return s != ""
}

var token = table("!#$%&'*+-.^_`|~" + alphanumeric)

// ValidHost reports whether s could be a Host (RFC 9110 §7.2). Like net/http it looks at the
// bytes only, not at what they make.
func ValidHost(s string) bool {
	for i := range len(s) {
		if !host[s[i]] {
			return false
		}
	}
	return true
}

var host = table("!$%&()*+,-.:;=['_]~" + alphanumeric)

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func table(bytes string) (t [256]bool) {
	for i := range len(bytes) {
		t[bytes[i]] = true
	}
	return t
}

// ValidValue reports whether s has no control byte but tabs.
func ValidValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// Value makes a value that a handler set fit for a line: no space around it, and a space for
// each CR, LF and NUL, so that no value can begin a line of its own.
func Value(s string) string {
	if strings.ContainsAny(s, "\r\n\x00") {
		s = breaks.Replace(s)
	}
	return strings.Trim(s, " \t")
}

var breaks = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")

// HopByHop reports whether a field, with its canonical name, is about one connection and goes no
// further (RFC 9110 §7.6.1), whatever the Connection field says.
func HopByHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}
