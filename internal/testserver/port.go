package testserver

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// Nowhere returns a host:port on 127.0.0.1 at which nobody listens.
func Nowhere(tb testing.TB) string {
	tb.Helper()
	return fmt.Sprintf("127.0.0.1:%d", freePort(tb))
}

// freePort returns a port on 127.0.0.1 at which nobody listens. It is below those that
// systems give to outgoing connections, so that it stays free while its server is down.
func freePort(tb testing.TB) int {
	tb.Helper()
	for range 1000 {
		port := 10000 + rand.IntN(20000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	tb.Fatal("testserver: no port is free on 127.0.0.1")
	return 0
}
