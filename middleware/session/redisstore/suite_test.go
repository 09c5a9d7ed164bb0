package redisstore_test

import (
	"fmt"
	"testing"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

func TestSuite(t *testing.T) {
	for name, c := range map[string]redisstore.Config{
		"plain":   {},
		"caching": {CacheBytes: 16 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			server := testserver.Redis(t)
			n := 0
			storetest.Run(t, func(tb testing.TB) session.Backend {
				n++
				c.URL, c.Prefix = server.URL(), fmt.Sprintf("%d:", n)
				return open(tb, c)
			})
		})
	}
}
