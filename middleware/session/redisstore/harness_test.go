package redisstore_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// open returns a store that is closed with the test.
func open(tb testing.TB, c redisstore.Config) *redisstore.Store {
	tb.Helper()
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second // the machine may be busy
	}
	s, err := redisstore.Open(context.Background(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// id is a session's name for tests.
func id(name string) session.ID { return sha256.Sum256([]byte(name)) }

// record is one that ends in an hour.
func record(version uint64, subject, data string) session.Record {
	return session.Record{Version: version, Subject: subject, Expires: time.Now().Add(time.Hour), Data: data}
}
