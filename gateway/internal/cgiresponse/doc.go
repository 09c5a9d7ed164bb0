// Package cgiresponse writes answers in the form of a CGI program's (RFC 3875 §6), which
// SCGI and FastCGI share, and uwsgi but for the first line.
package cgiresponse

import (
	"io"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// The first lines that an answer can have, before the number.
const (
	Status = "Status: "  // RFC 3875 §6.3.3: CGI, SCGI, FastCGI
	Line   = "HTTP/1.1 " // RFC 9112 §4: uwsgi
)

// AppendHead appends the head of an answer and the empty line after it. first is [Status] or
// [Line].
func AppendHead(b []byte, first string, status int, header []exchange.Field) []byte { panic("not yet") }

// Writer is all of an exchange.Carrier but Abort, for a protocol in which an answer is a
// stream of bytes until its end. It holds back up to 4 KiB. 1xx and trailers have no place
// in such an answer and are dropped.
type Writer struct {
	w io.Writer
}

// NewWriter returns a Writer on w. Release must be called when it is not used any more.
func NewWriter(w io.Writer, first string) *Writer { panic("not yet") }

// Release hands the buffer back; what it holds is lost.
func (w *Writer) Release() {}
