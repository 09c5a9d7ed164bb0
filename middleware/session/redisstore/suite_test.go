package redisstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

func TestStore(t *testing.T) {
	server := testserver.Redis(t)
	replicated := testserver.Redis(t)
	testserver.Redis(t, "--replicaof", "127.0.0.1 "+port(replicated))
	replicated.AwaitReplica()
	t.Run("all", func(t *testing.T) { // the servers end when the parallel tests inside have
		for _, c := range []struct {
			name   string
			config redisstore.Config
		}{
			{"socket", redisstore.Config{URL: "unix://" + server.Socket + "?db=3"}},
			{"caching", redisstore.Config{URL: server.URL(), CacheBytes: 16 << 20}},
			{"replicas", redisstore.Config{URL: replicated.URL(), WaitReplicas: 1, WaitTimeout: 5 * time.Second, CacheBytes: 16 << 20}},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				n := 0
				storetest.Run(t, func(tb testing.TB) session.Backend {
					n++
					config := c.config
					config.Prefix = fmt.Sprintf("%s%d:", c.name, n)
					return open(tb, config)
				})
			})
		}
	})
}
