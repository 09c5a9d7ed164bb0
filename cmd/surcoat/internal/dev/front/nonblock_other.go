//go:build !unix

package front

import "net"

// nonblock has nothing to do: sockets are passed to programs on Unix only.
func nonblock(*net.TCPListener) {}
