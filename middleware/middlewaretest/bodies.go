package middlewaretest

import (
	"io"
	"net/http"
	"strings"
)

// prose is a body that any compressor finds worth its while.
var prose = strings.Repeat("A surcoat is worn over the mail and shows whose it is. ", 400)

// pixels is a body of a type that no compressor should touch. It is larger than the
// buffers on the way, so that it cannot pass by chance.
var pixels = strings.Repeat("\x89PNG\r\n\x1a\n\x00\x01\x02\x03\xfd\xfe\xff", 16<<10)

func plainText(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

// readerOnly hides a source's other methods, so that io.Copy asks the destination.
type readerOnly struct{ io.Reader }
