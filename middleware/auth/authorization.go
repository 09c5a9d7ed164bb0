package auth

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// authorization returns the credential in r's Authorization field where it is of the
// given scheme (in lower case), and [ErrNone] where it is not or there is none. Two
// fields are [ErrMalformed]: layers that take different ones would be at odds.
func authorization(r *http.Request, scheme string) (string, error) {
	fields := r.Header["Authorization"]
	switch len(fields) {
	case 0:
		return "", ErrNone
	case 1:
	default:
		return "", fmt.Errorf("%w: two Authorization fields", ErrMalformed)
	}
	name, credential, _ := strings.Cut(fields[0], " ")
	if !strings.EqualFold(name, scheme) {
		return "", ErrNone
	}
	return strings.Trim(credential, " "), nil
}

// quoted returns s as a quoted-string (RFC 9110 §5.6.4). Letters beyond ASCII go as
// UTF-8, which is obs-text there.
func quoted(s string) (string, error) {
	if s == "" {
		return `"site"`, nil
	}
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%q is not UTF-8", s)
	}
	var q strings.Builder
	q.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == 0x7f:
			return "", fmt.Errorf("%q has a control character", s)
		case c == '"' || c == '\\':
			q.WriteByte('\\')
			fallthrough
		default:
			q.WriteByte(c)
		}
	}
	q.WriteByte('"')
	return q.String(), nil
}

// params are what s adds to a challenge (RFC 9470 §3).
func (s *StepUp) params() string {
	return fmt.Sprintf(`, error="insufficient_user_authentication", max_age="%d"`, int64(s.MaxAge/time.Second))
}
