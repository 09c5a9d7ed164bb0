package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// It is the epoch that ends sessions: those that are not in the list, and so cannot be
// removed, are as dead, whatever a Save makes of them.
func TestRevoke_WithoutList(t *testing.T) {
	server := testserver.Redis(t)
	s, other := open(t, redisstore.Config{URL: server.URL()}), open(t, redisstore.Config{URL: server.URL()})
	for _, next := range []string{"ada", "bob", ""} {
		for name, store := range map[string]*redisstore.Store{"this process": s, "another": other} {
			server.MustDo("FLUSHALL")
			version := save(t, s, id("a"), record(0, "ada", "one"))
			stored := server.MustDo("GET", recordKey(id("a"))).(string)
			server.MustDo("DEL", indexKey("ada"))
			wantErr(t, "revoke", s.Revoke(t.Context(), "ada"), nil)
			if server.MustDo("EXISTS", recordKey(id("a"))) != int64(1) {
				t.Fatal("the record was removed, and the epoch shows nothing")
			}
			for op, f := range map[string]func() error{
				"load": func() error { _, err := store.Load(t.Context(), id("a")); return err },
				"save": func() error {
					_, err := store.Save(t.Context(), id("a"), record(version, next, "two"))
					return err
				},
				"touch": func() error { return store.Touch(t.Context(), id("a"), time.Now().Add(time.Hour)) },
			} {
				server.MustDo("SET", recordKey(id("a")), stored)
				wantErr(t, fmt.Sprintf("%s in %s, as %q", op, name, next), f(), session.ErrGone)
				if server.MustDo("EXISTS", recordKey(id("a"))) != int64(0) {
					t.Errorf("%s in %s: the revoked record is still there", op, name)
				}
			}
			if found := listed(t, store, "ada"); len(found) > 0 {
				t.Errorf("listed %v", found)
			}
		}
	}
}

// Who was revoked once does not come back by being excepted the next time.
func TestRevoke_ExceptedTooLate(t *testing.T) {
	server := testserver.Redis(t)
	s := open(t, redisstore.Config{URL: server.URL()})
	save(t, s, id("a"), record(0, "ada", "a"))
	save(t, s, id("b"), record(0, "ada", "b"))
	stored := server.MustDo("GET", recordKey(id("b"))).(string)
	wantErr(t, "revoke", s.Revoke(t.Context(), "ada", id("a")), nil)
	server.MustDo("SET", recordKey(id("b")), stored) // as if it could not be removed
	wantErr(t, "revoke", s.Revoke(t.Context(), "ada", id("b"), id("a")), nil)
	wantGone(t, s, id("b"), 1, "ada")
	r, err := s.Load(t.Context(), id("a"))
	if wantErr(t, "load", err, nil); r.Data != "a" {
		t.Errorf("loaded %+v", r)
	}
	save(t, s, id("a"), record(r.Version, "ada", "a"))
	wantErr(t, "revoke", s.Revoke(t.Context(), "ada", id("a")), nil)
	if found := listed(t, s, "ada"); len(found) != 1 || !found["a"] {
		t.Errorf("listed %v", found)
	}
	wantErr(t, "revoke", s.Revoke(t.Context(), "ada"), nil)
	wantGone(t, s, id("a"), 2, "ada")
}

// Who signs in after a revoke is signed in, and who did before is not, however many do
// both.
func TestRevoke_Race(t *testing.T) {
	for _, cache := range []int64{0, 1 << 20} {
		server := testserver.Redis(t)
		stores := []*redisstore.Store{open(t, redisstore.Config{URL: server.URL(), CacheBytes: cache}), open(t, redisstore.Config{URL: server.URL(), CacheBytes: cache})}
		var wg sync.WaitGroup
		for n := range 16 {
			wg.Go(func() {
				s := stores[n%2]
				subject := fmt.Sprint("ada", n%4)
				for round := range 25 {
					id := id(fmt.Sprint(n, round))
					_, err := s.Save(context.Background(), id, record(0, "", "new"))
					wantErr(t, "create", err, nil)
					version, err := s.Save(context.Background(), id, record(1, subject, "login"))
					wantErr(t, "login", err, nil)
					if n < 4 { // nobody else revokes this subject: what is not revoked must live
						_, err = s.Load(context.Background(), id)
						wantErr(t, "load after login", err, nil)
						wantErr(t, "revoke", s.Revoke(context.Background(), subject), nil)
					}
					_, err = s.Load(context.Background(), id)
					if n < 4 || !errors.Is(err, session.ErrGone) {
						if want := session.ErrGone; n < 4 {
							wantErr(t, "load after revoke", err, want)
						} else {
							wantErr(t, "load", err, nil)
						}
					}
					if n < 4 {
						_, err = s.Save(context.Background(), id, record(version, subject, "late"))
						wantErr(t, "save after revoke", err, session.ErrGone)
					}
				}
			})
		}
		wg.Wait()
	}
}

