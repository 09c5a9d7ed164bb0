package paritytest

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// Discard and Silent are for what a server logs of handlers that are meant to be wrong.
var (
	Discard = log.New(io.Discard, "", 0)
	Silent  = slog.New(slog.DiscardHandler)
)

// Vars puts the request into the variables that nginx would send, CONTENT_LENGTH first, pairs of
// name and value.
func (q Request) Vars() [][2]string {
	path, query, _ := strings.Cut(q.Target, "?")
	length, sent := q.Length()
	vars := [][2]string{
		{"CONTENT_LENGTH", strconv.Itoa(length)},
		{"SCGI", "1"},
		{"REQUEST_METHOD", q.Method},
		{"REQUEST_URI", q.Target},
		{"DOCUMENT_URI", path},
		{"QUERY_STRING", query},
		{"SERVER_PROTOCOL", "HTTP/1.1"},
		{"REMOTE_ADDR", "127.0.0.1"},
		{"REMOTE_PORT", "40000"},
		{"SERVER_NAME", "example.com"},
		{"SERVER_PORT", "8080"},
		{"HTTP_HOST", Host},
	}
	if sent {
		vars = append(vars, [2]string{"HTTP_CONTENT_LENGTH", strconv.Itoa(length)})
	}
	for _, line := range q.Header {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		vars = append(vars, [2]string{"HTTP_" + name, value})
		if name == "CONTENT_TYPE" {
			vars = append(vars, [2]string{name, value})
		}
	}
	return vars
}

// ReadCGI reads an answer in the form of a CGI program's (RFC 3875 §6), until src's end. An error
// of src tears it, and so do a head that is not whole and a body that is not as long as it says.
func ReadCGI(src io.Reader, method string) Answer {
	br := bufio.NewReader(src)
	header, err := textproto.NewReader(br).ReadMIMEHeader()
	if err != nil {
		return Answer{Torn: true}
	}
	a := Answer{Status: http.StatusOK, Header: http.Header(header)}
	if status := a.Header.Get("Status"); status != "" {
		number, _, _ := strings.Cut(status, " ")
		if a.Status, err = strconv.Atoi(number); err != nil {
			return Answer{Torn: true}
		}
		a.Header.Del("Status")
	}
	var body bytes.Buffer
	_, err = body.ReadFrom(br)
	a.Body = body.String()
	a.Torn = err != nil
	if length := a.Header.Get("Content-Length"); length != "" && method != http.MethodHead && a.Status != http.StatusNotModified {
		a.Torn = a.Torn || length != strconv.Itoa(len(a.Body))
	}
	return a
}
