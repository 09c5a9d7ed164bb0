package ajp

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/fieldline"
)

// The attributes with which mod_proxy_ajp tells what the protocol has no place for, and mod_jk
// and Tomcat after it.
const (
	localAddr   = "AJP_LOCAL_ADDR"
	remotePort  = "AJP_REMOTE_PORT"
	sslProtocol = "AJP_SSL_PROTOCOL"
)

func bad(reason string) error { return &cgienv.Error{Status: http.StatusBadRequest, Reason: reason} }

// head is the request's head, or what is wrong with it: a [*cgienv.Error].
func (f *forward) head() (*cgienv.Head, error) {
	switch {
	case f.control:
		return nil, bad("CR, LF or NUL in a string")
	case f.hosts > 1:
		return nil, bad("two Host fields")
	case f.hasQuery && strings.Contains(f.uri, "?"):
		return nil, bad("two queries")
	}
	h := &cgienv.Head{
		Method: f.method, URI: f.target(), Proto: f.protocol, Host: f.host, Header: f.header,
		RemoteAddr: cgienv.RemoteAddr(f.remoteAddr, f.attribute(remotePort)),
	}
	if f.secure {
		h.TLS = cgienv.TLS(f.attribute(sslProtocol), "")
	}
	if f.hosts == 0 {
		h.Host = cgienv.ServerHost(f.serverName, strconv.Itoa(f.serverPort), f.secure)
	}
	var err error
	if h.ContentLength, err = contentLength(f.header); err != nil {
		return nil, err
	}
	if h.ContentLength == 0 && f.method != http.MethodPost && f.method != http.MethodPut {
		delete(h.Header, "Content-Length") // lighttpd sends one with every request
	}
	h.Vars = f.vars(h.URI)
	return h, nil
}

// target is the request target. lighttpd sends the path without its escapes, of which only a space
// can be told.
func (f *forward) target() string {
	uri := strings.ReplaceAll(f.uri, " ", "%20")
	if f.hasQuery {
		uri += "?" + f.query
	}
	return uri
}

// contentLength is -1 where there is none. A request with both a length and a transfer coding has
// two ends; the server in front and we could choose another one each.
func contentLength(header http.Header) (int64, error) {
	lines := header["Content-Length"]
	if len(lines) == 0 {
		return -1, nil
	}
	if _, coded := header["Transfer-Encoding"]; coded {
		return 0, bad("both Content-Length and Transfer-Encoding")
	}
	if slices.ContainsFunc(lines, func(line string) bool { return line != lines[0] }) {
		return 0, bad("two Content-Length that differ")
	}
	n, err := strconv.ParseUint(lines[0], 10, 63)
	if err != nil {
		return 0, bad("Content-Length is no length")
	}
	header["Content-Length"] = lines[:1]
	return int64(n), nil
}

// vars are what the packet says besides the header, under the names that a CGI program would find
// it (RFC 3875 §4.1, mod_ssl), and the attributes under their own.
func (f *forward) vars(uri string) cgienv.Vars {
	vars := make(cgienv.Vars, 0, 16+len(f.named))
	add := func(name, value string) {
		if value != "" {
			vars.Add(name, value)
		}
	}
	for _, a := range f.named {
		if !reserved(a.name) {
			vars.Add(a.name, a.value)
		}
	}
	vars.Add("REQUEST_METHOD", f.method)
	vars.Add("REQUEST_URI", uri)
	vars.Add("QUERY_STRING", f.query)
	vars.Add("SERVER_PROTOCOL", f.protocol)
	vars.Add("SERVER_NAME", f.serverName)
	vars.Add("SERVER_PORT", strconv.Itoa(f.serverPort))
	add("SERVER_ADDR", f.attribute(localAddr))
	vars.Add("REMOTE_ADDR", f.remoteAddr)
	add("REMOTE_HOST", f.remoteHost)
	add("REMOTE_PORT", f.attribute(remotePort))
	add("REMOTE_USER", f.attrs[attrRemoteUser])
	add("AUTH_TYPE", f.attrs[attrAuthType])
	add("AJP_ROUTE", f.attrs[attrRoute])
	if f.secure {
		vars.Add("HTTPS", "on")
	}
	add("SSL_PROTOCOL", f.attribute(sslProtocol))
	add("SSL_CIPHER", f.attrs[attrSSLCipher])
	add("SSL_SESSION_ID", f.attrs[attrSSLSession])
	add("SSL_CLIENT_CERT", f.attrs[attrSSLCert])
	if f.keySize > 0 {
		vars.Add("SSL_CIPHER_USEKEYSIZE", strconv.Itoa(f.keySize))
	}
	return vars
}

// reserved reports whether an attribute of that name is no variable: it is told in another, could
// be taken for one that the server in front has set, or for a field of the client's header, or is
// one of those by which servlets are given other files than were asked for (CVE-2020-1938).
func reserved(name string) bool {
	switch name {
	case localAddr, remotePort, sslProtocol:
		return true
	}
	if !fieldline.ValidName(name) {
		return true
	}
	upper := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	return standard[upper] || strings.HasPrefix(upper, "HTTP_") ||
		strings.HasPrefix(upper, "JAVAX.SERVLET.") || strings.HasPrefix(upper, "JAKARTA.SERVLET.")
}

// standard are the variables of RFC 3875, and those that the packet says by itself.
var standard = map[string]bool{
	"AUTH_TYPE": true, "CONTENT_LENGTH": true, "CONTENT_TYPE": true, "GATEWAY_INTERFACE": true, "PATH_INFO": true,
	"PATH_TRANSLATED": true, "QUERY_STRING": true, "REMOTE_ADDR": true, "REMOTE_HOST": true, "REMOTE_IDENT": true,
	"REMOTE_PORT": true, "REMOTE_USER": true, "REQUEST_METHOD": true, "REQUEST_SCHEME": true, "REQUEST_URI": true,
	"SCRIPT_NAME": true, "SCRIPT_FILENAME": true, "SERVER_ADDR": true, "SERVER_NAME": true, "SERVER_PORT": true,
	"SERVER_PROTOCOL": true, "SERVER_SOFTWARE": true, "DOCUMENT_ROOT": true, "AJP_ROUTE": true, "HTTPS": true,
	"SSL_PROTOCOL": true, "SSL_CIPHER": true, "SSL_SESSION_ID": true, "SSL_CLIENT_CERT": true, "SSL_CIPHER_USEKEYSIZE": true,
}
