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
func AppendHead(b []byte, first string, status int, header []exchange.Field) []byte {
	b = append(b, first...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	if text := http.StatusText(status); text != "" {
		b = append(b, text...)
	} else { // Apache takes a number without words for an error of ours
		b = append(b, "Status "...)
		b = strconv.AppendInt(b, int64(status), 10)
	}
	b = append(b, "\r\n"...)
	for _, f := range header {
		if len(f.Name) == len("Status") && strings.EqualFold(f.Name, "Status") {
			continue
		}
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}
