package scgi_test

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/scgi"
)

// A handler behind our client and our server is like one behind net/http's, but for this.
func TestClientParity(t *testing.T) {
	paritytest.Run(t, func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
		return paritytest.Through(t, h, q, func(h http.Handler) http.Handler {
			return &scgi.Client{Addresses: []string{serve(t, &scgi.Server{Handler: h, Logger: paritytest.Silent})}}
		})
	}, paritytest.ThroughClient())
}
