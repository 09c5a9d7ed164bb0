package webserver

import (
	"strings"

	"github.com/surcoat/surcoat/internal/testserver"
)

type haproxy struct{}

func (haproxy) fit(b *build, protocol, at string) string {
	b.tb.Helper()
	port, program := ":8080", "http"
	if protocol == "fcgi" {
		port, program = ":9000", "fcgi-tcp"
	}
	d := b.document("haproxy/" + fileOf(protocol) + ".cfg")
	d.replace("bind :80\n", "bind "+at+"\n")
	d.replace("127.0.0.1"+port, b.program(program).address)
	return d.done()
}

func (haproxy) command(b *build, parts []string, _ []place) []string {
	b.tb.Helper()
	binary := testserver.Program(b.tb, "haproxy", "haproxy", "/usr/sbin/haproxy")
	global := b.document("haproxy/global.cfg").done()
	file := b.write("haproxy.cfg", fill(haproxySkeleton, "GLOBAL", global, "SITES", strings.Join(parts, "\n")))
	return []string{binary, "-db", "-f", file}
}

// As Debian's, without the user's own folder.
const haproxySkeleton = `global
    maxconn 500
GLOBAL
defaults
    mode http
    option dontlognull
    timeout connect 5000
    timeout client 50000
    timeout server 50000
SITES
`
