package redisstore_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
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
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// id is a session's for tests.
func id(name string) session.ID { return sha256.Sum256([]byte(name)) }

// record is one that ends in an hour.
func record(version uint64, subject, data string) session.Record {
	return session.Record{Version: version, Subject: subject, Expires: time.Now().Add(time.Hour), Data: data}
}

// The keys of a store with the usual prefix.
func recordKey(id session.ID) string {
	return "surcoat:session:s:" + base64.RawURLEncoding.EncodeToString(id[:])
}

func epochKey(subject string) string {
	return "surcoat:session:e:" + base64.RawURLEncoding.EncodeToString([]byte(subject))
}

func indexKey(subject string) string {
	return "surcoat:session:u:" + base64.RawURLEncoding.EncodeToString([]byte(subject))
}
func raw(id session.ID) string { return string(id[:]) }

// save stores a record that must be taken.
func save(tb testing.TB, s session.Backend, id session.ID, r session.Record) uint64 {
	tb.Helper()
	version, err := s.Save(context.Background(), id, r)
	if err != nil {
		tb.Fatal(err)
	}
	return version
}

// wantErr checks for an error that is want, or for none.
func wantErr(tb testing.TB, what string, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		tb.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// wantGone checks that every operation answers ErrGone.
func wantGone(tb testing.TB, s session.Backend, id session.ID, version uint64, subject string) {
	tb.Helper()
	ctx := context.Background()
	_, err := s.Load(ctx, id)
	wantErr(tb, "load", err, session.ErrGone)
	_, err = s.Save(ctx, id, record(version, subject, "again"))
	wantErr(tb, "save", err, session.ErrGone)
	wantErr(tb, "touch", s.Touch(ctx, id, time.Now().Add(time.Hour)), session.ErrGone)
}

// listed is the data of a subject's sessions.
func listed(tb testing.TB, s *redisstore.Store, subject string) map[string]bool {
	tb.Helper()
	found := map[string]bool{}
	for r, err := range s.List(context.Background(), subject) {
		if err != nil {
			tb.Fatal(err)
		}
		if r.Subject != subject || found[r.Data] {
			tb.Errorf("listed %+v among the sessions of %q, or twice", r, subject)
		}
		found[r.Data] = true
	}
	return found
}
