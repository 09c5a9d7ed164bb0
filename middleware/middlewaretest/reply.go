package middlewaretest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// reply is what a client received.
type reply struct {
	method  string
	status  int
	header  http.Header
	trailer http.Header
	interim []interim
	length  int64  // as declared, -1 when not
	raw     []byte // the body as sent
	body    []byte // the body without its coding
	err     error  // no answer
	bodyErr error  // the body broke off
	codeErr error  // the body does not decode
}

type interim struct {
	status int
	header http.Header
}

// decode undoes the one coding that the suite asks for.
func (r *reply) decode() {
	switch coding := r.coding(); {
	case coding == "" || len(r.raw) == 0:
		r.body = r.raw
	case coding == "gzip":
		z, err := gzip.NewReader(bytes.NewReader(r.raw))
		if err != nil {
			r.codeErr = err
			return
		}
		r.body, r.codeErr = io.ReadAll(z)
	default:
		r.codeErr = fmt.Errorf("Content-Encoding %q was not asked for", coding)
	}
}

func (r *reply) coding() string {
	return strings.ToLower(strings.Join(r.header.Values("Content-Encoding"), ", "))
}

// whole reports whether a client would take the answer for a complete one.
func (r *reply) whole() bool { return r.err == nil && r.bodyErr == nil && r.codeErr == nil }

// String says it in a line.
func (r *reply) String() string {
	if r.err != nil {
		return "no answer: " + r.err.Error()
	}
	s := fmt.Sprintf("status %d, %s", r.status, excerpt(r.body))
	if c := r.coding(); c != "" {
		s += ", Content-Encoding " + c
	}
	if r.bodyErr != nil {
		s += ", body broken off: " + r.bodyErr.Error()
	}
	if r.codeErr != nil {
		s += ", body does not decode: " + r.codeErr.Error()
	}
	return s
}

func excerpt(b []byte) string {
	if len(b) > 80 {
		return fmt.Sprintf("%d bytes %q…", len(b), b[:80])
	}
	return fmt.Sprintf("%d bytes %q", len(b), b)
}

// added are the names of the header fields that neither the handler (which sets only
// names with "App" in them) nor the server sets, and that do not depend on the body.
func (r *reply) added() []string {
	var names []string
	for name := range r.header {
		switch name {
		case "Date", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Trailer",
			"Vary", "Accept-Ranges", "Etag", "Last-Modified":
			continue
		}
		if !strings.Contains(name, "App") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ok fails unless the reply is whole and has the status.
func (t *trial) ok(got *reply, status int, why string) bool {
	t.Helper()
	if !got.whole() || got.status != status {
		t.fail(fmt.Sprintf("a whole answer with status %d", status), got.String(), why)
		return false
	}
	return true
}

// same fails unless the reply is whole and has the status and the body.
func (t *trial) same(got *reply, status int, body, why string) bool {
	t.Helper()
	if !t.ok(got, status, why) {
		return false
	}
	if string(got.body) != body {
		t.fail("the handler's body, "+excerpt([]byte(body)), excerpt(got.body), why)
		return false
	}
	return true
}
