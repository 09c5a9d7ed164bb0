package redisstore_test

import (
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// ends is a record that signs ada in for a time.
func ends(version uint64, d time.Duration) session.Record {
	return session.Record{Version: version, Subject: "ada", Expires: time.Now().Add(d), Data: "x"}
}

// A session stays listed for as long as it lives, however it is prolonged, and by
// whichever process.
func TestIndex_Prolonged(t *testing.T) {
	server := testserver.Redis(t)
	here, there := open(t, redisstore.Config{URL: server.URL()}), open(t, redisstore.Config{URL: server.URL()})
	version := save(t, here, id("a"), ends(0, time.Minute))
	for i, d := range []time.Duration{time.Minute, 5 * time.Minute, 3 * time.Minute, time.Hour, 30 * time.Hour, 31 * time.Hour, time.Minute} {
		s := []*redisstore.Store{here, there}[i%2]
		if i%3 == 0 {
			version = save(t, s, id("a"), ends(version, d))
		} else {
			wantErr(t, "touch", s.Touch(t.Context(), id("a"), time.Now().Add(d)), nil)
		}
		until := server.MustDo("EVAL", "return math.floor(redis.call('ZSCORE', KEYS[1], ARGV[1]))", "1", indexKey("ada"), raw(id("a"))).(int64)
		left := time.Until(time.UnixMilli(until))
		if left < d-time.Second {
			t.Errorf("step %d: the session ends in %v and is listed for %v", i, d, left)
		}
		if ttl := time.Duration(server.MustDo("PTTL", indexKey("ada")).(int64)) * time.Millisecond; ttl < left-time.Second || ttl > left+time.Second {
			t.Errorf("step %d: the list is kept for %v, the session in it for %v", i, ttl, left)
		}
	}
}

// Entries whose time is over, and those whose record does not exist, leave the list;
// what another program put there is passed over.
func TestIndex_Trimmed(t *testing.T) {
	server := testserver.Redis(t)
	s := open(t, redisstore.Config{URL: server.URL()})
	size := func() int64 { return server.MustDo("ZCARD", indexKey("ada")).(int64) }
	for _, name := range []string{"a", "b", "c"} {
		save(t, s, id(name), ends(0, time.Hour))
	}
	server.MustDo("ZADD", indexKey("ada"), "1", raw(id("old")), "1", raw(id("older")))
	save(t, s, id("d"), ends(0, time.Hour))
	if n := size(); n != 4 {
		t.Errorf("%d entries after those that expired were dropped, want 4", n)
	}
	server.MustDo("DEL", recordKey(id("a")))
	server.MustDo("ZADD", indexKey("ada"), "9000000000000000", "short", "9000000000000000", raw(id("e")))
	save(t, s, id("e"), record(0, "bob", "another's"))
	for range 2 {
		n := 0
		for r, err := range s.List(t.Context(), "ada") {
			if n++; err != nil || r.Subject != "ada" {
				t.Errorf("listed %+v, %v", r, err)
			}
		}
		if n != 3 {
			t.Errorf("%d are listed, want 3", n)
		}
	}
	if n := size(); n != 5 { // b, c, d, "short" and bob's
		t.Errorf("%d entries after the list was read, want 5", n)
	}
	wantErr(t, "delete", s.Delete(t.Context(), id("b")), nil)
	if n := size(); n != 4 {
		t.Errorf("%d entries after a logout, want 4", n)
	}
	wantErr(t, "revoke", s.Revoke(t.Context(), "ada"), nil)
	if _, err := s.Load(t.Context(), id("e")); err != nil {
		t.Errorf("bob was revoked with ada: %v", err)
	}
}
