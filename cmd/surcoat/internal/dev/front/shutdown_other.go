//go:build !unix

package front

import "net"

// shutdown has nothing to do: sockets are passed to programs on Unix only.
func shutdown(*net.TCPListener) {}
