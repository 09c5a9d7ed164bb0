package forwarded_test

import (
	"testing"

	"github.com/surcoat/surcoat/middleware/forwarded"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

func TestLayer(t *testing.T) {
	t.Run("trusting", func(t *testing.T) {
		middlewaretest.Run(t, (&forwarded.Proxies{Trusted: prefixes("127.0.0.0/8", "::1/128")}).Wrap)
	})
	t.Run("zero", func(t *testing.T) { middlewaretest.Run(t, (&forwarded.Proxies{}).Wrap) })
}
