// Package connserver accepts connections for the protocols that have a socket of their own, and
// bounds what they cost: how many there are, how long a request may take to arrive, how long a
// connection may be idle. It shuts down without losing an answer.
//
//	s := &connserver.Server{Conn: serveConn, Limits: connserver.Limits{MaxConns: 100}}
//	err := s.Serve(listener)
//
//	func serveConn(c *connserver.Conn) {
//		for c.Await() == nil { // the first byte of a request is there
//			head, err := readHead(c.Reader())
//			…
//			c.Begin() // the head is complete
//			exchange.Serve(…)
//			c.End()
//		}
//	}
//
// It knows nothing of requests.
package connserver
