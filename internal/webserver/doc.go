// Package webserver starts real web servers in front of a program of ours, for tests.
//
//	site := webserver.Start(t, webserver.App{Binary: binary}, webserver.Paths()...)
//	for _, p := range webserver.Paths() {
//		resp, err := http.Get(site.URL(p) + "/")
//		…
//	}
//
// The configuration is that of docs/deploy: the very files, in which the addresses, names and
// paths of real life are replaced by those of the test. A file in which one of them is not where it
// used to be, or where one is left, fails the test; so the files say what works. Around them is a
// skeleton of this package's own, in place of Debian's main configuration: modules, logs,
// temporary folders.
//
// A server listens on ports of 127.0.0.1, one for each path, and is stopped when the test ends, as
// is the program. All of it works as root, where servers change to www-data, and as anybody else.
// Linux only.
package webserver
