package cgienv

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// RemoteAddr is Request.RemoteAddr of REMOTE_ADDR and REMOTE_PORT: "ip:port" as in net/http, and
// "@" as there for a client on a Unix socket, for which nginx has "unix:".
func RemoteAddr(ip, port string) string {
	if _, err := netip.ParseAddr(ip); err != nil {
		return "@"
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		port = "0"
	}
	return net.JoinHostPort(ip, port)
}

// ServerHost is the Host of a request that came without: SERVER_NAME and SERVER_PORT, where that
// is not the usual one. haproxy's name has the port in it.
func ServerHost(name, port string, secure bool) string {
	usual := "80"
	if secure {
		usual = "443"
	}
	if _, _, err := net.SplitHostPort(name); err == nil || name == "" {
		return name
	}
	name = strings.Trim(name, "[]")
	switch {
	case port != "" && port != usual:
		return net.JoinHostPort(name, port)
	case strings.Contains(name, ":"):
		return "[" + name + "]"
	}
	return name
}

// TLS is Request.TLS where the server in front speaks TLS with the client. protocol is mod_ssl's
// SSL_PROTOCOL, serverName its SSL_TLS_SNI; both may be empty.
func TLS(protocol, serverName string) *tls.ConnectionState {
	return &tls.ConnectionState{HandshakeComplete: true, Version: tlsVersions[protocol], ServerName: serverName}
}

// tlsVersions is by the names that mod_ssl has for SSL_PROTOCOL.
var tlsVersions = map[string]uint16{
	"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13,
}
