package cgienv

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
	"github.com/surcoat/surcoat/internal/fieldlist"
)

// Head is the head of a request before it was looked at. [Parse] makes it of variables; a
// protocol that has no variables fills it in.
type Head struct {
	Method string
	URI    string // as on the request line, escaped
	Proto  string
	Host   string
	// Header has canonical names, no Host, and becomes the request's.
	Header http.Header
	// ContentLength is -1 where it was not told.
	ContentLength int64
	RemoteAddr    string               // "ip:port"
	TLS           *tls.ConnectionState // nil: the client's connection was not encrypted
	// Script and Info are SCRIPT_NAME and PATH_INFO, not escaped.
	Script, Info string
	// Program says that Script is this program's address even where nothing follows it (CGI).
	// With an empty Info, servers with a socket protocol put the whole path into Script.
	Program bool
	// Vars is what [Env] returns.
	Vars Vars

	again Teller // has them, where Vars does not
	hosts int    // how many Host fields there were
}

// Request makes the request, with the checks that net/http's server makes. Its context is ctx
// with the variables ([Env]) and the prefix ([Prefix]) in it.
//
// mount says which part of the path is the application's own address: "" finds it (Script, where
// that is a true prefix of the path, and Info the rest), "/" keeps the whole path, and a path as
// "/wiki" strips that; what is outside it is an [Error] with status 404. The path that is left
// begins with a slash.
//
// ContentLength is -1 if the length was not told: a protocol whose bodies have an end of their
// own looks there, and sets 0 if there is no body. TransferEncoding is "chunked" where the
// client's was and the server in front found no length for it. Body is http.NoBody.
//
// Every error is an [*Error].
func (h *Head) Request(ctx context.Context, mount string) (*http.Request, error) {
	r := http.Request{
		Method: h.Method, RequestURI: h.URI, Proto: h.Proto, Host: h.Host,
		Header: h.Header, Body: http.NoBody, ContentLength: h.ContentLength,
		RemoteAddr: h.RemoteAddr, TLS: h.TLS,
	}
	var err error
	if r.URL, err = h.parseURI(); err != nil {
		return nil, err
	}
	if err := h.check(&r); err != nil {
		return nil, err
	}
	if err := transfer(&r); err != nil {
		return nil, err
	}
	if r.URL.Host != "" { // RFC 9112 §3.2.2: then the Host field does not count
		r.Host = r.URL.Host
	}
	// As net/http does: RFC 9111 §5.4.
	if pragma := r.Header["Pragma"]; len(pragma) > 0 && pragma[0] == "no-cache" {
		if _, ok := r.Header["Cache-Control"]; !ok {
			r.Header["Cache-Control"] = []string{"no-cache"}
		}
	}
	r.Close = closes(&r)
	t := &told{Context: ctx, vars: h.Vars, again: h.again}
	if t.prefix, err = h.strip(r.URL, mount); err != nil {
		return nil, err
	}
	return r.WithContext(t), nil
}

// parseURI reads the request target (RFC 9112 §3.2).
func (h *Head) parseURI() (*url.URL, error) {
	for i := range len(h.URI) {
		if c := h.URI[i]; c <= ' ' || c == 0x7f {
			return nil, bad("a control byte or a space in the request target")
		}
	}
	target := h.URI
	authority := h.Method == http.MethodConnect && !strings.HasPrefix(target, "/")
	if authority {
		target = "http://" + target
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, bad("the request target is none")
	}
	if authority {
		u.Scheme = ""
	}
	return u, nil
}

func (h *Head) check(r *http.Request) error {
	var ok bool
	if r.ProtoMajor, r.ProtoMinor, ok = http.ParseHTTPVersion(h.Proto); !ok {
		return bad("the protocol is not HTTP")
	}
	switch {
	case r.ProtoMajor < 1 || r.ProtoMajor > 3:
		return &Error{http.StatusHTTPVersionNotSupported, "an HTTP that is not known"}
	case !fieldline.ValidName(h.Method):
		return bad("the method is none")
	case h.hosts > 1:
		return bad("two Host fields")
	case !fieldline.ValidHost(h.Host):
		return bad("the host is none")
	}
	for name, lines := range h.Header {
		if !fieldline.ValidName(name) {
			return bad("the name of a header field is none")
		}
		for _, line := range lines {
			if !fieldline.ValidValue(line) {
				return bad("a control byte in a header field")
			}
		}
	}
	return nil
}

// transfer takes the transfer coding out of the header. If the server in front has found the
// length, it has also removed the coding, whatever the client's field said.
func transfer(r *http.Request) error {
	codings := r.Header["Transfer-Encoding"]
	if len(codings) == 0 {
		return nil
	}
	delete(r.Header, "Transfer-Encoding")
	if r.ContentLength >= 0 {
		return nil
	}
	if len(codings) > 1 || !strings.EqualFold(textproto.TrimString(codings[0]), "chunked") {
		return &Error{http.StatusNotImplemented, "a transfer coding other than chunked"}
	}
	r.TransferEncoding = []string{"chunked"}
	return trailer(r)
}

// trailer takes the announcement of trailers out of the header. None of the protocols brings the
// trailers themselves.
func trailer(r *http.Request) error {
	lines := r.Header["Trailer"]
	delete(r.Header, "Trailer")
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(textproto.TrimString(name))
			switch name {
			case "":
				continue
			case "Transfer-Encoding", "Trailer", "Content-Length":
				return bad("a trailer that cannot be one")
			}
			if r.Trailer == nil {
				r.Trailer = make(http.Header)
			}
			r.Trailer[name] = nil
		}
	}
	return nil
}

// closes is the client's wish for its own connection, which net/http tells the handler.
func closes(r *http.Request) bool {
	connection := r.Header["Connection"]
	if fieldlist.Has(connection, "close") {
		return true
	}
	return r.ProtoMajor == 1 && r.ProtoMinor == 0 && !fieldlist.Has(connection, "keep-alive")
}
