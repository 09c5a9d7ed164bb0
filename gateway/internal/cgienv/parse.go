package cgienv

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
)

// Parse reads variables. What they leave out is filled in as far as it can be. Most of what
// cannot be right is left for [Head.Request] to find. Line ends are allowed in variables that are
// of no use here: in PATH_INFO they are what the client sent as %0A.
func Parse(vars Vars) (*Head, error) {
	h := new(Head)
	if err := h.parse(vars); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *Head) parse(vars Vars) error {
	var c common
	count := 0
	for i := range vars {
		name, value := vars[i].Name, vars[i].Value
		switch {
		case strings.IndexByte(value, 0) >= 0:
			return bad("NUL in a variable")
		case c.set(name, value): // a name without NUL
		case strings.IndexByte(name, 0) >= 0:
			return bad("NUL in a variable")
		case strings.HasPrefix(name, "HTTP_"):
			count++
		case (name == "REMOTE_USER" || name == "AUTH_TYPE") && !fieldline.ValidValue(value):
			return bad("a control byte in the user's name") // others put it into a line
		}
	}
	*h = Head{
		Method: c.method, URI: c.requestURI(), Proto: c.proto(),
		RemoteAddr: RemoteAddr(c.remoteIP, c.remotePort), TLS: c.tls(),
		Script: c.script, Info: c.info, Vars: vars,
	}
	sent := h.readHeader(vars, count)
	if c.contentType != "" {
		h.Header["Content-Type"] = []string{c.contentType}
	}
	if h.Host == "" {
		h.Host = ServerHost(c.name, c.port, h.TLS != nil)
	}
	var err error
	if h.ContentLength, err = c.length(); err != nil {
		return err
	}
	if h.ContentLength > 0 || h.ContentLength == 0 && (sent.length || bodyExpected(h.Method)) {
		h.Header["Content-Length"] = []string{c.contentLength}
	}
	return nil
}

// common is what the variables other than the header say.
type common struct {
	method, uri, script, info, query, protocol string
	contentLength, contentType                 string
	remoteIP, remotePort, name, port           string
	https, scheme, sslProtocol, sni            string
	lengths                                    bool // two CONTENT_LENGTH that differ
}

// set notes a variable that Request needs, and reports whether it is one.
func (c *common) set(name, value string) bool {
	switch name {
	case "REQUEST_METHOD":
		c.method = value
	case "REQUEST_URI":
		c.uri = value
	case "SCRIPT_NAME":
		c.script = value
	case "PATH_INFO":
		c.info = value
	case "QUERY_STRING":
		c.query = value
	case "SERVER_PROTOCOL":
		c.protocol = value
	case "CONTENT_LENGTH":
		// nginx repeats the one that SCGI puts first where scgi_params has it too, then empty for
		// a request without a body.
		c.lengths = c.lengths || c.contentLength != "" && value != "" && c.contentLength != value
		if value != "" {
			c.contentLength = value
		}
	case "CONTENT_TYPE":
		c.contentType = value
	case "REMOTE_ADDR":
		c.remoteIP = value
	case "REMOTE_PORT":
		c.remotePort = value
	case "SERVER_NAME":
		c.name = value
	case "SERVER_PORT":
		c.port = value
	case "HTTPS":
		c.https = value
	case "REQUEST_SCHEME":
		c.scheme = value
	case "SSL_PROTOCOL":
		c.sslProtocol = value
	case "SSL_TLS_SNI":
		c.sni = value
	default:
		return false
	}
	return true
}

// requestURI is REQUEST_URI, which no RFC has and every server sends: the only one in which an
// escaped slash is still escaped. Without it the parts that RFC 3875 has are put together.
func (c *common) requestURI() string {
	if c.uri != "" {
		return c.uri
	}
	uri := (&url.URL{Path: c.script + c.info}).EscapedPath()
	if uri == "" {
		uri = "/"
	}
	if c.query != "" {
		uri += "?" + c.query
	}
	return uri
}

func (c *common) proto() string {
	switch c.protocol {
	case "":
		return "HTTP/1.1"
	case "INCLUDED": // RFC 3875 §4.1.16: a part of another document
		return "HTTP/1.0"
	}
	return c.protocol
}

func (c *common) tls() *tls.ConnectionState {
	switch {
	case strings.EqualFold(c.https, "on"), c.https == "1":
	case c.https == "" && strings.EqualFold(c.scheme, "https"):
	default:
		return nil
	}
	return TLS(c.sslProtocol, c.sni)
}

func (c *common) length() (int64, error) {
	if c.lengths {
		return 0, bad("two CONTENT_LENGTH that differ")
	}
	if c.contentLength == "" {
		return -1, nil
	}
	n, err := strconv.ParseUint(c.contentLength, 10, 63)
	if err != nil {
		return 0, bad("CONTENT_LENGTH is no length")
	}
	return int64(n), nil
}

// bodyExpected reports whether browsers send Content-Length: 0 with that method (Fetch §4.6).
// With others it is the server in front that made the 0.
func bodyExpected(method string) bool { return method == http.MethodPost || method == http.MethodPut }
