package fcgi_test

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// A handler behind our client and our server is like one behind net/http's, but for this.
func TestClientParity(t *testing.T) {
	paritytest.Run(t, func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
		return paritytest.Through(t, h, q, func(h http.Handler) http.Handler {
			addr := serve(t, &fcgi.Server{Handler: h, Logger: paritytest.Silent})
			c := &fcgi.Client{Addresses: []string{"unix:" + addr}, Logger: paritytest.Silent}
			t.Cleanup(func() { _ = c.Close() })
			return c
		})
	}, paritytest.ThroughClient())
}
