package redisstore_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// Sentinel makes the replica master: sessions survive, and the store finds it by
// itself, also when it is the sentinel it talks to that is gone.
func TestSentinel_Failover(t *testing.T) {
	t.Parallel()
	sentinel := testserver.RedisSentinel(t)
	srv := site(t, open(t, redisstore.Config{Addrs: sentinel.Addrs(), Sentinel: sentinel.Name, Timeout: time.Second}))
	b := newBrowser(t, srv)
	b.must(t, "/login", "in")
	b.must(t, "/count", "counted")
	if sentinel.Master().MustDo("WAIT", "1", "5000") == int64(0) {
		t.Fatal("the replica does not follow")
	}

	began := time.Now()
	sentinel.Failover()
	master := time.Since(began)
	poll(t, "the session is there again", func() bool { status, _, _ := b.get(t, "/read"); return status == http.StatusOK })
	t.Logf("the sentinels had a new master after %v, the session was there after %v",
		master.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	b.must(t, "/read", "1")
	b.must(t, "/count", "counted")

	sentinel.Sentinels[0].Kill()
	b.must(t, "/count", "counted")
	b.must(t, "/read", "3")
}
