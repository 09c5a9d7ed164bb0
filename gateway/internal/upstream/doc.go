// Package upstream is a client of an application that listens at an address: what those of
// FastCGI, SCGI, uwsgi and AJP have in common. A protocol is an [Exchange]; the rest is here:
// connections, second attempts where they are safe, times, the client that goes away, files that
// the application wants sent in its place.
package upstream
