package ajp_test

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// A handler behind our client and our server is like one behind net/http's, but for this.
func TestClientParity(t *testing.T) {
	known := paritytest.ThroughClient()
	delete(known, "header of many lines") // each is a field of its own
	delete(known, "header X-A: 1, X-A: 2, X-B: 3, X-A: 4")
	known["copy a file with length too large"] = paritytest.Sometimes + "nothing of the answer was sent yet"
	known["target /a/../b/./c"] = "a container resolves it, and so could leave Mount"
	paritytest.Run(t, func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
		return paritytest.Through(t, h, q, func(h http.Handler) http.Handler {
			c := &ajp.Client{Addresses: []string{serve(t, &ajp.Server{Handler: h, PacketSize: 65536})}, PacketSize: 65536}
			t.Cleanup(func() { _ = c.Close() })
			return c
		})
	}, known)
}
