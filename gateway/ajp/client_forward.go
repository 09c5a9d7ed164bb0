package ajp

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// forward returns the packet that begins r, of which the variables are known.
func (c *Client) forward(r *http.Request, vars cgienv.Vars) ([]byte, error) {
	b := make([]byte, 0, 2<<10)
	b = append(b, 0x12, 0x34, 0, 0, forwardRequest, methodCode(r.Method))
	b = appendString(b, r.Proto)
	uri, query, hasQuery := strings.Cut(vars.Get("REQUEST_URI"), "?")
	if climbs(uri) {
		return nil, &cgienv.Error{Status: http.StatusBadRequest, Reason: "a part of the path is . or .., by which a container leaves Mount"}
	}
	b = appendString(b, uri)
	b = appendString(b, vars.Get("REMOTE_ADDR"))
	b = append(b, 0xff, 0xff) // remote_host, which nobody has looked up
	b = appendString(b, vars.Get("SERVER_NAME"))
	port, _ := strconv.ParseUint(vars.Get("SERVER_PORT"), 10, 16)
	b = append(b, byte(port>>8), byte(port), byte(len(vars.Get("HTTPS"))/len("on")))
	b = appendFields(b, r, cgienv.Spent(vars.Get("AUTH_TYPE")))

	attribute := func(code byte, value string) {
		if value != "" {
			b = appendString(append(b, code), value)
		}
	}
	named := func(name, value string) {
		if value != "" {
			b = appendString(appendString(append(b, attrNamed), name), value)
		}
	}
	attribute(attrRemoteUser, vars.Get("REMOTE_USER"))
	attribute(attrAuthType, vars.Get("AUTH_TYPE"))
	if hasQuery {
		b = appendString(append(b, attrQuery), query)
	}
	if methodCode(r.Method) == storedMethod {
		attribute(attrMethod, r.Method)
	}
	attribute(attrSecret, c.secret)
	named(remotePort, vars.Get("REMOTE_PORT"))
	named(localAddr, vars.Get("SERVER_ADDR"))
	if r.TLS != nil {
		b = appendTLS(b, r.TLS)
	}
	for name, value := range cgienv.Vars(c.upstream.Extra()).All() {
		named(name, value)
	}
	b = append(b, endOfAttributes)
	if len(b) > c.packetSize() {
		return nil, &cgienv.Error{Status: http.StatusRequestHeaderFieldsTooLarge, Reason: "the request's head is longer than PacketSize"}
	}
	putLength(b)
	return b, nil
}

// climbs reports whether a path has a part that a container resolves: "." or "..", as they are or
// in escapes, also with parameters behind (Tomcat's "..;"). The path goes to it as the client sent
// it, and would be another application's there than it was in front.
func climbs(path string) bool {
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part, _, _ = strings.Cut(part, ";"); part == "." || part == ".." {
			return true
		}
	}
	return false
}

func methodCode(method string) byte { return codeOf(methods[:], method, storedMethod) }

// codeOf is the index of name in list, or what it is otherwise.
func codeOf(list []string, name string, otherwise byte) byte {
	for code, known := range list {
		if known == name && code > 0 {
			return byte(code)
		}
	}
	return otherwise
}

// appendFields appends the header. spent: Authorization is not in it.
func appendFields(b []byte, r *http.Request, spent bool) []byte {
	at, n := len(b), 0
	b = append(b, 0, 0)
	add := func(name, value string) {
		if code := codeOf(requestFields[:], name, 0); code > 0 {
			b = append(b, byte(fieldCode>>8), code)
		} else {
			b = appendString(b, name)
		}
		b = appendString(b, value)
		n++
	}
	if r.Host != "" {
		add("Host", r.Host)
	}
	switch {
	case r.ContentLength > 0 || r.Header["Content-Length"] != nil:
		add("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	case r.ContentLength < 0:
		add("Transfer-Encoding", "chunked")
	}
	for name, values := range cgienv.Fields(r, spent) {
		for _, value := range values {
			add(name, value)
		}
	}
	b[at], b[at+1] = byte(n>>8), byte(n)
	return b
}

// appendTLS appends what is told of the client's TLS.
func appendTLS(b []byte, state *tls.ConnectionState) []byte {
	cipher := tls.CipherSuiteName(state.CipherSuite)
	b = appendString(append(b, attrSSLCipher), cipher)
	switch {
	case strings.Contains(cipher, "_256_"), strings.Contains(cipher, "CHACHA20"):
		b = append(b, attrSSLKeySize, 256>>8, 256&0xff)
	case strings.Contains(cipher, "_128_"):
		b = append(b, attrSSLKeySize, 0, 128)
	}
	b = appendString(appendString(append(b, attrNamed), sslProtocol), strings.ReplaceAll(tls.VersionName(state.Version), "TLS 1", "TLSv1"))
	if len(state.PeerCertificates) > 0 {
		cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: state.PeerCertificates[0].Raw})
		b = appendString(append(b, attrSSLCert), string(cert))
	}
	return b
}
