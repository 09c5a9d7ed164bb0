package cgiresponse

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// What an answer can begin with, before the number.
const (
	Status = "Status: "  // RFC 3875 §6.3.3: CGI, SCGI, FastCGI
	Line   = "HTTP/1.1 " // RFC 9112 §4: uwsgi
)

// AppendHead appends the head of an answer and the empty line after it. first is [Status] or
// [Line]. A field that a handler calls Status is left out: it would be a second status.
//
// haproxy takes any field Location for a redirect, 302, unless the status comes after it.
func AppendHead(b []byte, first string, status int, header []exchange.Field) []byte {
	late := first == Status && hasLocation(header)
	if !late {
		b = appendStatus(b, first, status)
	}
	for _, f := range header {
		if len(f.Name) == len("Status") && strings.EqualFold(f.Name, "Status") {
			continue
		}
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
		b = append(b, "\r\n"...)
	}
	if late {
		b = appendStatus(b, first, status)
	}
	return append(b, "\r\n"...)
}

func hasLocation(header []exchange.Field) bool {
	for _, f := range header {
		if f.Name == "Location" {
			return true
		}
	}
	return false
}

func appendStatus(b []byte, first string, status int) []byte {
	b = append(b, first...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	if text := http.StatusText(status); text != "" {
		b = append(b, text...)
	} else { // Apache takes a number without words for an error of ours
		b = append(b, "Status "...)
		b = strconv.AppendInt(b, int64(status), 10)
	}
	return append(b, "\r\n"...)
}
