package redisstore

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
)

func openInside(t *testing.T, c Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// A copy older than what the process wrote itself is not taken. The news of a write
// comes right after its answer as a rule, so what happens before it comes is made here.
func TestOwnWrite_BypassesCopies(t *testing.T) {
	server := testserver.Redis(t)
	s := openInside(t, Config{URL: server.URL(), CacheBytes: 1 << 20, Timeout: 5 * time.Second})
	id, expires := session.ID{1}, time.Now().Add(time.Hour)
	if _, err := s.Save(t.Context(), id, session.Record{Subject: "ada", Expires: expires}); err != nil {
		t.Fatal(err)
	}
	gets := func() (n int) {
		before := calls(server.Info("cmdstat_get"))
		if _, err := s.Load(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return calls(server.Info("cmdstat_get")) - before
	}
	gets()
	for _, test := range []struct {
		name string
		key  uint64
		left state
		want int
	}{
		{"nothing", 0, state{}, 0},
		{"the same", recordHash(&id), state{1, millis(expires)}, 0},
		{"an end", recordHash(&id), state{1, millis(expires) + 1}, 2},
		{"a version", recordHash(&id), state{version: 2}, 2},
		{"an epoch", epochHash("ada"), state{version: 1}, 3}, // and the version
	} {
		s.written.note(test.key, test.left)
		if n := gets(); n != test.want {
			t.Errorf("after %s was written, a load asks %d times, want %d", test.name, n, test.want)
		}
	}
}

// Every write is noted, with what is known of the state it left.
func TestOwnWrite_Noted(t *testing.T) {
	s := openInside(t, Config{URL: testserver.Redis(t).URL(), CacheBytes: 1 << 20, Timeout: 5 * time.Second})
	ctx, expires, past := t.Context(), time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	save := func(id session.ID, version uint64) {
		_, _ = s.Save(ctx, id, session.Record{Version: version, Subject: "ada", Expires: expires})
	}
	for n, test := range []struct {
		name  string
		write func(id session.ID)
		want  state
	}{
		{"create", func(session.ID) {}, state{version: 1}},
		{"save", func(id session.ID) { save(id, 1) }, state{version: 2}},
		{"touch", func(id session.ID) { _ = s.Touch(ctx, id, expires) }, state{1, millis(expires)}},
		{"conflict", func(id session.ID) { save(id, 6) }, state{version: 7}},
		{"delete", func(id session.ID) { _ = s.Delete(ctx, id) }, never},
		{"gone", func(id session.ID) { _ = s.Touch(ctx, id, past); save(id, 1) }, never},
	} {
		id := session.ID{16: byte(n + 1)}
		save(id, 0)
		test.write(id)
		if got := s.written.left(recordHash(&id)); got != test.want {
			t.Errorf("%s: noted %+v, want %+v", test.name, got, test.want)
		}
	}
	epoch, err := s.advance(ctx, "ada", nil)
	if got := s.written.left(epochHash("ada")); err != nil || got != (state{version: epoch}) {
		t.Errorf("revoke: noted %+v, want epoch %d, %v", got, epoch, err)
	}
}

// calls reads "calls=7,usec=…".
func calls(stat string) (n int) {
	stat, _, _ = strings.Cut(strings.TrimPrefix(stat, "calls="), ",")
	for _, digit := range stat {
		n = n*10 + int(digit-'0')
	}
	return n
}

// What is removed after a revocation is not who signed in after it, with the same
// session.
func TestSweep_LaterLogin(t *testing.T) {
	s := openInside(t, Config{URL: testserver.Redis(t).URL(), Timeout: 5 * time.Second})
	ctx, id := context.Background(), session.ID{1}
	epoch, err := s.advance(ctx, "ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	for version, subject := range []string{"", "ada"} {
		if _, err := s.Save(ctx, id, session.Record{Version: uint64(version), Subject: subject, Expires: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	s.sweep(ctx, "ada", epoch, nil)
	if _, err := s.Load(ctx, id); err != nil {
		t.Errorf("who signed in between the revocation and its sweep: %v", err)
	}
	s.sweep(ctx, "ada", epoch+1, nil)
	if _, err := s.Load(ctx, id); err == nil {
		t.Error("the sweep removes nothing")
	}
}
