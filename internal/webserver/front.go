package webserver

import (
	"net"
	"strings"
)

// front is a web server that is being put together.
type front struct {
	build  *build
	server string
	parts  []string // the files of docs/deploy, fitted
	places []place
}

// settings is what a server needs around the files of docs/deploy.
type settings interface {
	// fit replaces what the file for that protocol has of real life. at is where the server is to
	// listen for it.
	fit(b *build, protocol, at string) string
	// command writes the configuration around the files and returns what starts the server with it.
	command(b *build, parts []string, places []place) []string
}

var servers = map[string]settings{"apache": apache{}, "nginx": nginx{}, "lighttpd": lighttpd{}, "haproxy": haproxy{}}

func newFront(b *build, server string) *front { return &front{build: b, server: server} }

// add has the server serve a path, and returns where.
func (f *front) add(p Path) (at string) {
	f.build.tb.Helper()
	at = f.build.freeAddress()
	f.parts = append(f.parts, servers[f.server].fit(f.build, p.Protocol, at))
	f.places = append(f.places, place{"tcp", at})
	return at
}

func (f *front) start() *process {
	f.build.tb.Helper()
	return f.build.run(&process{
		name:    f.server,
		command: servers[f.server].command(f.build, f.parts, f.places),
		env:     environ(nil),
		log:     f.build.file(f.server + ".out"),
		logs:    f.build.file(f.server + ".error.log"),
		places:  f.places,
	})
}

// portOf is the port of an address.
func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// fill puts values into a skeleton: pairs of a word in capitals and what takes its place.
func fill(skeleton string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(skeleton)
}
