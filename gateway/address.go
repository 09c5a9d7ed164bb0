package gateway

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Protocol is how a web server talks to the program, or a client to it.
type Protocol string

// The protocols.
const (
	HTTP  Protocol = "http"  // RFC 9112, and HTTP/2 by prior knowledge (RFC 9113 §3.3)
	HTTPS Protocol = "https" // the same over TLS
	FCGI  Protocol = "fcgi"  // FastCGI 1.0
	SCGI  Protocol = "scgi"  // Simple Common Gateway Interface
	AJP   Protocol = "ajp"   // Apache JServ Protocol 1.3
	UWSGI Protocol = "uwsgi" // the protocol of the uWSGI server
	CGI   Protocol = "cgi"   // RFC 3875: a process for each request
	Any   Protocol = "any"   // whichever of the above the first byte of a connection shows, but for CGI
)

// protocols are those that a URL can name, as an error lists them.
var protocols = []Protocol{HTTP, HTTPS, FCGI, SCGI, AJP, UWSGI, CGI, Any}

// Address is a parsed [Server.URL].
type Address struct {
	// Protocol is what is spoken there.
	Protocol Protocol

	// Network is "tcp", or "unix" for a socket in the file system, or "" for a socket or
	// connection that the program is started with.
	Network string

	// Address is a host and port, or the socket's path, as for [net.Listen].
	Address string

	// Mode is the socket's mode, for unix. 0: 0660.
	Mode fs.FileMode

	// Group owns the socket, for unix: a name or number. "": the group of the process.
	Group string
}

// ParseAddress reads the URL of a place to listen at:
//
//	http://127.0.0.1:8080          a host and port; an IPv6 host in brackets
//	http://:8080                   all interfaces of the machine
//	fcgi+unix:///run/a.sock        a Unix socket, ?mode=0666 and ?group=www-data with it
//	fcgi:                          what the program is started with: file descriptor 0,
//	                               or those that systemd passes
//	cgi:                           the request in the environment
//
// A port is 8080 for http, 8443 for https and 9000 for fcgi where none is given; the others
// have no usual one. Errors say what to write.
func ParseAddress(s string) (Address, error) {
	fail := func(format string, args ...any) (Address, error) {
		return Address{}, fmt.Errorf("gateway: the URL %q "+format, append([]any{s}, args...)...)
	}
	u, err := url.Parse(s)
	if err != nil {
		if parse, ok := errors.AsType[*url.Error](err); ok {
			err = parse.Err // without the URL, which may have a password in it
		}
		return Address{}, fmt.Errorf("gateway: the URL is none: %w; write it as http://127.0.0.1:8080", err)
	}
	scheme, unix := strings.CutSuffix(u.Scheme, "+unix")
	a := Address{Protocol: Protocol(scheme)}
	switch {
	case u.Scheme == "":
		return fail("has no protocol; write it as http://127.0.0.1:8080")
	case !slices.Contains(protocols, a.Protocol):
		return fail("names no protocol that is known here; there are %s, each but cgi also with +unix", listing(protocols))
	case u.User != nil:
		return Address{}, errors.New("gateway: the URL has a user in it; secrets are given in files or the environment")
	case u.Fragment != "" || u.Opaque != "":
		return fail("is not understood; write it as %s://127.0.0.1:8080", scheme)
	case u.RawQuery != "" && !unix:
		return fail("has parameters, which only a Unix socket takes: mode and group")
	case a.Protocol == CGI:
		if unix || u.Host != "" || u.Path != "" {
			return fail("names a place to listen at, but a CGI program does not listen; write it as cgi:")
		}
		return a, nil
	case unix:
		return a.unix(u, fail)
	case u.Path != "" && u.Path != "/":
		return fail("has a path; the path that the application is mounted at goes into Server.Mount, that of a Unix socket after %s+unix://", scheme)
	case u.Host == "":
		if strings.Contains(s, "//") {
			return fail("has no host; write %s://127.0.0.1:8080, or %s: for a socket that the program is started with", scheme, scheme)
		}
		return a, nil
	}
	port := u.Port()
	if port == "" {
		port = map[Protocol]string{HTTP: "8080", HTTPS: "8443", FCGI: "9000"}[a.Protocol]
	}
	if n, err := strconv.Atoi(port); err != nil || n > 65535 {
		return fail("has no port between 0 and 65535; write it as %s://127.0.0.1:8080", scheme)
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		if _, err := netip.ParseAddr(host); err != nil {
			return fail("has the host %q, which is no IPv6 address", host)
		}
	}
	a.Network, a.Address = "tcp", net.JoinHostPort(host, port)
	return a, nil
}

func (a Address) unix(u *url.URL, fail func(string, ...any) (Address, error)) (Address, error) {
	if u.Host != "" || len(u.Path) < 2 {
		return fail("has no absolute path; write it as %s+unix:///run/app.sock", a.Protocol)
	}
	a.Network, a.Address = "unix", u.Path
	for name, values := range u.Query() {
		value := values[len(values)-1]
		switch name {
		case "mode":
			mode, err := strconv.ParseUint(value, 8, 32)
			if err != nil || mode == 0 || mode > 0o777 {
				return fail("has the mode %q; a mode is octal, such as 0660", value)
			}
			a.Mode = fs.FileMode(mode)
		case "group":
			a.Group = value
		default:
			return fail("has the parameter %q; there are mode and group", name)
		}
	}
	return a, nil
}

// String is the URL, which [ParseAddress] reads as a.
func (a Address) String() string {
	switch a.Network {
	case "unix":
		u := url.URL{Scheme: string(a.Protocol) + "+unix", Path: a.Address}
		q := make(url.Values)
		if a.Mode != 0 {
			q.Set("mode", fmt.Sprintf("%04o", a.Mode))
		}
		if a.Group != "" {
			q.Set("group", a.Group)
		}
		u.RawQuery = q.Encode()
		return u.String()
	case "tcp":
		return string(a.Protocol) + "://" + a.Address
	}
	return string(a.Protocol) + ":"
}

// inherited reports whether the place is one that the program is started with.
func (a Address) inherited() bool { return a.Network == "" && a.Protocol != CGI }

func listing(list []Protocol) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(p))
	}
	return b.String()
}

func (a Address) notStartedWith() error {
	return fmt.Errorf("gateway: the URL %s is for a program that is started with a socket, and this one is not; give the place to listen at, as in %s://127.0.0.1:9000", a, a.Protocol)
}