// An epoch is kept for as long as a record may live that it ends, and one that begins
// after it was forgotten, or under a clock that was set back, is later.
func TestRevoke_Epochs(t *testing.T) {
	server := testserver.Redis(t)
	s := open(t, redisstore.Config{URL: server.URL()})
	epoch := func() string {
		wantErr(t, "revoke", s.Revoke(t.Context(), "ada"), nil)
		return server.MustDo("GET", epochKey("ada")).(string)[1:9]
	}
	first := epoch()
	if ttl := time.Duration(server.MustDo("PTTL", epochKey("ada")).(int64)) * time.Millisecond; ttl < 400*24*time.Hour || ttl > 402*24*time.Hour {
		t.Errorf("an epoch is kept for %v", ttl)
	}
	save(t, s, id("a"), session.Record{Subject: "ada", Expires: time.Now().Add(10_000 * 24 * time.Hour)})
	if ttl := time.Duration(server.MustDo("PTTL", recordKey(id("a"))).(int64)) * time.Millisecond; ttl > 400*24*time.Hour {
		t.Errorf("a record is kept for %v", ttl)
	}
	stored := server.MustDo("GET", recordKey(id("a"))).(string)
	server.MustDo("DEL", epochKey("ada"))
	if second := epoch(); second <= first {
		t.Errorf("epoch %x is followed by %x", first, second)
	}
	server.MustDo("SET", recordKey(id("a")), stored)
	wantGone(t, s, id("a"), 1, "ada")

	server.MustDo("SET", epochKey("ada"), "\x01\x00\x0f\xff\xff\xff\xff\xff\xff") // far in the future
	if third := epoch(); third != "\x00\x10\x00\x00\x00\x00\x00\x00" {
		t.Errorf("the epoch became %x", third)
	}
}

// Subjects are any bytes. In the names of keys nothing is left of them that means
// something to Redis.
func TestSubjects(t *testing.T) {
	server := testserver.Redis(t)
	s := open(t, redisstore.Config{URL: server.URL()})
	hostile := []string{
		"{", "}{", "{ada}", " ", "ada lovelace", "ada\r\nDEL x\r\n", "\x00", "\xff\xfe", "*", "?[a]", "ådå", "'; return 1", `"\"`,
		":", "s:", strings.Repeat("x", 100_000), strings.Repeat("x", 100_001),
	}
	for i, subject := range hostile {
		save(t, s, id(subject), record(0, "", subject))
		save(t, s, id(subject), record(1, subject, subject))
		r, err := s.Load(t.Context(), id(subject))
		if wantErr(t, "load", err, nil); r.Subject != subject || r.Data != subject {
			t.Errorf("%d: loaded %.80q", i, r.Subject)
		}
		wantErr(t, "touch", s.Touch(t.Context(), id(subject), time.Now().Add(time.Hour)), nil)
	}
	for i, subject := range hostile {
		if found := listed(t, s, subject); len(found) != 1 || !found[subject] {
			t.Errorf("%d: %d sessions are listed", i, len(found))
		}
		wantErr(t, "revoke", s.Revoke(t.Context(), subject, id("nobody")), nil)
		wantGone(t, s, id(subject), 2, subject)
		if i+1 < len(hostile) {
			_, err := s.Load(t.Context(), id(hostile[i+1]))
			wantErr(t, "load the next", err, nil)
		}
	}
	name := regexp.MustCompile(`^surcoat:session:[seu]:[A-Za-z0-9_-]+$`)
	for _, key := range server.MustDo("KEYS", "*").([]any) {
		if !name.MatchString(key.(string)) {
			t.Errorf("key %.80q", key)
		}
	}
	if _, err := s.Save(t.Context(), id("a"), record(0, strings.Repeat("x", 1<<20+1), "")); err == nil {
		t.Error("a subject of more than a megabyte was taken")
	}
}
