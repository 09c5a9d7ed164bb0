package lint

import (
	"net/http"
	"strings"
	"time"
)

// isToken reports whether s may name a header field (RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || '0' <= c && c <= '9' ||
			strings.IndexByte("!#$%&'*+.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// isFieldValue reports whether s has no control characters but tabs (RFC 9110 §5.5).
func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// isETag reports whether s is an entity-tag (RFC 9110 §8.8.3).
func isETag(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for _, c := range []byte(s[1 : len(s)-1]) {
		if c <= ' ' || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

// isDate reports whether s is a date as servers have to send it (RFC 9110 §5.6.7).
func isDate(s string) bool {
	if len(s) != len(http.TimeFormat) {
		return false
	}
	at, err := time.Parse(http.TimeFormat, s)
	return err == nil && at.Weekday().String()[:3] == s[:3]
}
