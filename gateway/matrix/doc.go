// Package matrix is a test: one program behind every web server, by every protocol, has to see what
// it sees over HTTP, and its clients have to get what they get over HTTP.
//
// The paths are those of internal/webserver, with the configuration of docs/deploy; the program is
// testdata/echo. What differs is listed in differences_test.go, each with the server that
// makes it and the reason why it cannot be mended; docs/parity.md is the table of both, which
//
//	go test ./gateway/matrix -update
//
// writes.
package matrix
