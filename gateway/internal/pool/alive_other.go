//go:build !unix

package pool

import "net"

// alive cannot be told here: a request finds out.
func alive(net.Conn) bool { return true }
